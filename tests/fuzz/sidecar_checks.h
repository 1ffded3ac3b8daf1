#pragma once

#include <string_view>

#include "engine/subtitles/sidecar.h"

namespace subtide {

/// Reads the bytes as a sidecar. What is taken must keep the promises of read_sidecar() and survive
/// being written and read again; what is refused must be refused in one line. Stops the process on
/// a broken promise.
void fuzz_reader(SidecarFormat format, std::string_view bytes);

/// Makes cues of the bytes, writes them and reads them back: they must be the same, to the format's
/// step and as plain text. Stops the process when they are not.
void fuzz_writer(SidecarFormat format, std::string_view bytes);

}  // namespace subtide
