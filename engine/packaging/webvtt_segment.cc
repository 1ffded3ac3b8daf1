#include "engine/packaging/webvtt_segment.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

#include "engine/subtitles/sidecar.h"
#include "engine/subtitles/webvtt_time.h"

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
TimestampMap map_of(MediaTime begin, MediaTime origin) {
  const auto whole = std::chrono::floor<milliseconds>(std::max(begin, MediaTime(0)));
  return {whole - origin, whole.count() * kTicksPerMillisecond % kWrap};
}

constexpr std::int64_t kDayTicks = 24 * 3600 * 1000 * kTicksPerMillisecond;
constexpr std::string_view kMap = "X-TIMESTAMP-MAP=LOCAL:";
constexpr std::string_view kTicks = "MPEGTS:";

std::string writing_begin(CueWriter& writer, TimestampMap map) {
  return fmt::format("{}{}{},{}{}\n", writer.begin(), kMap, format_clock(map.local), kTicks,
                     map.ticks);
}

/// Where the day of a segment began, whose times its file counts.
std::int64_t origin_ticks(TimestampMap map) {
  const auto local = std::chrono::round<milliseconds>(map.local).count() * kTicksPerMillisecond;
  return ((map.ticks - local) % kWrap + kWrap) % kWrap;
}

/// Parts of one segment count from the same day, or from two that follow each other.
MediaDuration days_between(TimestampMap from, TimestampMap to) {
  const std::int64_t ticks = (origin_ticks(to) - origin_ticks(from) + kWrap) % kWrap;
  if (ticks == 0) return MediaDuration(0);
  return ticks == kDayTicks ? kDay : -kDay;
}

}  // namespace

std::string write_webvtt_segment(TimeSpan span, const std::vector<Cue>& cues) {
  const MediaTime origin = origin_of(span, cues);
  const auto writer = make_cue_writer(SidecarFormat::kWebVtt, SidecarHeader{});
  std::string text = writing_begin(*writer, map_of(span.begin, origin));
  for (const Cue& cue : cues) {
    if (!cue.span.overlaps(span)) continue;
    Cue moved = cue;
    moved.span = cue.span.shifted(-origin);
    text += writer->add(moved);
  }
  return text;
}

std::optional<TimestampMap> read_timestamp_map(std::string_view segment) {
  const auto at = segment.find(kMap);
  if (at == std::string_view::npos) return std::nullopt;
  std::string_view rest = segment.substr(at + kMap.size());
  rest = rest.substr(0, rest.find('\n'));
  const auto comma = rest.find(',');
  if (comma == std::string_view::npos) return std::nullopt;
  TextScanner scanner(rest.substr(0, comma));
  const auto local = take_webvtt_time(scanner);
  rest.remove_prefix(comma + 1);
  if (!local || !rest.starts_with(kTicks)) return std::nullopt;
  rest.remove_prefix(kTicks.size());
  TimestampMap map{*local, 0};
  const auto read = std::from_chars(rest.data(), rest.data() + rest.size(), map.ticks);
  if (read.ec != std::errc() || map.ticks < 0 || map.ticks >= kWrap) return std::nullopt;
  return map;
}

Result<std::string> join_webvtt_parts(std::span<const std::string> parts) {
  std::optional<TimestampMap> first;
  MediaDuration earliest{0};  // of the days that the parts count from, beside the first's
  std::vector<Cue> cues;
  for (const std::string& part : parts) {
    const auto map = read_timestamp_map(part);
    auto read = read_sidecar(SidecarFormat::kWebVtt, part);
    if (!read) return read.error();
    if (!map) return make_error(ErrorCode::kBadInput, "a part of WebVTT has no X-TIMESTAMP-MAP");
    if (!first) first = map;
    const MediaDuration day = days_between(*first, *map);
    earliest = std::min(earliest, day);
    for (Cue& cue : read->cues) {
      cue.span = cue.span.shifted(day);
      cues.push_back(std::move(cue));
    }
  }
  if (!first) return std::string();
  // A cue that came late stands in a later part than those behind it.
  std::ranges::stable_sort(cues, {}, [](const Cue& cue) { return cue.span.begin; });
  first->local -= earliest;
  const auto writer = make_cue_writer(SidecarFormat::kWebVtt, SidecarHeader{});
  std::string text = writing_begin(*writer, *first);
  std::set<std::pair<std::string, MediaTime>> known;
  for (Cue& cue : cues) {
    if (!known.emplace(cue.id, cue.span.begin).second) continue;
    cue.span = cue.span.shifted(-earliest);
    text += writer->add(cue);
  }
  return text;
}

}  // namespace subtide
