#include "engine/pipeline/keyframe_beat.h"

#include <gst/video/video.h>

#include <cstdint>

#include "engine/gst/clock_time.h"
#include "engine/gst/pointer.h"

namespace subtide {
namespace {

/// Touched by the pad's streaming thread only.
struct Beat {
  MediaDuration every{0};
  std::int64_t last = -1;  ///< the multiple that was asked for
};

GstPadProbeReturn on_picture(GstPad* pad, GstPadProbeInfo* item, gpointer data) {
  auto* beat = static_cast<Beat*>(data);
  const auto time = to_media_time(GST_BUFFER_PTS(GST_PAD_PROBE_INFO_BUFFER(item)));
  if (!time) return GST_PAD_PROBE_OK;
  const std::int64_t count = *time / beat->every;
  if (count <= beat->last) return GST_PAD_PROBE_OK;
  beat->last = count;
  // In front of the picture it is for; each encoder gets it with its own copy of the stream.
  gst_pad_send_event(pad, gst_video_event_new_downstream_force_key_unit(
                              GST_CLOCK_TIME_NONE, GST_CLOCK_TIME_NONE, GST_CLOCK_TIME_NONE, TRUE,
                              static_cast<guint>(count)));
  return GST_PAD_PROBE_OK;
}

}  // namespace

void ask_for_key_frames(GstElement* element, MediaDuration every) {
  const PadPtr sink(gst_element_get_static_pad(element, "sink"));
  gst_pad_add_probe(sink.get(), GST_PAD_PROBE_TYPE_BUFFER, on_picture, new Beat{every, -1},
                    [](gpointer beat) { delete static_cast<Beat*>(beat); });
}

}  // namespace subtide
