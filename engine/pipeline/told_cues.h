#pragma once

#include <gst/gst.h>

#include <vector>

#include "engine/subtitles/cue.h"

namespace subtide {

/// Gives all cues to an appsrc of a graph, each riding on a buffer with its text, and ends it.
///
/// Time: the cues' spans become PTS. Threads: any; call before the element runs.
void tell_cues(GstElement* source, const std::vector<Cue>& cues);

}  // namespace subtide
