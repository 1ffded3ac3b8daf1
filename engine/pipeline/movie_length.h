#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "engine/base/media_time.h"

namespace subtide {

/// Makes the length that a QuickTime or MP4 header (a whole `moov` atom) tells at least as long as
/// the media behind its edit lists; returns what it was.
///
/// GStreamer 1.22's qtdemux compares times before the edit list with this length, which is meant
/// after it, and so drops the end of every file whose edit list hides a beginning. Longer than
/// needed would not do: qtdemux skips tracks that are shorter than a fifth of it.
///
/// Returns nothing, and changes nothing, when there is nothing to mend, or the bytes are no `moov`
/// atom. Threads: any. Errors: none, whatever the bytes.
std::optional<MediaDuration> stretch_movie_length(std::span<std::uint8_t> moov);

/// The most atoms that stand side by side inside one of the containers of a `moov` or `moof` atom.
///
/// GStreamer's qtdemux finds the end of the row anew for each of them, so a million empty atoms, in
/// a file of 8 MB, keep it busy for hours, and nothing can stop it. Threads: any. Errors: none,
/// whatever the bytes.
std::size_t longest_atom_row(std::span<const std::uint8_t> atom);

}  // namespace subtide
