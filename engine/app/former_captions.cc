#include "engine/app/former_captions.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <set>
#include <utility>

#include "engine/base/atomic_file.h"
#include "engine/packaging/webvtt_segment.h"
#include "engine/subtitles/sidecar.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLargestSegment = 16U << 20U;
constexpr MediaDuration kDay = std::chrono::hours(24);

/// Times in a segment are counted from the last whole day: by how much they are moved. `begin` is
/// about where the segment begins.
MediaDuration days_before(std::string_view segment, MediaTime begin) {
  const auto map = read_timestamp_map(segment);
  if (!map) return MediaDuration(0);
  const double days = std::round(to_seconds(begin - map->local) / to_seconds(kDay));
  return std::max<std::int64_t>(0, static_cast<std::int64_t>(days)) * kDay;
}

std::uint64_t number_of(const std::string& id) {
  std::uint64_t number = 0;
  const auto read = std::from_chars(id.data(), id.data() + id.size(), number);
  return read.ec == std::errc() && read.ptr == id.data() + id.size() ? number : 0;
}

std::vector<Cue> read_cues(const fs::path& folder, const MediaPlaylist& playlist, MediaTime end) {
  MediaTime begin = end;
  for (const SegmentEntry& segment : playlist.segments) begin -= segment.duration;
  std::vector<Cue> cues;
  std::set<std::pair<std::string, MediaTime>> known;
  for (const SegmentEntry& segment : playlist.segments) {
    const MediaTime from = std::exchange(begin, begin + segment.duration);
    if (segment.is_gap) continue;
    const auto text = read_file(folder / segment.uri, kLargestSegment);
    const auto read = text ? read_sidecar(SidecarFormat::kWebVtt, *text) : text.error();
    if (!read) continue;
    const MediaDuration moved = days_before(*text, from);
    for (Cue cue : read->cues) {
      cue.span = cue.span.shifted(moved);
      if (known.emplace(cue.id, cue.span.begin).second) cues.push_back(std::move(cue));
    }
  }
  std::ranges::stable_sort(cues, {}, [](const Cue& cue) { return cue.span.begin; });
  return cues;
}

}  // namespace

FormerCaptions read_former_captions(const fs::path& folder, const FormerProgramme& programme) {
  FormerCaptions captions;
  for (const auto& [name, playlist] : programme.playlists) {
    if (!name.starts_with("subs_")) continue;
    auto cues = read_cues(folder / name, playlist, programme.end);
    for (const Cue& cue : cues) {
      captions.next_number = std::max(captions.next_number, number_of(cue.id) + 1);
    }
    captions.cues.emplace(name, std::move(cues));
  }
  return captions;
}

}  // namespace subtide
