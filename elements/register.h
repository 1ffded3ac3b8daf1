#pragma once

#include <gst/gst.h>

#include <memory>

#include "engine/speech/ports.h"

namespace subtide {

/// Registers every element with `plugin` (null: statically, for this process). Each element type
/// keeps `provider` as its class data and asks it for models; there is no global. Returns false
/// when one could not be registered.
bool register_elements(GstPlugin* plugin, std::shared_ptr<ModelProvider> provider);

}  // namespace subtide
