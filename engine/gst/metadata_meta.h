#pragma once

#include <gst/gst.h>

#include <span>
#include <vector>

#include "engine/metadata/timed_metadata.h"

namespace subtide {

/// The timed metadata that belongs to one buffer, usually one access unit. It rides in the GstMeta
/// "TideMetadataMeta", which copies of the buffer keep.

/// Adds to what the buffer holds. The buffer must be writable.
void attach_metadata(GstBuffer* buffer, std::span<const TimedMetadata> items);

/// Empty when the buffer holds none.
std::vector<TimedMetadata> metadata_of(GstBuffer* buffer);

}  // namespace subtide
