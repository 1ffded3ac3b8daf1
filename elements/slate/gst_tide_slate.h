#pragma once

#include <gst/gst.h>

namespace subtide {

/// Registers `tideslate`. Null plugin: for this process.
bool register_tideslate(GstPlugin* plugin);

}  // namespace subtide
