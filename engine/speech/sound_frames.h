#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/base/media_time.h"

namespace subtide {

inline constexpr MediaDuration kSoundFrame = std::chrono::milliseconds(10);

/// Loudness above which a frame is taken for speech.
inline constexpr float kLoudLevel = 0.6F;

/// What can be seen in audio without understanding it, each 10 ms.
struct SoundFrames {
  std::vector<float> loudness;  ///< 0 as quiet as the quietest, 1 as loud as the loudest tenth
  std::vector<float> change;    ///< how much the sound changes here: 1 is usual, 0 steady
};

/// Looks at mono audio at 16 kHz; one frame for each whole 10 ms. Pure.
SoundFrames look_at_sound(std::span<const std::int16_t> samples);

}  // namespace subtide
