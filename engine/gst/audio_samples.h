#pragma once

#include <gst/audio/audio.h>
#include <gst/gst.h>

#include <cstdint>
#include <span>

/// What speech models hear, as caps: 16 kHz, mono, 16 bit of this machine's byte order.
#define TIDE_SPEECH_AUDIO_CAPS \
  "audio/x-raw, format=(string)" GST_AUDIO_NE(S16) ", rate=(int)16000, channels=(int)1, " \
                                                   "layout=(string)interleaved"

namespace subtide {

/// The samples of a buffer in TIDE_SPEECH_AUDIO_CAPS, readable as long as this lives. None when the
/// memory does not map; an odd last byte is left out.
class AudioSamples {
 public:
  explicit AudioSamples(GstBuffer* buffer)
      : buffer_(buffer), is_mapped_(gst_buffer_map(buffer, &map_, GST_MAP_READ) == TRUE) {}
  ~AudioSamples() {
    if (is_mapped_) gst_buffer_unmap(buffer_, &map_);
  }
  AudioSamples(const AudioSamples&) = delete;
  AudioSamples& operator=(const AudioSamples&) = delete;

  std::span<const std::int16_t> get() const {
    if (!is_mapped_) return {};
    return {reinterpret_cast<const std::int16_t*>(map_.data), map_.size / sizeof(std::int16_t)};
  }

 private:
  GstBuffer* buffer_;
  GstMapInfo map_ = GST_MAP_INFO_INIT;
  bool is_mapped_;
};

}  // namespace subtide
