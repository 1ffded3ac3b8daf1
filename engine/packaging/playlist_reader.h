#pragma once

#include <string_view>

#include "engine/base/result.h"
#include "engine/packaging/playlist.h"

namespace subtide {

/// Reads a media playlist that write_playlist() wrote: written again, it is the same text. Of low
/// latency the open segment's parts are read; those of complete segments, and the hint, are not.
///
/// Errors: kBadInput names the line and what is wrong there: anything that ours do not say, and
///         names that could be another folder's. Never throws, whatever the bytes.
Result<MediaPlaylist> read_playlist(std::string_view text);

}  // namespace subtide
