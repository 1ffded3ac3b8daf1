// Where each buffer goes once its epoch is known.
#include <algorithm>
#include <utility>

#include "engine/ingest/timeline_mapper.h"

namespace subtide {

// Those that the new epoch explains go out; the others stay in doubt.
void TimelineMapper::release(Answers& answers) {
  for (std::size_t index = 0; index < streams_.size(); ++index) {
    Stream& stream = streams_[index];
    std::deque<Held> held = std::exchange(stream.held, {});
    for (Held& each : held) {
      const Epoch* epoch = stream.held.empty() ? choose(stream, each) : nullptr;
      if (epoch != nullptr) {
        answers.push_back(place(index, each, *epoch));
      } else if (stream.is_media() &&
                 stream.held.size() + 1 < static_cast<std::size_t>(options_.votes)) {
        stream.held.push_back(std::move(each));
      } else {
        drop_held(index, answers);
        answers.push_back(Placement{.stream = index, .pts = {}, .dts = {}});
      }
    }
  }
}

void TimelineMapper::drop_held(std::size_t index, Answers& answers) {
  Stream& stream = streams_[index];
  for (std::size_t count = stream.held.size(); count > 0; --count) {
    answers.push_back(Placement{.stream = index, .pts = {}, .dts = {}});
  }
  stream.held.clear();
}

Placement TimelineMapper::place(std::size_t index, const Held& held, const Epoch& epoch) {
  Stream& stream = streams_[index];
  if (stream.epoch != epoch.number) {
    stream.epoch = epoch.number;
    stream.floor = stream.end;
  }
  stream.heard = std::max(stream.heard, held.arrival);
  const MediaTime after = held.key + held.stamp.duration;
  const bool is_reordered = !held.stamp.dts && stream.kind == TimelineKind::kVideo;
  stream.next = is_reordered && stream.next ? std::max(*stream.next, after) : after;
  if (epoch.number == epochs_.back().number) newest_key_ = std::max(newest_key_, held.key);
  if (options_.wraps_at_33_bits) unwrapper_.believe(held.key);
  const auto key = place_key(stream, held, epoch.to_engine(held.key));
  if (!key) return Placement{.stream = index, .pts = {}, .dts = {}};
  Placement placed{.stream = index, .is_kept = true, .pts = {}, .dts = {}, .epoch = epoch.number};
  placed.pts = *key;
  if (held.stamp.dts) {
    stream.has_dts = true;
    placed.dts = *key;
    // Sound shows when it decodes, so its smoothing holds for both.
    const MediaTime shown = held.stamp.pts ? epoch.to_engine(*held.stamp.pts) : *key;
    placed.pts = stream.kind == TimelineKind::kAudio ? *key : std::max(shown, *key);
  }
  stream.has_output = true;
  stream.last = std::max(stream.last, *key);
  stream.end = std::max(stream.end, *placed.pts + held.stamp.duration);
  if (stream.is_media() && (!anchor_clock_ || held.arrival >= *anchor_clock_)) {
    anchor_ = furthest_end();
    anchor_clock_ = held.arrival;
  }
  return placed;
}

// Where the key goes; nothing when the buffer repeats sound that was there.
std::optional<MediaTime> TimelineMapper::place_key(const Stream& stream, const Held& held,
                                                   MediaTime plain) const {
  if (!stream.has_output) return std::max(plain, MediaTime(0));
  if (stream.kind == TimelineKind::kAudio && held.stamp.duration > MediaDuration(0)) {
    const MediaDuration off = plain - stream.end;
    if (off <= -options_.clamp) return std::nullopt;
    if (off >= options_.clamp) return plain;
    // Follows the source's clock slowly: half a percent is not heard, and no frame is lost.
    const MediaDuration most = held.stamp.duration / 200;
    return std::max(stream.end + std::clamp(off, -most, most), stream.last);
  }
  if (stream.kind == TimelineKind::kVideo && !held.stamp.dts) {
    return std::max({plain, stream.floor, stream.last - options_.most_back});
  }
  return std::max(plain, stream.last);
}

}  // namespace subtide
