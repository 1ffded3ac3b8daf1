#pragma once

#include <gst/gst.h>

#include <optional>
#include <string>

#include "engine/base/media_time.h"
#include "engine/gst/pointer.h"
#include "engine/metadata/timed_metadata.h"

namespace subtide {

/// "tide/metadata" in the stream: an item that the source itself brought (KLV, SCTE-35), serialized
/// with its buffers. `at` is on the buffers' own timeline (PTS). tidemeta takes it out and places
/// it.
EventPtr make_event(const TimedMetadata& item);

/// Nothing when the event is another one.
std::optional<TimedMetadata> read_metadata(GstEvent* event);

/// "tide/metadata" as an element message: an item is on an access unit now.
///
/// Time: stream time.
struct MetadataPlaced {
  TimedMetadata item;  ///< `at`: where it is
  MediaTime asked{0};  ///< where it was wanted; earlier when it came too late

  bool operator==(const MetadataPlaced&) const = default;
};

/// Posts an element message. Threads: any.
void post_notice(GstElement* element, const MetadataPlaced& notice);

/// Nothing when the message is another one.
std::optional<MetadataPlaced> read_metadata_placed(GstMessage* message);

}  // namespace subtide
