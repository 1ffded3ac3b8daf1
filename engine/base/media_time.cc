#include "engine/base/media_time.h"

#include <fmt/format.h>

#include <cmath>

namespace subtide {

double to_seconds(MediaTime time) { return static_cast<double>(time.count()) / 1e9; }

MediaTime from_seconds(double seconds) { return MediaTime(std::llround(seconds * 1e9)); }

std::int64_t to_milliseconds(MediaTime time) {
  const std::int64_t shifted = time.count() + 500'000;
  const std::int64_t quotient = shifted / 1'000'000;
  return shifted % 1'000'000 < 0 ? quotient - 1 : quotient;
}

std::string format_clock(MediaTime time) {
  const std::int64_t ms = to_milliseconds(time);
  const std::int64_t size = ms < 0 ? -ms : ms;
  return fmt::format("{}{:02}:{:02}:{:02}.{:03}", ms < 0 ? "-" : "", size / 3'600'000,
                     size / 60'000 % 60, size / 1000 % 60, size % 1000);
}

}  // namespace subtide
