#pragma once

#include <cstdint>
#include <span>

namespace subtide {

/// Tells a tone (a whistle, a beep, a single played note) from speech: nearly all the energy of the
/// window lies round one frequency above the pitch of any speaking voice.
///
/// `window` holds 512 samples at 16 kHz. Speech has harmonics or noise beside its strongest one.
bool is_tone(std::span<const std::int16_t> window);

}  // namespace subtide
