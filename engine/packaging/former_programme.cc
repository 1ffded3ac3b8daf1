#include "engine/packaging/former_programme.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace subtide {
namespace {

std::uint64_t next_sequence(const MediaPlaylist& playlist) {
  return playlist.first_sequence + playlist.segments.size();
}

/// A segment that is missing in a playlist, as long as it is in another.
SegmentEntry gap_like(const SegmentEntry& model, std::uint64_t number,
                      const MediaPlaylist& playlist) {
  const bool is_text = !playlist.segments.empty() && playlist.segments.back().uri.ends_with(".vtt");
  SegmentEntry gap = model;
  gap.parts.clear();
  gap.uri = fmt::format("{:08}.{}", number, is_text ? "vtt" : "m4s");
  gap.map = playlist.segments.empty() ? "" : playlist.segments.back().map;
  gap.is_gap = true;
  return gap;
}

}  // namespace

PlaylistEnd FormerProgramme::playlist_end() const {
  PlaylistEnd furthest;
  for (const auto& [folder, playlist] : playlists) {
    const auto discontinuities =
        std::ranges::count_if(playlist.segments, &SegmentEntry::is_discontinuous);
    furthest =
        furthest.joined({next_sequence(playlist), playlist.first_discontinuity +
                                                      static_cast<std::uint64_t>(discontinuities)});
  }
  return furthest;
}

int FormerProgramme::target_seconds() const {
  const auto shortest = std::ranges::min_element(
      playlists, {}, [](const auto& each) { return each.second.target_seconds; });
  return shortest == playlists.end() ? 0 : shortest->second.target_seconds;
}

void align(FormerProgramme& programme) {
  // Of equally long ones that of the pictures, whose name comes last: they set the boundaries.
  const auto longest = std::ranges::max_element(programme.playlists, {}, [](const auto& each) {
    return std::pair(next_sequence(each.second), each.first);
  });
  if (longest == programme.playlists.end()) return;
  const MediaPlaylist leader = longest->second;
  for (auto& [folder, playlist] : programme.playlists) {
    for (std::uint64_t number = next_sequence(playlist); number < next_sequence(leader); ++number) {
      if (number < leader.first_sequence) continue;
      const SegmentEntry& model = leader.segments[number - leader.first_sequence];
      playlist.segments.push_back(gap_like(model, number, playlist));
      if (rounded_seconds(playlist.segments.back().duration) > playlist.target_seconds) {
        playlist.segments.back().duration = std::chrono::seconds(playlist.target_seconds);
      }
    }
  }
}

}  // namespace subtide
