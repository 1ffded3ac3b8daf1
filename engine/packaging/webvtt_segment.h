#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/media_time.h"
#include "engine/base/result.h"
#include "engine/subtitles/cue.h"

namespace subtide {

/// The bytes of the WebVTT segment that is shown over `span`: header, X-TIMESTAMP-MAP, and every
/// cue that overlaps the span, in the order given, with its whole time. A cue that two segments
/// show is written in both with the same text, id and times. Cues need an id.
///
/// Time: engine time; time 0 is MPEG-TS time 0, as it is decode time 0 in the fragments beside it.
///       The map of each segment names its own begin, within 33 bits. Times in the file are counted
///       from the last whole day, so that a stream of weeks keeps them small: players stumble over
///       cue times beyond 26.5 hours, where MPEG-TS time wraps.
std::string write_webvtt_segment(TimeSpan span, const std::vector<Cue>& cues);

/// X-TIMESTAMP-MAP: a time in the file, and the MPEG-TS time of the same instant.
struct TimestampMap {
  MediaTime local{0};
  std::int64_t ticks = 0;  ///< of 90 kHz, within 33 bits
};

/// Empty: there is none, or it cannot be read. Never throws, whatever the bytes.
std::optional<TimestampMap> read_timestamp_map(std::string_view segment);

/// The segment that parts of it make, which were written by write_webvtt_segment(), in order: with
/// the map of the first, and every cue once. Errors: kBadInput for a part that is none.
Result<std::string> join_webvtt_parts(std::span<const std::string> parts);

}  // namespace subtide
