#pragma once

#include <cstdint>

#include "engine/base/media_time.h"

namespace subtide {

/// MPEG's clock of 90 kHz, whose time stamps have 33 bits and wrap each 26.5 hours.
inline constexpr std::uint64_t kTickMask = (std::uint64_t{1} << 33) - 1;

/// Rounded to the nearest tick, not wrapped. Times before zero count back from the wrap.
constexpr std::uint64_t to_ticks(MediaTime time) {
  const std::int64_t ns = time.count();
  const std::int64_t seconds = ns / 1'000'000'000;
  const std::int64_t rest = ns % 1'000'000'000;
  const std::int64_t half = rest < 0 ? -50'000 : 50'000;
  return static_cast<std::uint64_t>(seconds * 90'000 + (rest * 9 + half) / 100'000);
}

/// Of what 40 bits hold at most, as all durations here are.
constexpr MediaTime from_ticks(std::uint64_t ticks) {
  return MediaTime((static_cast<std::int64_t>(ticks) * 100'000 + 4) / 9);
}

/// True when `time` is not before `other` on the wrapping clock, seen from its nearer side.
constexpr bool is_at_or_after(std::uint64_t time, std::uint64_t other) {
  return ((time - other) & kTickMask) <= kTickMask / 2;
}

}  // namespace subtide
