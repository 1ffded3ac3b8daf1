#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace subtide {

/// How far the numbers of a media playlist have come.
struct PlaylistEnd {
  std::uint64_t next_sequence = 1;    ///< EXT-X-MEDIA-SEQUENCE of a segment behind the last one
  std::uint64_t discontinuities = 0;  ///< EXT-X-DISCONTINUITY-SEQUENCE of the last one
  bool operator==(const PlaylistEnd&) const = default;

  /// Behind both.
  PlaylistEnd joined(const PlaylistEnd& other) const;
};

/// Reads the end of a media playlist, of ours or another's. Nothing: the text is none.
std::optional<PlaylistEnd> read_playlist_end(std::string_view text);

}  // namespace subtide
