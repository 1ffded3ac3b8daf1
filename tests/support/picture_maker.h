#pragma once

#include <gst/gst.h>

#include <filesystem>
#include <string>

#include "engine/gst/pointer.h"

namespace subtide::testing_support {

/// Writes one picture of `videotestsrc`, such as "pngenc" or "jpegenc" encodes it. False: it did
/// not work. GStreamer has begun.
inline bool write_picture(const std::filesystem::path& path, const std::string& encoder,
                          const std::string& pattern = "white", int width = 64, int height = 36) {
  const std::string size =
      "video/x-raw,width=" + std::to_string(width) + ",height=" + std::to_string(height);
  const ElementPtr pipeline = own_object(
      gst_parse_launch(("videotestsrc num-buffers=1 pattern=" + pattern + " ! " + size +
                        " ! videoconvert ! " + encoder + " ! filesink location=" + path.string())
                           .c_str(),
                       nullptr));
  if (!pipeline) return false;
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  const GstPtr<GstBus> bus(gst_element_get_bus(pipeline.get()));
  const MessagePtr end(
      gst_bus_timed_pop_filtered(bus.get(), 20 * GST_SECOND,
                                 static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR)));
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
  return end && GST_MESSAGE_TYPE(end.get()) == GST_MESSAGE_EOS;
}

}  // namespace subtide::testing_support
