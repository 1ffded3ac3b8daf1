#pragma once

#include <string_view>

namespace subtide {

/// What must hold for any bytes; each ends the process where it does not.

/// Codec headers: refused with a reason, or their initialization segment is read back.
void fuzz_track_format(std::string_view bytes);
/// The playlist validator reads anything without harm.
void fuzz_playlist(std::string_view bytes);
/// A Presentation that gets samples, cues, gaps, epochs and ends in the order that the bytes say:
/// every playlist is valid, follows from the one before, and names only files that are there.
void fuzz_presentation(std::string_view bytes);

}  // namespace subtide
