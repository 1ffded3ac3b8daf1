#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/media_time.h"
#include "engine/subtitles/cue.h"

namespace subtide {

/// The latest time a sidecar can tell: hours have at most six digits.
inline constexpr MediaTime kLatestTime = std::chrono::hours(999'999);

/// A span in whole steps of a format (milliseconds, centiseconds): never negative, never empty.
struct StepSpan {
  std::int64_t begin = 0;
  std::int64_t end = 1;
};

/// Rounds half up; an empty span gets one step.
StepSpan to_steps(const TimeSpan& span, MediaDuration step);

/// The cue's lines as plain text, empty ones left out.
std::vector<std::string> plain_lines(const Cue& cue);

/// Appends "hh:mm:ss" + separator + "mmm".
void append_clock(std::string& text, std::int64_t milliseconds, char separator);

enum class EscapeUse { kText, kAttribute };

/// Appends `text` with & < > as entities, and in attributes ".
void append_escaped(std::string& out, std::string_view text, EscapeUse use = EscapeUse::kText);

}  // namespace subtide
