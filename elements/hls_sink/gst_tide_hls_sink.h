#pragma once

#include <gst/gst.h>

#include <memory>

#include "elements/hls_sink/hls_publisher.h"

namespace subtide {

/// Registers `tidehlssink`. Null plugin: for this process.
bool register_tidehlssink(GstPlugin* plugin);

/// Who hears what the element publishes, from its next start on. Threads: any.
void observe_publication(GstElement* element, std::shared_ptr<PublicationObserver> observer);

}  // namespace subtide
