#pragma once

#include <gst/gst.h>

namespace subtide {

/// Registers `tidecaptionmeta`, which puts CEA-608 captions on coded video. Null: for this process.
bool register_tidecaptionmeta(GstPlugin* plugin);

}  // namespace subtide
