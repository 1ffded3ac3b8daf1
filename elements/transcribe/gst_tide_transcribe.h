#pragma once

#include <gst/gst.h>

#include <memory>

#include "engine/speech/ports.h"

namespace subtide {

/// Registers `tidetranscribe`, which asks `provider` for its recogniser. Null plugin: for this
/// process.
bool register_tidetranscribe(GstPlugin* plugin, std::shared_ptr<ModelProvider> provider);

}  // namespace subtide
