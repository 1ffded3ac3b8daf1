#pragma once

#include <gst/gst.h>

#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "elements/sidecar_sink/sidecar_pad.h"
#include "elements/sidecar_sink/sidecar_properties.h"
#include "elements/sidecar_sink/sidecar_stream.h"
#include "engine/gst/pointer.h"

namespace subtide {

/// The insides of tidesidecarsink, shared by its two sources: the element (state, pads, queries)
/// and the streaming.

/// From READY to READY; any thread, under the sink's lock.
struct SidecarSinkState {
  std::shared_ptr<LanguageClaims> claims = std::make_shared<LanguageClaims>();
  SidecarStreamOptions options;
  std::vector<Error> failures;  ///< of single files; told as an error when the others are done
  bool is_playing = false;
  bool has_posted_start = false;
  guint32 end_number = GST_SEQNUM_INVALID;  ///< of the last EOS event
};

struct TideSidecarSink {
  GstElement element;
  std::mutex lock;           ///< guards all below
  SidecarSettings settings;  ///< set from any thread
  std::optional<SidecarSinkState> state;
  guint pad_count;
};

inline TideSidecarSink* to_sidecar_sink(gpointer instance) {
  return static_cast<TideSidecarSink*>(instance);
}

std::vector<PadPtr> pads_of(TideSidecarSink* self);

/// Makes the pad's stream where it has none: at READY to PAUSED, or for a pad requested later.
Status open_stream(TideSidecarSink* self, SidecarPad* pad);

/// Posts EOS when every pad has ended, but only in PLAYING, as a bin wants it.
void post_end_when_due(TideSidecarSink* self);

/// The pads' functions; one thread a pad.
GstFlowReturn chain_cue(GstPad* pad, GstObject* parent, GstBuffer* buffer);
gboolean take_pad_event(GstPad* pad, GstObject* parent, GstEvent* event);

}  // namespace subtide
