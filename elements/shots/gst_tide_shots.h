#pragma once

#include <gst/gst.h>

namespace subtide {

/// Registers `tideshots`, which says where the shots of raw video change. Null: for this process.
bool register_tideshots(GstPlugin* plugin);

}  // namespace subtide
