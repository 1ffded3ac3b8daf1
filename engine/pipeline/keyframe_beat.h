#pragma once

#include <gst/gst.h>

#include "engine/base/media_time.h"

namespace subtide {

/// Asks all encoders behind `element` for a key frame at the first picture at or after each
/// multiple of `every`, so that what they make can be cut and changed between at the same times.
///
/// Time: PTS. Call before the element runs; it watches the element's pad `sink`.
void ask_for_key_frames(GstElement* element, MediaDuration every);

}  // namespace subtide
