#pragma once

#include <gst/gst.h>

namespace subtide {

/// Registers `tidescale`. Null plugin: for this process.
bool register_tidescale(GstPlugin* plugin);

}  // namespace subtide
