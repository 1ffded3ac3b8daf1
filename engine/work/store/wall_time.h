#pragma once

#include <chrono>
#include <cstdint>

namespace subtide {

/// A moment people can read; kept for them and for age limits, never for leases.
using WallTime = std::chrono::sys_time<std::chrono::nanoseconds>;

inline std::int64_t to_number(WallTime time) { return time.time_since_epoch().count(); }
inline WallTime to_wall_time(std::int64_t number) {
  return WallTime(std::chrono::nanoseconds(number));
}

}  // namespace subtide
