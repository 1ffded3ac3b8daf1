#include "engine/ingest/timestamp_unwrapper.h"

#include <cstdint>

namespace subtide {
namespace {

constexpr std::int64_t kTicksPerTurn = std::int64_t{1} << 33U;

std::int64_t floor_divide(std::int64_t a, std::int64_t b) {
  return a / b - ((a % b != 0 && (a % b < 0) != (b < 0)) ? 1 : 0);
}

}  // namespace

// 2^33 ticks are 95,443.717688888… s, so a turn is no whole number of nanoseconds.
MediaTime wraps(std::int64_t turns) {
  constexpr std::int64_t kNanosecondsPerNineTicks = 100'000;  // 9 ticks are 100 µs
  const std::int64_t whole = turns / 9 * kTicksPerTurn * kNanosecondsPerNineTicks;
  const std::int64_t rest = turns % 9 * kTicksPerTurn * kNanosecondsPerNineTicks / 9;
  return MediaTime(whole + rest);
}

MediaTime TimestampUnwrapper::unwrap(MediaTime time) const {
  const MediaTime turn = wraps(1);
  const MediaTime folded = time - wraps(floor_divide(time.count(), turn.count() + 1));
  if (!reference_) return folded;
  const std::int64_t near =
      floor_divide((*reference_ - folded + turn / 2).count(), turn.count() + 1);
  MediaTime best = folded + wraps(near);
  for (const std::int64_t turns : {near - 1, near + 1}) {
    const MediaTime other = folded + wraps(turns);
    if (std::chrono::abs(other - *reference_) < std::chrono::abs(best - *reference_)) best = other;
  }
  return best;
}

}  // namespace subtide
