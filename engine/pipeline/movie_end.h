#pragma once

#include <cstdint>
#include <filesystem>

#include "engine/base/result.h"

namespace subtide {

/// Where the last whole fragment of a fragmented MP4 file ends: behind it is what a writer that had
/// to stop began. All of the file when nothing was begun, and when it is no such file.
/// Errors: kIo.
Result<std::uint64_t> end_of_fragments(const std::filesystem::path& path);

/// Cuts the file there. Errors: kIo.
Status cut_behind_fragments(const std::filesystem::path& path);

}  // namespace subtide
