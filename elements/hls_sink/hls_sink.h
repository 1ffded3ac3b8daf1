#pragma once

#include <gst/gst.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "elements/hls_sink/hls_pad.h"
#include "elements/hls_sink/hls_properties.h"
#include "elements/hls_sink/hls_publisher.h"
#include "engine/base/epoch.h"
#include "engine/gst/pointer.h"

namespace subtide {

/// The insides of tidehlssink, shared by its two sources: the element, and what streams on its
/// pads.
struct TideHlsSink {
  GstElement element;
  std::mutex lock;  ///< guards all but the publisher's own insides
  HlsSettings settings;
  std::shared_ptr<PublicationObserver> observer;
  std::shared_ptr<HlsPublisher> publisher;  ///< from READY to READY
  std::optional<Epoch> own_epoch;           ///< where nobody upstream tells of epochs
  bool asks_for_key_frames;                 ///< since the start
  bool has_no_wall_clock;                   ///< since the start
  MediaDuration segment;
  bool is_playing;
  bool is_end_due;
  guint pad_counts[3];  ///< by kind: numbers for pads without one
};

inline TideHlsSink* to_hls_sink(gpointer instance) { return static_cast<TideHlsSink*>(instance); }

std::shared_ptr<HlsPublisher> publisher_of(TideHlsSink* self);

GstFlowReturn chain_media(GstPad* pad, GstObject* parent, GstBuffer* buffer);
GstFlowReturn chain_text(GstPad* pad, GstObject* parent, GstBuffer* buffer);
gboolean take_hls_event(GstPad* pad, GstObject* parent, GstEvent* event);

}  // namespace subtide
