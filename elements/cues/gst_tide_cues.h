#pragma once

#include <gst/gst.h>

namespace subtide {

/// Registers `tidecues`, which lays timed text out as subtitle cues. Null: for this process.
bool register_tidecues(GstPlugin* plugin);

}  // namespace subtide
