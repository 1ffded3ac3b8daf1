#pragma once

#include <gst/gst.h>

namespace subtide {

/// Registers `tideqc`, which says what is wrong with raw video or audio. Null: for this process.
bool register_tideqc(GstPlugin* plugin);

}  // namespace subtide
