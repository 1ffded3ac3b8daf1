#pragma once

#include <algorithm>
#include <chrono>
#include <compare>
#include <cstdint>
#include <string>

namespace subtide {

/// A position on a stream's own timeline, and a length on it: nanoseconds, 64 bit.
using MediaTime = std::chrono::nanoseconds;
using MediaDuration = std::chrono::nanoseconds;

/// Seconds as a number, for JSON, options and people. Rounds to the nanosecond.
double to_seconds(MediaTime time);
MediaTime from_seconds(double seconds);

/// Whole milliseconds, rounded half up; what subtitle files carry.
std::int64_t to_milliseconds(MediaTime time);

/// "hh:mm:ss.mmm", with a leading '-' for negative times; hours grow past 99.
std::string format_clock(MediaTime time);

/// A half-open stretch of media time: `begin` belongs to it, `end` does not.
struct TimeSpan {
  MediaTime begin{0};
  MediaTime end{0};

  MediaDuration duration() const { return end - begin; }
  bool empty() const { return end <= begin; }
  bool contains(MediaTime time) const { return begin <= time && time < end; }
  bool overlaps(const TimeSpan& other) const { return begin < other.end && other.begin < end; }
  TimeSpan shifted(MediaDuration by) const { return {begin + by, end + by}; }

  auto operator<=>(const TimeSpan&) const = default;
};

/// The smallest span that holds both.
inline TimeSpan hull(const TimeSpan& a, const TimeSpan& b) {
  return {std::min(a.begin, b.begin), std::max(a.end, b.end)};
}

}  // namespace subtide
