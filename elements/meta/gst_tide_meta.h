#pragma once

#include <gst/gst.h>

#include "engine/base/result.h"
#include "engine/metadata/cue_file.h"
#include "engine/metadata/timed_metadata.h"

namespace subtide {

/// Registers `tidemeta`. Null plugin: for this process.
bool register_tidemeta(GstPlugin* plugin);

/// Gives an item to a tidemeta element, in any of its states. An id that it knows already is the
/// same event and changes nothing.
/// Threads: any. Errors: kUnavailable when too many wait already, kInvalidArgument when the item
/// has no id or the element is no tidemeta.
Status inject_metadata(GstElement* element, MetadataRequest request);
/// The same at the item's own media time.
Status inject_metadata(GstElement* element, TimedMetadata item);

}  // namespace subtide
