#pragma once

#include <optional>

#include "engine/base/media_time.h"

namespace subtide {

/// Makes times that start again at zero every 26.5 hours (33 bits at 90 kHz) into times that do
/// not: of all times that look the same, the one nearest to the last time that was believed.
///
/// Time:    in: 0 to 26.5 h, nanoseconds; times beyond are folded. Out: 64 bits, may be negative.
/// Owner:   the caller; a value. One for all streams of a source, which share its clock.
/// Threads: one at a time.
/// Errors:  none.
class TimestampUnwrapper {
 public:
  MediaTime unwrap(MediaTime time) const;
  /// `time` was unwrapped and is believed: the next ones lie near it.
  void believe(MediaTime time) { reference_ = time; }
  void reset() { reference_.reset(); }

 private:
  std::optional<MediaTime> reference_;
};

/// When `turns` times 2^33 ticks of 90 kHz have passed, rounded to the nanosecond.
MediaTime wraps(std::int64_t turns);

}  // namespace subtide
