#pragma once

#include <gst/gst.h>

#include <memory>
#include <vector>

#include "engine/subtitles/cue.h"

namespace subtide {

/// Cues that are drawn into pictures; shared by all sizes of them. In order, on the pictures' own
/// timeline (PTS).
using BurnedCues = std::shared_ptr<const std::vector<Cue>>;

/// Has `overlay`, a textoverlay (auto-resize=false scale-mode=par valignment=bottom) whose text pad
/// is not linked, draw the cues: each picture shows the
/// cue that is up in the middle of its time, so no cue is off by more than half a picture. Lines
/// stay as they are, in the middle above the lower safe edge, white with an outline; in high
/// dynamic range as bright as graphics should be.
///
/// Threads: call before the element runs; it then works on the element's streaming thread.
void burn_cues(GstElement* overlay, BurnedCues cues);

}  // namespace subtide
