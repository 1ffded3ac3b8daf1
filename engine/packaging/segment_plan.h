#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>

#include "engine/base/media_time.h"

namespace subtide {

/// A place on a stream: engine time, and the epoch it belongs to, which decides first.
struct Position {
  int epoch = 0;
  MediaTime time{0};
  auto operator<=>(const Position&) const = default;
};

/// Where one segment ends and the next begins.
struct Boundary {
  enum class Parts {
    kTimes,   ///< inside an epoch
    kEpochs,  ///< an epoch's first: its tracks do not begin at exactly the same time
    kBoth,    ///< of a segment that is open: nothing of a later epoch belongs to it
  };
  Position at;
  Parts parts = Parts::kTimes;

  /// Whether what is at `position` belongs before the boundary.
  bool comes_after(Position position) const {
    if (parts == Parts::kEpochs) return position.epoch < at.epoch;
    if (parts == Parts::kBoth && position.epoch > at.epoch) return false;
    return position.time < at.time;
  }
};

/// One segment of all renditions.
struct PlannedSegment {
  std::uint64_t number = 1;
  Position begin;
  MediaTime end{0};  ///< once it is closed
  bool is_discontinuous = false;
  bool is_closed = false;
  std::chrono::nanoseconds closed_at{0};  ///< on the caller's clock

  TimeSpan span() const { return {begin.time, end}; }
  Boundary boundary() const {
    return {begin, is_discontinuous ? Boundary::Parts::kEpochs : Boundary::Parts::kTimes};
  }
};

/// Decides where segments begin and end: at the reference track's key frames that lie nearest to
/// the target duration, at every epoch, and, where no key frame comes, before the segment would
/// break the target duration that the playlists have promised.
///
/// Time:    `Position`s of the reference track in decode order; the clock is the caller's own.
/// Owner:   the caller; copyable.
/// Threads: one at a time.
/// Errors:  none.
class SegmentPlan {
 public:
  /// A sample of the reference track.
  struct Beat {
    Position at;
    MediaDuration length{0};  ///< of the sample, as far as it is known
    bool is_independent = true;
    MediaTime epoch_begins = MediaTime::max();  ///< when known; other tracks may begin earlier
  };

  /// `first`: number of the first segment. With another than 1 that is a discontinuity.
  explicit SegmentPlan(MediaDuration target, std::uint64_t first = 1)
      : target_(target), first_number_(first), next_number_(first) {}

  /// What playlists have told before: no segment is longer. Before the first sample.
  void promise(int seconds) { target_seconds_ = std::max(target_seconds_, seconds); }

  /// Opens and closes segments as the sample asks for. Segments touch, also where the track has a
  /// hole; only one of more than a minute is left out. `previous_end` is the end of the sample
  /// before it.
  void observe(const Beat& beat, MediaTime previous_end, std::chrono::nanoseconds now);
  /// Begins a segment at a place without a sample of the reference track.
  void begin_at(Position place, std::chrono::nanoseconds now);
  /// Closes the open segment for good.
  void finish(MediaTime end, std::chrono::nanoseconds now);

  const PlannedSegment* find(std::uint64_t number) const;
  /// Null before the first sample and after finish().
  const PlannedSegment* open_segment() const;
  bool has_finished() const { return has_finished_; }
  /// Segments below `number` are not asked for again.
  void forget_before(std::uint64_t number);

  /// EXT-X-TARGETDURATION: fixed when the first segment closes, 0 before.
  int target_seconds() const { return target_seconds_; }
  MediaDuration target() const { return target_; }

 private:
  void bridge_hole(MediaTime until, std::chrono::nanoseconds now);
  bool is_due(const Beat& beat) const;
  bool would_break_promise(const Beat& beat) const;
  void turn_over(MediaTime end, Position next, std::chrono::nanoseconds now);
  void open(Position begin, bool is_discontinuous);
  void close(MediaTime end, std::chrono::nanoseconds now);

  MediaDuration target_;
  std::deque<PlannedSegment> segments_;
  std::uint64_t first_number_;
  std::uint64_t next_number_;
  std::optional<MediaTime> last_key_;
  MediaTime led_until_{0};  ///< end of the reference track's last sample
  int target_seconds_ = 0;
  bool has_finished_ = false;
};

}  // namespace subtide
