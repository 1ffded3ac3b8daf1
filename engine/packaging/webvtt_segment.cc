#include "engine/packaging/webvtt_segment.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "engine/subtitles/sidecar.h"

namespace subtide {
namespace {

using std::chrono::milliseconds;

constexpr MediaDuration kDay = std::chrono::hours(24);
constexpr std::int64_t kWrap = std::int64_t{1} << 33U;
constexpr std::int64_t kTicksPerMillisecond = 90;

/// The day's begin that no time in the segment lies before.
MediaTime origin_of(TimeSpan span, const std::vector<Cue>& cues) {
  MediaTime first = span.begin;
  for (const Cue& cue : cues) {
    if (cue.span.overlaps(span)) first = std::min(first, cue.span.begin);
  }
  return std::max(first, MediaTime(0)) / kDay * kDay;
}

/// Whole milliseconds, so that both sides of the map mean the same instant.
std::string timestamp_map(MediaTime begin, MediaTime origin) {
  const auto whole = std::chrono::floor<milliseconds>(std::max(begin, MediaTime(0)));
  const std::int64_t ticks = whole.count() * kTicksPerMillisecond % kWrap;
  return fmt::format("X-TIMESTAMP-MAP=LOCAL:{},MPEGTS:{}\n", format_clock(whole - origin), ticks);
}

}  // namespace

std::string write_webvtt_segment(TimeSpan span, const std::vector<Cue>& cues) {
  const MediaTime origin = origin_of(span, cues);
  const auto writer = make_cue_writer(SidecarFormat::kWebVtt, SidecarHeader{});
  std::string text = writer->begin() + timestamp_map(span.begin, origin);
  for (const Cue& cue : cues) {
    if (!cue.span.overlaps(span)) continue;
    Cue moved = cue;
    moved.span = cue.span.shifted(-origin);
    text += writer->add(moved);
  }
  return text;
}

}  // namespace subtide
