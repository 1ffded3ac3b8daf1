#include "engine/packaging/playlist_end.h"

#include <algorithm>
#include <charconv>

namespace subtide {
namespace {

/// Numbers stay so small that a year of segments can be added to them.
constexpr std::uint64_t kLargest = std::uint64_t{1} << 53U;

std::uint64_t number_after(std::string_view line, std::string_view tag) {
  line.remove_prefix(tag.size());
  std::uint64_t number = 0;
  std::from_chars(line.data(), line.data() + line.size(), number);
  return std::min(number, kLargest);
}

}  // namespace

PlaylistEnd PlaylistEnd::joined(const PlaylistEnd& other) const {
  return {std::max(next_sequence, other.next_sequence),
          std::max(discontinuities, other.discontinuities)};
}

std::optional<PlaylistEnd> read_playlist_end(std::string_view text) {
  constexpr std::string_view kSequence = "#EXT-X-MEDIA-SEQUENCE:";
  constexpr std::string_view kDiscontinuity = "#EXT-X-DISCONTINUITY-SEQUENCE:";
  if (!text.starts_with("#EXTM3U")) return std::nullopt;
  PlaylistEnd end{0, 0};
  bool has_length = false;
  bool has_segments = false;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.starts_with("#EXTINF:")) has_length = true;
    if (line.starts_with(kSequence)) end.next_sequence += number_after(line, kSequence);
    if (line.starts_with(kDiscontinuity)) {
      end.discontinuities += number_after(line, kDiscontinuity);
    }
    if (line == "#EXT-X-DISCONTINUITY") ++end.discontinuities;
    if (line.empty() || line.front() == '#' || !has_length) continue;
    has_segments = true;
    has_length = false;
    ++end.next_sequence;
  }
  if (!has_segments) return std::nullopt;
  return end;
}

}  // namespace subtide
