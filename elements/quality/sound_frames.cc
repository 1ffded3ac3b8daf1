#include "elements/quality/sound_frames.h"

#include <algorithm>

namespace subtide {
namespace {

bool has_side_channels(const GstAudioInfo& info) {
  const auto* end = info.position + info.channels;
  return std::find(info.position, end, GST_AUDIO_CHANNEL_POSITION_SIDE_LEFT) != end;
}

SoundChannel to_sound_channel(GstAudioChannelPosition position, bool has_sides) {
  using enum SoundChannel;
  // The positions that loudness knows; all the others count as heard from the front.
  switch (static_cast<int>(position)) {
    case GST_AUDIO_CHANNEL_POSITION_FRONT_LEFT:
      return kLeft;
    case GST_AUDIO_CHANNEL_POSITION_FRONT_RIGHT:
      return kRight;
    case GST_AUDIO_CHANNEL_POSITION_MONO:
    case GST_AUDIO_CHANNEL_POSITION_FRONT_CENTER:
      return kCentre;
    case GST_AUDIO_CHANNEL_POSITION_LFE1:
    case GST_AUDIO_CHANNEL_POSITION_LFE2:
      return kLowFrequency;
    case GST_AUDIO_CHANNEL_POSITION_SIDE_LEFT:
    case GST_AUDIO_CHANNEL_POSITION_SURROUND_LEFT:
      return kLeftSurround;
    case GST_AUDIO_CHANNEL_POSITION_SIDE_RIGHT:
    case GST_AUDIO_CHANNEL_POSITION_SURROUND_RIGHT:
      return kRightSurround;
    case GST_AUDIO_CHANNEL_POSITION_REAR_LEFT:
      return has_sides ? kLeftBack : kLeftSurround;
    case GST_AUDIO_CHANNEL_POSITION_REAR_RIGHT:
      return has_sides ? kRightBack : kRightSurround;
    case GST_AUDIO_CHANNEL_POSITION_REAR_CENTER:
      return kBackCentre;
    default:
      return kOther;
  }
}

}  // namespace

SoundForm sound_form(const GstAudioInfo& info) {
  SoundForm form{GST_AUDIO_INFO_RATE(&info), {}};
  const bool has_sides = has_side_channels(info);
  for (int channel = 0; channel < GST_AUDIO_INFO_CHANNELS(&info); ++channel) {
    form.channels.push_back(to_sound_channel(info.position[channel], has_sides));
  }
  return form;
}

SoundFrames::Samples SoundFrames::samples_of(const GstAudioBuffer& mapped) {
  const auto frames = static_cast<std::size_t>(GST_AUDIO_BUFFER_N_SAMPLES(&mapped));
  const auto channels = static_cast<std::size_t>(GST_AUDIO_BUFFER_CHANNELS(&mapped));
  const bool is_interleaved = GST_AUDIO_BUFFER_LAYOUT(&mapped) == GST_AUDIO_LAYOUT_INTERLEAVED;
  if (is_interleaved && GST_AUDIO_BUFFER_FORMAT(&mapped) == GST_AUDIO_FORMAT_S16) {
    return std::span(static_cast<const std::int16_t*>(GST_AUDIO_BUFFER_PLANE_DATA(&mapped, 0)),
                     frames * channels);
  }
  interleaved_.resize(frames * channels);
  const std::size_t planes = is_interleaved ? 1 : channels;
  const std::size_t samples = is_interleaved ? frames * channels : frames;
  for (std::size_t plane = 0; plane < planes; ++plane) {
    unpack(GST_AUDIO_BUFFER_PLANE_DATA(&mapped, plane), samples);
    for (std::size_t i = 0; i < samples; ++i) {
      interleaved_[i * planes + plane] = static_cast<float>(fractions_[i]);
    }
  }
  return std::span<const float>(interleaved_);
}

/// GStreamer unpacks whole numbers to 32 bit and fractions to doubles.
void SoundFrames::unpack(gpointer plane, std::size_t samples) {
  const GstAudioFormatInfo* format = info_.finfo;
  const bool is_whole = format->unpack_format == GST_AUDIO_FORMAT_S32;
  numbers_.resize(is_whole ? samples : 0);
  fractions_.resize(samples);
  const gpointer target = is_whole ? static_cast<gpointer>(numbers_.data()) : fractions_.data();
  format->unpack_func(format, GST_AUDIO_PACK_FLAG_NONE, target, plane, static_cast<gint>(samples));
  std::ranges::transform(numbers_, fractions_.begin(),
                         [](std::int32_t number) { return number / 2147483648.0; });
}

}  // namespace subtide
