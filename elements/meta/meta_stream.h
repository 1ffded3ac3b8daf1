#pragma once

#include <gst/gst.h>

#include <optional>
#include <vector>

#include "elements/meta/meta_properties.h"
#include "engine/base/media_time.h"
#include "engine/base/result.h"
#include "engine/gst/pointer.h"
#include "engine/metadata/access_unit.h"
#include "engine/metadata/metadata_placer.h"

namespace subtide {

/// The stream that passes tidemeta: where its access units lie in time, and how they take items.
///
/// Time:    stream time, which in a live session is the buffers' PTS.
/// Owner:   the element; from READY to READY.
/// Threads: the streaming thread alone.
class MetaStream {
 public:
  MetaStream();

  void set_segment(GstEvent* event);
  /// Errors: those of framing_of(), where SEI is asked for.
  Status set_caps(const GstCaps* caps, const MetaSettings& settings);

  MediaTime to_stream(MediaTime pts) const;
  /// What the buffer covers; nothing without PTS.
  std::optional<TimeSpan> shown(GstBuffer* buffer) const;
  /// No buffer to come is shown before this.
  MediaTime decoded(GstBuffer* buffer, MediaTime shown) const;

  /// False for a buffer without a picture where SEI is to be written: items wait for the next.
  bool takes_items(GstBuffer* buffer, const MetaSettings& settings) const;
  /// Attaches items, and writes them and captions into the picture as the settings say.
  Result<BufferPtr> mark(BufferPtr buffer, const std::vector<PlacedMetadata>& placed,
                         const MetaSettings& settings) const;

 private:
  GstSegment segment_;
  std::optional<NalFraming> framing_;  ///< where SEI can be written
  MediaDuration frame_length_{0};      ///< from the caps; 0 when they tell none
};

}  // namespace subtide
