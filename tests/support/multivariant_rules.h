#pragma once

#include <string>
#include <vector>

#include "tests/support/media_playlist_reader.h"
#include "tests/support/playlist_text.h"

namespace subtide::playlist_text {

void check_multivariant(const std::vector<Line>& lines, Faults& faults);
std::vector<std::string> multivariant_uris(const std::vector<Line>& lines);

/// Rules of RFC 8216bis 6.2: what may change when a media playlist is loaded again.
void check_reload(const ReadPlaylist& before, const ReadPlaylist& after, Faults& faults);

}  // namespace subtide::playlist_text
