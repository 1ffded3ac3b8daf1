#pragma once

#include <optional>

#include "engine/base/media_time.h"

namespace subtide {

/// What to do with one stretch of decoded audio.
struct AudioCut {
  MediaDuration front{0};  ///< to be left out at its begin
  MediaDuration back{0};   ///< to be left out at its end
  MediaTime begin{0};      ///< where the rest lies on the timeline
  bool is_kept = true;     ///< false: nothing of it is wanted
  bool is_end = false;     ///< nothing later is wanted
};

/// Keeps decoded audio inside a wanted range and its time running forward.
///
/// Overlaps of more than a jitter are cut away. Where the timestamps fall back by more than a
/// second (joined recordings), what follows is put behind what came before, so that no audio is
/// lost. Jumps forward stay: the file's own timeline is kept.
///
/// Time:    the file's own timeline. Owner: the caller. Threads: one at a time. Errors: none.
class AudioRange {
 public:
  explicit AudioRange(TimeSpan wanted) : wanted_(wanted) {}

  AudioCut push(TimeSpan audio);

  /// First and last time kept; nothing before the first push that kept something.
  std::optional<TimeSpan> covered() const { return covered_; }
  /// Sum of what falls back in the timestamps moved later audio; zero when they never did.
  MediaDuration shift() const { return shift_; }
  /// Sum of what was cut away because its time had been filled already.
  MediaDuration repeated() const { return repeated_; }

 private:
  TimeSpan wanted_;
  std::optional<TimeSpan> covered_;
  std::optional<MediaTime> last_end_;
  MediaDuration shift_{0};
  MediaDuration repeated_{0};
};

}  // namespace subtide
