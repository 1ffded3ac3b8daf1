#pragma once

#include <cstddef>
#include <deque>
#include <optional>

#include "engine/base/media_time.h"

namespace subtide {

/// Decides when what waits in a line may go on: when something that is `hold` later has come.
///
/// The stream's own times count, not the clock: a source may be faster or slower than ours. What
/// has no time goes on as soon as all before it has.
///
/// Time:    the stream's own. Owner: the caller; a value.
/// Threads: one at a time. Errors: none.
class HoldLine {
 public:
  HoldLine(MediaDuration hold, MediaDuration most) : hold_(hold), most_(most) {}

  /// Something joined the line; without a span when it has no time.
  void put(std::optional<TimeSpan> span);
  /// Nothing more comes: all may go.
  void end() { has_ended_ = true; }

  bool is_empty() const { return begins_.empty(); }
  /// The first in the line may go on.
  bool may_go() const;
  /// It has gone.
  void take() { begins_.pop_front(); }
  /// As much waits as may: `most` more than is held.
  bool is_full() const;

 private:
  MediaDuration waiting() const;

  MediaDuration hold_;
  MediaDuration most_;
  std::deque<std::optional<MediaTime>> begins_;
  std::optional<MediaTime> newest_;
  bool has_ended_ = false;
};

}  // namespace subtide
