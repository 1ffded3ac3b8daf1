#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/config/ladder.h"

namespace subtide {

/// What decoded pictures turned out to be.
struct PictureFormat {
  int width = 0;             ///< as stored, before turning
  int height = 0;            ///< the same
  int aspect_numerator = 1;  ///< of one pixel
  int aspect_denominator = 1;
  int rate_numerator = 0;  ///< 0: varies, or nobody says
  int rate_denominator = 1;
  int depth = 8;  ///< bits of a component
  bool is_interlaced = false;
  bool is_high_dynamic_range = false;  ///< PQ or HLG
  bool is_turned = false;              ///< width and height change places when shown
  bool operator==(const PictureFormat&) const = default;
};

struct SoundFormat {
  int channels = 0;
  int sample_rate = 0;
  bool operator==(const SoundFormat&) const = default;
};

enum class VideoCodec { kH264, kH265, kAv1, kVp9, kCopy };
enum class AudioCodec { kAac, kOpus, kCopy };
enum class Package { kMp4, kMkv, kHls, kNone };

/// "h264", "h265", "av1", "vp9", "copy"; "aac", "opus", "copy"; "mp4", "mkv", "hls", "none".
std::string_view to_string(VideoCodec codec);
std::string_view to_string(AudioCodec codec);
std::string_view to_string(Package package);
/// Errors: kInvalidArgument lists what there is.
Result<VideoCodec> parse_video_codec(std::string_view name);
Result<AudioCodec> parse_audio_codec(std::string_view name);
Result<Package> parse_package(std::string_view name);

/// How pictures are wanted.
struct PictureWish {
  VideoCodec codec = VideoCodec::kH264;
  std::optional<Ladder> ladder;
  std::optional<int> bitrate_kbps;  ///< without a ladder: this rate, else by quality
  std::optional<int> crf;           ///< constant quality, also with a ladder
};

/// One picture size that is encoded.
struct RenditionPlan {
  std::string name;  ///< "720p"
  int width = 0;     ///< stored, even
  int height = 0;    ///< the same
  int aspect_numerator = 1;
  int aspect_denominator = 1;
  std::optional<int> bitrate_kbps;  ///< nothing: by quality
  int crf = 0;                      ///< where there is no rate
  std::string profile;              ///< H.264: "baseline", "main", "high"; else empty
  bool operator==(const RenditionPlan&) const = default;
};

/// The renditions for pictures of this format, largest first.
///
/// A name such as "720p" means the shorter side of the picture as it is shown. Nothing is made
/// larger: what would be is made at the picture's own size, once, with the rate of the smallest
/// size that is not smaller. The shape stays, to the pixel aspect ratio.
std::vector<RenditionPlan> plan_renditions(const PictureFormat& picture, const PictureWish& wish);

}  // namespace subtide
