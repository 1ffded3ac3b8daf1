#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace subtide {

/// Samples at 16 kHz, mono, 16 bit, as the bytes of a FLAC file. Errors: kInternal (libsndfile).
Result<std::string> encode_flac(std::span<const std::int16_t> samples);

/// The other way, bit for bit. At most `most_samples` are taken: the bytes may be damaged.
/// Errors: kBadInput says what is wrong, without the file's name.
Result<std::vector<std::int16_t>> decode_flac(std::string_view bytes, std::size_t most_samples);

}  // namespace subtide
