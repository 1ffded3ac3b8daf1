#pragma once

#include <cstdint>
#include <span>
#include <stop_token>

#include "engine/base/result.h"

namespace subtide {

/// Plays 16 kHz mono samples on the machine's sound output; returns at the end, or when stopped.
/// Errors: kUnavailable (no sound output).
Status play_speech(std::span<const std::int16_t> samples, const std::stop_token& stop);

}  // namespace subtide
