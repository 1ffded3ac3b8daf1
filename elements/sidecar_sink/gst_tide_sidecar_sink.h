#pragma once

#include <gst/gst.h>

namespace subtide {

/// Registers `tidesidecarsink`, which writes cues as subtitle files. Null: for this process.
bool register_tidesidecarsink(GstPlugin* plugin);

}  // namespace subtide
