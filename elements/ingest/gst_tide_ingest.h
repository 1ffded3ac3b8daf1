#pragma once

#include <gst/gst.h>

namespace subtide {

/// Registers `tideingest`. Null plugin: for this process.
bool register_tideingest(GstPlugin* plugin);

}  // namespace subtide
