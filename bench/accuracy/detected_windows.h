#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "engine/speech/audio_window.h"

namespace subtide {

/// The windows that the file pipeline makes of `samples` (16 kHz mono, from time 0): Silero's
/// decisions, gated and packed as tidevad and tidetranscribe do by default.
/// Throws std::runtime_error when the detector cannot be loaded.
std::vector<std::shared_ptr<const AudioWindow>> detected_windows(
    const std::vector<std::int16_t>& samples, const std::filesystem::path& detector_file,
    MediaDuration maximum);

}  // namespace subtide
