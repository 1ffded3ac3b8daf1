#pragma once

#include <gst/gst.h>

#include <memory>

#include "engine/speech/ports.h"

namespace subtide {

/// Registers `tidevad`, which asks `provider` for its detector. Null plugin: for this process.
bool register_tidevad(GstPlugin* plugin, std::shared_ptr<ModelProvider> provider);

}  // namespace subtide
