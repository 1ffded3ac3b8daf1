#include "engine/packaging/segment_plan.h"

#include <algorithm>

#include "engine/packaging/playlist.h"

namespace subtide {
namespace {

using std::chrono::nanoseconds;

// The first segment sets the promise, so it may be long; a source with rarer key frames than this
// is cut between them.
constexpr MediaDuration kLongestFirst = std::chrono::seconds(30);

// A longer hole is not bridged segment by segment.
constexpr MediaDuration kLongestHole = std::chrono::minutes(1);

}  // namespace

void SegmentPlan::observe(const Beat& beat, MediaTime previous_end, nanoseconds now) {
  if (has_finished_) return;
  const PlannedSegment* current = open_segment();
  // Another track was far ahead and began the next epoch: this one's rest has its segments.
  if (current != nullptr && beat.at.epoch < current->begin.epoch) return;
  led_until_ = previous_end;
  if (current == nullptr) {
    open(beat.at, false);
  } else if (beat.at.time - current->begin.time > kLongestHole) {
    turn_over(std::clamp(previous_end, current->begin.time, current->begin.time + target_), beat.at,
              now);
  } else {
    if (beat.at.epoch != current->begin.epoch) {
      const MediaTime begin =
          std::max(std::min(beat.epoch_begins, beat.at.time), current->begin.time);
      bridge_hole(begin, now);
      turn_over(begin, {beat.at.epoch, begin}, now);
    }
    bridge_hole(beat.at.time, now);
    if (is_due(beat)) {
      close(beat.at.time, now);
      open(beat.at, false);
    }
  }
  led_until_ = beat.at.time + beat.length;
  if (beat.is_independent) last_key_ = beat.at.time;
}

/// Where the reference track has a hole, segments go on by time up to what comes next; as long as
/// can be, since other tracks may have published parts of them.
void SegmentPlan::bridge_hole(MediaTime until, nanoseconds now) {
  while (target_seconds_ > 0 &&
         rounded_seconds(until - open_segment()->begin.time) > target_seconds_) {
    const Position begin = open_segment()->begin;
    MediaTime end = begin.time + std::chrono::seconds(target_seconds_);
    const bool is_led_further =
        led_until_ > end && rounded_seconds(led_until_ - begin.time) <= target_seconds_;
    if (is_led_further) end = std::min(led_until_, until);
    close(end, now);
    open({begin.epoch, end}, false);
  }
}

/// Whether the segment should end at this sample rather than at the key frame that will follow it
/// when the source keeps its pace.
bool SegmentPlan::is_due(const Beat& beat) const {
  const MediaDuration length = beat.at.time - open_segment()->begin.time;
  if (length <= MediaDuration(0)) return false;
  if (would_break_promise(beat)) return true;
  if (!beat.is_independent) return false;
  if (length >= target_) return true;
  const MediaTime last_key = last_key_.value_or(open_segment()->begin.time);
  const MediaDuration next = length + (beat.at.time - last_key);
  return target_ - length <= next - target_;
}

bool SegmentPlan::would_break_promise(const Beat& beat) const {
  // A sample may turn out twice as long before it counts as one with a hole behind it.
  const MediaDuration with = beat.at.time + 2 * beat.length - open_segment()->begin.time;
  if (target_seconds_ == 0) return with > std::max(kLongestFirst, 2 * target_);
  return rounded_seconds(with) > target_seconds_;
}

void SegmentPlan::begin_at(Position place, nanoseconds now) {
  if (has_finished_) return;
  const PlannedSegment* current = open_segment();
  if (current == nullptr) return open(place, false);
  if (place.epoch > current->begin.epoch) {
    const MediaTime begin = std::max(place.time, current->begin.time);
    bridge_hole(begin, now);
    return turn_over(begin, {place.epoch, begin}, now);
  }
  bridge_hole(place.time, now);
  const Position begin = open_segment()->begin;
  if (place.time <= begin.time) return;
  close(place.time, now);
  open({begin.epoch, place.time}, false);
}

/// Another epoch begins. A segment that has no length yet belongs to it from the start.
void SegmentPlan::turn_over(MediaTime end, Position next, nanoseconds now) {
  PlannedSegment& current = segments_.back();
  if (end > current.begin.time) {
    close(end, now);
    return open(next, true);
  }
  current.begin = next;
  if (current.number > first_number_) current.is_discontinuous = true;
}

void SegmentPlan::finish(MediaTime end, nanoseconds now) {
  if (has_finished_) return;
  has_finished_ = true;
  if (open_segment() == nullptr) return;
  bridge_hole(end, now);
  if (end > open_segment()->begin.time) return close(end, now);
  segments_.pop_back();
}

const PlannedSegment* SegmentPlan::find(std::uint64_t number) const {
  const auto found = std::ranges::find(segments_, number, &PlannedSegment::number);
  return found == segments_.end() ? nullptr : &*found;
}

const PlannedSegment* SegmentPlan::open_segment() const {
  return segments_.empty() || segments_.back().is_closed ? nullptr : &segments_.back();
}

void SegmentPlan::forget_before(std::uint64_t number) {
  while (!segments_.empty() && segments_.front().is_closed && segments_.front().number < number) {
    segments_.pop_front();
  }
}

void SegmentPlan::open(Position begin, bool is_discontinuous) {
  PlannedSegment segment;
  segment.number = next_number_++;
  segment.begin = begin;
  const bool goes_on = segment.number == first_number_ && first_number_ > 1;
  segment.is_discontinuous = is_discontinuous || goes_on;
  segments_.push_back(segment);
}

void SegmentPlan::close(MediaTime end, nanoseconds now) {
  PlannedSegment& segment = segments_.back();
  segment.end = end;
  segment.is_closed = true;
  segment.closed_at = now;
  if (target_seconds_ > 0) return;
  const auto whole = std::chrono::ceil<std::chrono::seconds>(target_).count();
  target_seconds_ = std::max(static_cast<int>(whole), rounded_seconds(segment.span().duration()));
}

}  // namespace subtide
