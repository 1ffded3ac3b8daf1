#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace subtide {

/// What is wrong with an HLS playlist after RFC 8216bis, one line a fault; empty: nothing. Media
/// and multivariant playlists are told apart by their tags. It has a parser of its own, and knows
/// nothing of how ours are written. Stricter than the standard where players are: unknown tags,
/// segments named twice, and dates that do not follow from durations are faults too.
std::vector<std::string> playlist_faults(std::string_view text);

/// What may not happen between two states of one media playlist, each valid by itself.
std::vector<std::string> reload_faults(std::string_view before, std::string_view after);

/// The URIs of all files that a playlist says are there: playlists, maps, segments, parts.
std::vector<std::string> playlist_uris(std::string_view text);

}  // namespace subtide
