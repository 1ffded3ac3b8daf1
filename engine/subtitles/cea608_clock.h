#pragma once

#include <cstdint>

#include "engine/base/media_time.h"
#include "engine/base/result.h"

namespace subtide {

/// Frames of video per second, as a fraction.
struct FrameRate {
  int numerator = 30000;
  int denominator = 1001;
  bool operator==(const FrameRate&) const = default;
};

/// The rate that carries CEA-608 and is nearest to `rate`, so that pairs keep pace with any video.
FrameRate nearest_caption_rate(FrameRate rate);

/// Which frames carry a pair of one field. Line 21 has one pair a frame at 29.97 frames a second,
/// and no decoder may be given more. So up to 30 frames a second each frame carries one pair (24
/// and 25 a little slower than line 21 would), and at 50 to 60 every second frame does.
///
/// Time:   frame 0 is shown at time 0.
/// Owner:  the caller; copyable. Threads: any.
/// Errors: create() refuses rates other than 23.976, 24, 25, 29.97, 30, 50, 59.94 and 60
///         (kInvalidArgument).
class Cea608Clock {
 public:
  using Slot = std::int64_t;

  static Result<Cea608Clock> create(FrameRate rate);

  /// When the frame of this slot is shown.
  MediaTime time_of(Slot slot) const;
  /// The slot whose time is nearest.
  Slot nearest(MediaTime time) const;
  /// The first slot whose time is not before `time`.
  Slot at_or_after(MediaTime time) const;
  /// As many slots as fill `duration`.
  Slot count_in(MediaDuration duration) const { return at_or_after(duration); }
  /// Slots per second, as a fraction.
  FrameRate rate() const { return rate_; }

 private:
  explicit Cea608Clock(FrameRate slots) : rate_(slots) {}

  FrameRate rate_;
};

}  // namespace subtide
