#include "engine/app/audio_player.h"

#include <gst/app/gstappsrc.h>
#include <gst/gst.h>

#include <chrono>

#include "engine/gst/error.h"
#include "engine/gst/pointer.h"

namespace subtide {
namespace {

constexpr const char* kLaunch =
    "appsrc name=sound format=time caps=audio/x-raw,format=S16LE,rate=16000,channels=1,"
    "layout=interleaved ! audioconvert ! audioresample ! autoaudiosink";

}  // namespace

Status play_speech(std::span<const std::int16_t> samples, const std::stop_token& stop) {
  gst_init(nullptr, nullptr);
  GError* failure = nullptr;
  const ElementPtr pipeline = own_object(gst_parse_launch(kLaunch, &failure));
  if (failure != nullptr) {
    const ErrorPtr owned(failure);
    return make_error(ErrorCode::kUnavailable, "no sound output: {}", owned->message);
  }
  const ElementPtr source(gst_bin_get_by_name(GST_BIN(pipeline.get()), "sound"));
  GstBuffer* buffer = gst_buffer_new_memdup(samples.data(), samples.size_bytes());
  GST_BUFFER_PTS(buffer) = 0;
  gst_app_src_push_buffer(GST_APP_SRC(source.get()), buffer);
  gst_app_src_end_of_stream(GST_APP_SRC(source.get()));
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  const GstPtr<GstBus> bus(gst_element_get_bus(pipeline.get()));
  const auto ends = static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  Status played = ok();
  while (!stop.stop_requested()) {
    const MessagePtr message(gst_bus_timed_pop_filtered(bus.get(), GST_SECOND / 5, ends));
    if (message == nullptr) continue;
    if (GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_ERROR) {
      played = make_error(ErrorCode::kUnavailable, "no sound output: {}",
                          read_error(message.get()).message);
    }
    break;
  }
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
  return played;
}

}  // namespace subtide
