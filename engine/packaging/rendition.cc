#include "engine/packaging/rendition.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace subtide {
namespace {

// Decode times are whole ticks; a part that is longer by less is not longer.
constexpr MediaDuration kTick = std::chrono::microseconds(50);
constexpr MediaDuration kLongestStill = std::chrono::seconds(1);
constexpr MediaDuration kAnyLength = MediaDuration::max() / 4;

// Samples that miss a boundary by more leave a hole there, or reach over one of another track.
// Playlists tell the planned time then, since players count by it.
constexpr MediaDuration kNearBoundary = std::chrono::milliseconds(100);

bool is_near(MediaTime a, MediaTime b) { return a - b <= kNearBoundary && b - a <= kNearBoundary; }

/// The samples' own span, as far as it is near the planned one. Sound that began before the first
/// picture is in the first segment untold: so all playlists count alike, and promise the same.
TimeSpan told_span(const std::optional<TimeSpan>& samples, const PlannedSegment& segment) {
  TimeSpan span = samples.value_or(segment.span());
  if (!is_near(span.begin, segment.begin.time)) span.begin = segment.begin.time;
  if (segment.is_closed && !is_near(span.end, segment.end)) span.end = segment.end;
  return segment.is_closed && span.empty() ? segment.span() : span;
}

/// Of the first format; one that players may hold from before is never another one's.
std::string init_name(std::uint64_t first_number) {
  return first_number == 1 ? "init" : fmt::format("init_{:08}", first_number);
}

std::optional<WallTime> wall_of(const Epoch* epoch, MediaTime time) {
  if (epoch == nullptr) return std::nullopt;
  return epoch->to_wall(time);
}

std::uint64_t bits_per_second(std::uint64_t bytes, MediaDuration duration) {
  const double seconds = to_seconds(duration);
  return seconds > 0 ? static_cast<std::uint64_t>(static_cast<double>(bytes) * 8 / seconds) : 0;
}

}  // namespace

std::string folder_of(const RenditionOptions& options) {
  switch (options.kind) {
    case RenditionKind::kVideo:
      return "video_" + options.name;
    case RenditionKind::kAudio:
      return "audio_" + options.name;
    case RenditionKind::kText:
      return "subs_" + options.name;
  }
  return options.name;
}

Rendition::Rendition(RenditionOptions options, const ShelfOptions& shelf,
                     EventMessageWriter write_event)
    : options_(std::move(options)),
      folder_(folder_of(options_)),
      shelf_(folder_, shelf),
      part_target_(shelf.part_target),
      next_(shelf.after.next_sequence) {
  if (options_.kind != RenditionKind::kText) {
    // A part cannot be longer than its target, so nothing may stand still in low latency.
    const MediaDuration still = part_target_ > MediaDuration(0) ? MediaDuration(0) : kLongestStill;
    media_.emplace(folder_, still, std::move(write_event));
    media_->set_init_name(init_name(next_));
  }
}

bool Rendition::has_reached(const Boundary& boundary) const {
  if (has_ended_) return true;
  if (!media_) return cues_.reached() >= boundary.at.time;
  return !boundary.comes_after(media_->reached());
}

void Rendition::name_language(const std::string& language) {
  options_.waits_for_language = false;
  options_.language = language;
  options_.name = language;
  folder_ = folder_of(options_);
  shelf_.rename(folder_);
}

SegmentEntry Rendition::entry_of(const PlannedSegment& segment, const Epoch* epoch) const {
  SegmentEntry entry;
  entry.is_discontinuous = segment.is_discontinuous;
  entry.map = open_.map;
  entry.starts = wall_of(epoch, told_span(open_.span, segment).begin);
  return entry;
}

/// Adds a chunk to the open segment, and to the playlist as a part where there are parts; the part
/// tells `silence` behind the chunk as its own.
void Rendition::put(Chunk chunk, MediaDuration silence, const PlannedSegment& segment,
                    const Epoch* epoch, std::vector<PublishEffect>& effects) {
  if (chunk.init != written_init_) {
    written_init_ = chunk.init;
    effects.push_back(FileWrite{folder_ + "/" + chunk.init->name, write_init(chunk.init->format)});
  }
  if (!open_.span) {
    open_.span = chunk.span;
    open_.map = chunk.init->name;
    open_.is_independent = chunk.is_independent;
  }
  open_.span->end = chunk.span.end;
  open_.bytes += chunk.bytes;
  if (part_target_ <= MediaDuration(0)) return;
  PartEntry part;
  part.uri = part_name(segment.number, open_.parts + 1);
  part.duration = chunk.span.duration() + silence;
  part.is_independent = chunk.is_independent;
  effects.push_back(FileWrite{folder_ + "/" + part.uri, std::move(chunk.bytes)});
  add_part(std::move(part), segment, epoch);
}

std::string Rendition::part_name(std::uint64_t segment, int part) const {
  return fmt::format("{:08}.{}.{}", segment, part, media_ ? "m4s" : "vtt");
}

void Rendition::add_part(PartEntry part, const PlannedSegment& segment, const Epoch* epoch) {
  ++open_.parts;
  shelf_.add(std::move(part), entry_of(segment, epoch));
  shelf_.set_next_part(part_name(segment.number, open_.parts + 1));
}

/// Tells the hole before the front sample. A part must not be short, so the one that ends here
/// takes what it can; the rest are parts without files.
void Rendition::skip_hole(MediaDuration length, const PlannedSegment& segment, const Epoch* epoch,
                          std::vector<PublishEffect>& effects) {
  if (media_->has_open()) {
    const MediaDuration room = std::max(part_target_ - media_->open_length(), MediaDuration(0));
    const MediaDuration taken = std::min(length, room);
    put(*media_->close_chunk(), taken, segment, epoch, effects);
    length -= taken;
  }
  while (length > kTick) {
    PartEntry part;
    part.uri = part_name(segment.number, open_.parts + 1);
    part.duration = std::min(length, part_target_);
    part.is_gap = true;
    length -= part.duration;
    add_part(std::move(part), segment, epoch);
  }
}

/// Before the front sample, in a segment that has begun.
MediaDuration Rendition::hole_before_front() const {
  if (media_->has_open()) return media_->front()->decode - media_->open_end();
  return open_.span ? media_->front()->decode - open_.span->end : MediaDuration(0);
}

void Rendition::take_until(const Boundary& until, MediaDuration longest,
                           const PlannedSegment& segment, const Epoch* epoch,
                           std::vector<PublishEffect>& effects) {
  const bool has_parts = part_target_ > MediaDuration(0);
  const auto is_full_with = [&](MediaDuration more) {
    return media_->has_open() && media_->open_length() + more > longest + kTick;
  };
  while (media_->front() != nullptr && until.comes_after(media_->front_position())) {
    const MediaDuration length = media_->front()->duration;
    const MediaDuration hole = hole_before_front();
    const bool is_bridged = media_->has_open() && !is_full_with(hole + length);
    if (has_parts && hole > kTick && !is_bridged) skip_hole(hole, segment, epoch, effects);
    if (is_full_with(length)) put(*media_->close_chunk(), {}, segment, epoch, effects);
    media_->take_front();
    // The next sample will most likely be as long: then the part need not wait for it.
    if (is_full_with(length)) put(*media_->close_chunk(), {}, segment, epoch, effects);
  }
}

/// Text has no samples: its parts are as long as may be.
void Rendition::take_text_until(MediaTime until, const PlannedSegment& segment, const Epoch* epoch,
                                std::vector<PublishEffect>& effects) {
  for (;;) {
    const MediaTime begin = open_.span ? open_.span->end : segment.begin.time;
    MediaTime end = begin + part_target_;
    if (segment.is_closed) end = std::min(end, segment.end);
    if (end <= begin || end > until) return;
    open_.span = TimeSpan{segment.begin.time, end};
    PartEntry part;
    part.uri = part_name(segment.number, open_.parts + 1);
    part.duration = end - begin;
    part.is_independent = true;
    effects.push_back(FileWrite{folder_ + "/" + part.uri, cues_.write_part({begin, end})});
    add_part(std::move(part), segment, epoch);
  }
}

void Rendition::publish_parts(const PlannedSegment& segment, const Boundary& until,
                              const Epoch* epoch, std::vector<PublishEffect>& effects) {
  if (part_target_ <= MediaDuration(0)) return;
  const std::size_t before = shelf_.open_parts();
  if (media_) {
    take_until(until, part_target_, segment, epoch, effects);
  } else {
    const MediaTime said = has_ended_ ? until.at.time : std::min(until.at.time, cues_.reached());
    take_text_until(said, segment, epoch, effects);
  }
  if (shelf_.open_parts() != before && has_begun_) publish_playlist(effects);
}

void Rendition::publish_media(const PlannedSegment& segment, const Boundary& until,
                              const Epoch* epoch, std::vector<PublishEffect>& effects,
                              SegmentEntry& entry) {
  const bool has_parts = part_target_ > MediaDuration(0);
  take_until(until, has_parts ? part_target_ : kAnyLength, segment, epoch, effects);
  if (auto chunk = media_->close_chunk()) put(std::move(*chunk), {}, segment, epoch, effects);
  entry = entry_of(segment, epoch);
  entry.uri = fmt::format("{:08}.m4s", segment.number);
  entry.duration = told_span(open_.span, segment).duration();
  entry.is_gap = !open_.span;
  if (entry.is_gap && written_init_) entry.map = written_init_->name;
  if (!open_.is_independent) shelf_.set_dependent();
}

void Rendition::publish(const PlannedSegment& segment, const Boundary& until, const Epoch* epoch,
                        int target_seconds, std::vector<PublishEffect>& effects) {
  SegmentEntry entry;
  if (media_) {
    publish_media(segment, until, epoch, effects, entry);
  } else {
    if (part_target_ > MediaDuration(0)) take_text_until(segment.end, segment, epoch, effects);
    open_.bytes = cues_.write_segment(segment.span());
    entry = entry_of(segment, epoch);
    entry.uri = fmt::format("{:08}.vtt", segment.number);
    entry.duration = segment.span().duration();
  }
  const TimeSpan span = open_.span.value_or(segment.span());
  // The plan keeps the promise; samples that reach over its boundary a little must not break it.
  if (rounded_seconds(entry.duration) > target_seconds) {
    entry.duration = segment.span().duration();
  }
  const std::string name = folder_ + "/" + entry.uri;
  measure(open_.bytes.size(), entry.duration);
  const bool is_gap = entry.is_gap;
  if (!is_gap) effects.push_back(FileWrite{name, std::move(open_.bytes)});
  shelf_.set_target_seconds(target_seconds);
  if (part_target_ > MediaDuration(0)) shelf_.set_next_part(part_name(segment.number + 1, 1));
  shelf_.add(std::move(entry));
  open_ = {};
  has_begun_ = true;
  next_ = segment.number + 1;
  publish_playlist(effects);
  if (is_gap) return;
  effects.push_back(SegmentPublished{folder_, name, span, segment.begin.epoch, segment.closed_at,
                                     segment.closed_at, segment.closed_at});
}

void Rendition::publish_playlist(std::vector<PublishEffect>& effects) {
  const bool is_due = shelf_.playlist().type != PlaylistType::kVod || shelf_.playlist().has_ended;
  if (is_due && !shelf_.is_empty()) effects.push_back(shelf_.update());
  for (const std::string& file : shelf_.take_outdated()) {
    effects.push_back(FileRemoval{folder_ + "/" + file});
  }
}

/// RFC 8216bis lets a peak be that of segments of half to one and a half target durations.
void Rendition::measure(std::size_t bytes, MediaDuration duration) {
  total_bytes_ += bytes;
  total_duration_ += duration;
  const MediaDuration target = std::chrono::seconds(shelf_.playlist().target_seconds);
  if (2 * duration >= target) peak_bits_ = std::max(peak_bits_, bits_per_second(bytes, duration));
}

std::uint64_t Rendition::peak_bits() const {
  return std::max({peak_bits_, average_bits(), options_.expected_bits});
}

std::uint64_t Rendition::average_bits() const {
  return bits_per_second(total_bytes_, total_duration_);
}

}  // namespace subtide
