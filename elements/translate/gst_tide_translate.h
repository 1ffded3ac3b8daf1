#pragma once

#include <gst/gst.h>

#include <memory>

#include "engine/speech/ports.h"

namespace subtide {

/// Registers `tidetranslate`, which asks `provider` for its translator. Null plugin: for this
/// process.
bool register_tidetranslate(GstPlugin* plugin, std::shared_ptr<ModelProvider> provider);

}  // namespace subtide
