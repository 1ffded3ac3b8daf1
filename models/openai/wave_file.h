#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace subtide {

/// Mono 16 kHz 16-bit samples as the bytes of a WAV file.
std::string to_wave_file(std::span<const std::int16_t> samples);

}  // namespace subtide
