#pragma once

#include <gst/gst.h>

#include <optional>

#include "engine/base/epoch.h"
#include "engine/gst/pointer.h"

namespace subtide {

/// "tide/epoch": the buffers behind this sticky, serialized event belong to a new epoch.
EventPtr make_event(const Epoch& epoch);

/// Nothing when the event is another one.
std::optional<Epoch> read_epoch(GstEvent* event);

}  // namespace subtide
