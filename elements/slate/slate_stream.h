#pragma once

#include <gst/video/video.h>

#include <optional>
#include <utility>

#include "elements/slate/slate_plan.h"
#include "engine/base/result.h"
#include "engine/gst/picture_file.h"
#include "engine/gst/pointer.h"

namespace subtide {

/// The pictures that pass tideslate, and those that stand in for them.
///
/// Stand-ins share the memory of the picture that they repeat: it costs one picture and one slate,
/// however long nothing comes.
///
/// Time:    the buffers' PTS. Owner: the element, from READY to READY.
/// Threads: the streaming thread alone.
/// Errors:  set_caps(): kUnsupported.
class SlateStream {
 public:
  SlateStream(Picture slate, MediaDuration hold) : picture_(std::move(slate)), plan_(hold) {}

  Status set_caps(const GstCaps* caps);
  /// A picture passes, and is kept as the last one. False: leave it out.
  bool take(GstBuffer* picture);
  /// The next picture that stands in before `time`; null when there is none.
  BufferPtr next_before(MediaTime time);

  void restart();
  bool has_begun() const { return plan_.has_begun(); }
  bool stands_in() const { return plan_.stands_in(); }

 private:
  GstBuffer* picture_for(StandIn::Kind kind);

  const Picture picture_;
  SlatePlan plan_;
  std::optional<GstVideoInfo> form_;
  BufferPtr last_;   ///< null behind a change of form
  BufferPtr slate_;  ///< in that form, once it was needed
};

}  // namespace subtide
