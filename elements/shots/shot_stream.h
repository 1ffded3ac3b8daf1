#pragma once

#include <gst/gst.h>

#include <optional>

#include "engine/base/media_time.h"
#include "engine/base/result.h"
#include "engine/gst/luma_frame.h"
#include "engine/quality/shot_finder.h"

namespace subtide {

/// No shot changes inside `known`; one changes at its end, where `ends_in_cut`.
struct ShotNews {
  TimeSpan known;
  bool ends_in_cut = false;
  bool operator==(const ShotNews&) const = default;
};

/// The pictures that pass tideshots, and what is known of their shots.
///
/// Time:    the buffers' PTS, in the order in which they are shown. Each picture moves what is
///          known on, and it is told with the first picture, in steps of a quarter
///          of a second, and at each cut.
/// Owner:   the element, from READY to READY. Threads: the streaming thread alone.
/// Errors:  set_caps(): kUnsupported; then there are no cuts, which is told too.
class ShotStream {
 public:
  /// As ShotFinder takes it.
  explicit ShotStream(double least_change) : finder_(least_change) {}

  Status set_caps(const GstCaps* caps);
  /// A picture. Gives what is new, where there is something to tell.
  std::optional<ShotNews> take(GstBuffer* picture);
  /// Another timeline, or nobody listened for a while.
  void restart();

 private:
  ShotFinder finder_;
  LumaGrid grid_;
  std::optional<LumaForm> form_;
  std::optional<MediaTime> told_until_;
};

}  // namespace subtide
