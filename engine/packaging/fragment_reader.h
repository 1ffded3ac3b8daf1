#pragma once

#include <optional>
#include <string_view>

#include "engine/base/media_time.h"

namespace subtide {

/// When the first sample of a segment of ours decodes; `init` is its initialization segment.
/// Nothing: the bytes are not as write_init() and write_fragment() have them. Never throws.
std::optional<MediaTime> read_fragment_begin(std::string_view init, std::string_view segment);

}  // namespace subtide
