#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "engine/base/media_time.h"
#include "engine/base/result.h"

namespace subtide {

/// How the samples of one track are coded: what an MP4 header and a playlist must say of them.
///
/// Time: `timescale` ticks a second in the files; everywhere else it is MediaTime.
struct TrackFormat {
  enum class Kind { kVideo, kAudio };

  Kind kind = Kind::kVideo;
  std::string codec;  ///< RFC 6381: "avc1.64001F", "hvc1.1.6.L93.B0", "mp4a.40.2"
  std::uint32_t timescale = 90'000;
  int width = 0;  ///< pixels; 0 for audio
  int height = 0;
  int channels = 0;          ///< 0 for video
  std::string sample_entry;  ///< the whole box inside stsd

  bool operator==(const TrackFormat&) const = default;
};

/// What a video stream says of its picture besides its codec data.
struct PictureSize {
  int width = 0;
  int height = 0;
  int pixel_width = 1;  ///< shape of one pixel
  int pixel_height = 1;
};

/// H.264 from an AVCDecoderConfigurationRecord ("codec_data" of stream-format avc).
/// Errors: kBadInput for a record that is cut short or of another version.
Result<TrackFormat> avc_format(std::span<const std::uint8_t> record, const PictureSize& size);

/// H.265 from an HEVCDecoderConfigurationRecord (stream-format hvc1). Errors: as avc_format().
Result<TrackFormat> hevc_format(std::span<const std::uint8_t> record, const PictureSize& size);

/// AAC from an AudioSpecificConfig; its timescale is the sample rate.
/// Errors: kBadInput for one that is cut short, or has a reserved rate or channel layout.
Result<TrackFormat> aac_format(std::span<const std::uint8_t> config);

/// A time in ticks of a track, rounded to the nearest; differences of rounded times do not drift.
std::int64_t to_ticks(MediaTime time, std::uint32_t timescale);

}  // namespace subtide
