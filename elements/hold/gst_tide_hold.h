#pragma once

#include <gst/gst.h>

namespace subtide {

/// Registers `tidehold`. Null plugin: for this process.
bool register_tidehold(GstPlugin* plugin);

}  // namespace subtide
