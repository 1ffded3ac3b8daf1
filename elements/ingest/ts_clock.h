#pragma once

#include <gst/gst.h>

#include <map>
#include <mutex>
#include <optional>

#include "engine/base/media_time.h"

namespace subtide {

/// Makes `tsdemux` show the transport stream's own times, 33 bits as they are.
///
/// By itself it follows the PCR, smooths jumps away and so moves sound against pictures. Told to
/// ignore the PCR, and fed with live buffers that all carry one time far from zero, it gives each
/// stamp plus a constant; the constant is known from the statistics it posts of its first packets.
///
/// Time:    in: buffers behind the demuxer; out: nanoseconds of the 33-bit clock, not unwrapped.
/// Owner:   the caller; must outlive the demuxer's activity.
/// Threads: streaming threads and the bus's sync handler.
/// Errors:  none.
class TsClock {
 public:
  /// What every buffer before the demuxer must carry as PTS and DTS.
  static constexpr GstClockTime kInputTime = 360'000 * GST_SECOND;

  explicit TsClock(GstElement* demuxer);

  /// A message that the demuxer posted; true when it is one of its statistics.
  bool take_message(GstMessage* message);
  /// A first buffer of the demuxer's pad `name`.
  void calibrate(const char* pad_name, GstBuffer* buffer);
  /// The stream's own time for one that came out of the demuxer.
  std::optional<MediaTime> source_time(GstClockTime time) const;

 private:
  struct First {
    std::optional<MediaTime> pts;
    std::optional<MediaTime> dts;
  };

  GstElement* demuxer_;
  mutable std::mutex mutex_;
  std::map<guint, First> first_;
  std::optional<MediaDuration> shift_;
};

}  // namespace subtide
