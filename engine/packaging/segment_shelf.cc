#include "engine/packaging/segment_shelf.h"

#include <numeric>
#include <string_view>
#include <utility>

namespace subtide {
namespace {

/// Parts that are longer together than what is told of their segment are not told.
constexpr MediaDuration kRounding = std::chrono::milliseconds(10);

MediaDuration length_of(const std::deque<SegmentEntry>& segments) {
  return std::accumulate(segments.begin(), segments.end(), MediaDuration(0),
                         [](MediaDuration sum, const auto& each) { return sum + each.duration; });
}

/// Of an attribute list.
std::string id_of(const std::string& attributes) {
  constexpr std::string_view kId = "ID=\"";
  const auto at = attributes.starts_with(kId) ? 0 : attributes.find(",ID=\"");
  if (at == std::string::npos) return attributes;
  const auto begin = attributes.find('"', at) + 1;
  return attributes.substr(begin, attributes.find('"', begin) - begin);
}

}  // namespace

SegmentShelf::SegmentShelf(std::string folder, const ShelfOptions& options)
    : folder_(std::move(folder)), options_(options) {
  playlist_.type = options.type;
  playlist_.first_sequence = options.after.next_sequence;
  playlist_.first_discontinuity = options.after.discontinuities;
  if (options.part_target > MediaDuration(0)) {
    playlist_.low_latency.emplace();
    playlist_.low_latency->part_target = options.part_target;
  }
}

void SegmentShelf::take_over(MediaPlaylist former) {
  former.low_latency = std::move(playlist_.low_latency);
  former.type = options_.type;
  for (SegmentEntry& segment : former.segments) segment.parts.clear();
  part_files_.resize(former.segments.size());
  for (const DateRangeEntry& range : former.date_ranges) {
    former_ranges_.insert(id_of(range.attributes));
    ranges_.push_back({range, WallTime::max()});
  }
  playlist_ = std::move(former);
}

void SegmentShelf::add(SegmentEntry segment) {
  std::vector<std::string> files;
  if (playlist_.low_latency) {
    MediaDuration told{0};
    segment.parts = std::exchange(playlist_.low_latency->parts, {});
    for (const PartEntry& part : segment.parts) {
      if (!part.is_gap) files.push_back(part.uri);
      told += part.duration;
    }
    if (told > segment.duration + kRounding) segment.parts.clear();
  }
  part_files_.push_back(std::move(files));
  playlist_.segments.push_back(std::move(segment));
  slide();
}

void SegmentShelf::add(PartEntry part, const SegmentEntry& segment) {
  LowLatency& low = *playlist_.low_latency;
  low.starts = segment.starts;
  low.is_discontinuous = segment.is_discontinuous;
  low.map = segment.map;
  low.parts.push_back(std::move(part));
}

void SegmentShelf::set_next_part(const std::string& uri) { playlist_.low_latency->next_part = uri; }

void SegmentShelf::add(DateRangeEntry range, WallTime ends) {
  if (former_ranges_.contains(id_of(range.attributes))) return;
  playlist_.date_ranges.push_back(range);
  ranges_.push_back({std::move(range), ends});
}

void SegmentShelf::set_target_seconds(int seconds) {
  if (playlist_.target_seconds == 0) playlist_.target_seconds = seconds;
}

void SegmentShelf::finish() { playlist_.has_ended = true; }

std::size_t SegmentShelf::open_parts() const {
  return playlist_.low_latency ? playlist_.low_latency->parts.size() : 0;
}

void SegmentShelf::slide() {
  if (options_.type == PlaylistType::kLive) {
    const MediaDuration least = std::chrono::seconds(3 * playlist_.target_seconds);
    while (playlist_.segments.size() > options_.window &&
           length_of(playlist_.segments) - playlist_.segments.front().duration >= least) {
      drop_first();
    }
    drop_old_ranges();
  }
  if (playlist_.low_latency) drop_old_parts();
}

void SegmentShelf::drop_first() {
  SegmentEntry first = std::move(playlist_.segments.front());
  playlist_.segments.pop_front();
  ++playlist_.first_sequence;
  if (first.is_discontinuous) ++playlist_.first_discontinuity;
  std::vector<std::string> files = std::move(part_files_.front());
  part_files_.pop_front();
  if (!first.is_gap) files.push_back(std::move(first.uri));
  leaving_.push_back(std::move(files));
  if (leaving_.size() <= playlist_.segments.size() + 1) return;
  for (std::string& file : leaving_.front()) outdated_.push_back(std::move(file));
  leaving_.pop_front();
}

/// Parts further from the end than three target durations help no player.
void SegmentShelf::drop_old_parts() {
  const MediaDuration near = std::chrono::seconds(3 * playlist_.target_seconds);
  MediaDuration behind{0};
  for (auto segment = playlist_.segments.rbegin(); segment != playlist_.segments.rend();
       ++segment) {
    if (behind >= near) segment->parts.clear();
    behind += segment->duration;
  }
}

void SegmentShelf::drop_old_ranges() {
  const auto& starts = playlist_.segments.front().starts;
  if (!starts) return;
  std::erase_if(ranges_, [&](const RangeEnd& range) { return range.ends < *starts; });
  playlist_.date_ranges.clear();
  for (const RangeEnd& range : ranges_) playlist_.date_ranges.push_back(range.entry);
}

PlaylistUpdate SegmentShelf::update() const {
  PlaylistUpdate update;
  update.rendition = folder_;
  update.name = folder_ + "/index.m3u8";
  update.text = write_playlist(playlist_);
  update.sequence = playlist_.first_sequence + playlist_.segments.size() - 1;
  update.parts = static_cast<int>(open_parts());
  if (!is_empty()) update.last_parts = static_cast<int>(playlist_.segments.back().parts.size());
  update.has_ended = playlist_.has_ended;
  return update;
}

std::vector<std::string> SegmentShelf::take_outdated() { return std::exchange(outdated_, {}); }

}  // namespace subtide
