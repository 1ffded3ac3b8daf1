#pragma once

#include <string>
#include <vector>

#include "engine/base/media_time.h"
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

}  // namespace subtide
