#pragma once

#include <gst/gst.h>

namespace subtide {

/// Registers `tidecea608`, which encodes cues as CEA-608 captions. Null: for this process.
bool register_tidecea608(GstPlugin* plugin);

}  // namespace subtide
