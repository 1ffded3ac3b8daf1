#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "engine/base/result.h"

namespace subtide {

/// A picture with square pixels, four bytes each: blue, green, red, and one without meaning.
struct Picture {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> pixels;  ///< rows from the top, without gaps
};

/// Reads a PNG or JPEG file. What the file is, its first bytes say, not its name.
/// Threads: any. Errors: kNotFound, kIo; kUnsupported, another format or GStreamer's decoder is
/// missing; kBadInput, it cannot be decoded, or has more than 8192 pixels a side.
Result<Picture> read_picture(const std::filesystem::path& path);

}  // namespace subtide
