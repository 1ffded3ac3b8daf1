#pragma once

#include <gst/gst.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "elements/sidecar_sink/sidecar_stream.h"
#include "engine/base/media_time.h"

namespace subtide {

/// One text_%u pad of tidesidecarsink: a GstPad with the property `language` and its stream.
struct SidecarPad {
  GstPad pad;
  std::mutex lock;       ///< guards language
  std::string language;  ///< as set; empty: that of the cues
  /// Streaming thread, and the state change while nothing streams.
  std::optional<SidecarStream> stream;
  GstSegment segment;
  /// What the sink tells of the pad; any thread.
  std::atomic<MediaTime::rep> position;  ///< stream time that is worked through
  std::atomic<bool> has_ended;
  std::atomic<bool> is_given_up;
};

GType sidecar_pad_type();
SidecarPad* to_sidecar_pad(gpointer pad);
std::string language_of(SidecarPad* pad);

}  // namespace subtide
