#pragma once

#include <gst/audio/audio.h>

#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "engine/quality/loudness_meter.h"

namespace subtide {

/// Rate and places of the channels, as caps tell them.
SoundForm sound_form(const GstAudioInfo& info);

/// The samples of raw audio buffers of any format, interleaved.
///
/// Owner: the caller. Threads: one at a time. Errors: a buffer that does not map has no samples.
class SoundFrames {
 public:
  using Samples = std::variant<std::span<const float>, std::span<const std::int16_t>>;

  explicit SoundFrames(const GstAudioInfo& info) : info_(info) {}

  /// Calls `look` with the samples; they are there until it returns. What is 16 bit and interleaved
  /// stays where it lies.
  template <typename Look>
  void read(GstBuffer* buffer, Look look) {
    GstAudioBuffer mapped;
    if (gst_audio_buffer_map(&mapped, &info_, buffer, GST_MAP_READ) == FALSE) return;
    look(samples_of(mapped));
    gst_audio_buffer_unmap(&mapped);
  }

 private:
  Samples samples_of(const GstAudioBuffer& mapped);
  void unpack(gpointer plane, std::size_t samples);

  GstAudioInfo info_;
  std::vector<std::int32_t> numbers_;  ///< of one plane, as GStreamer unpacks them: either these
  std::vector<double> fractions_;      ///< or these
  std::vector<float> interleaved_;
};

}  // namespace subtide
