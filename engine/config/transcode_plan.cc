#include "engine/config/transcode_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numeric>

namespace subtide {
namespace {

// As x264, x265, aomenc and vpxenc count quality; pictures look about alike.
constexpr int kH264Quality = 23;
constexpr int kH265Quality = 28;
constexpr int kAv1Quality = 30;
constexpr int kVp9Quality = 31;
// Rounding to even sizes moves the shape less than this; nobody sees it, and square pixels stay.
constexpr double kShapeTolerance = 0.006;

template <typename Choice, std::size_t Size>
struct Named {
  std::array<std::pair<Choice, std::string_view>, Size> names;

  std::string_view name(Choice choice) const {
    for (const auto& [known, text] : names) {
      if (known == choice) return text;
    }
    return "unknown";
  }
  Result<Choice> parse(std::string_view text, std::string_view what) const {
    std::string all;
    for (const auto& [known, each] : names) {
      if (each == text) return known;
      all += all.empty() ? "" : ", ";
      all += each;
    }
    return make_error(ErrorCode::kInvalidArgument, "'{}' is no {}; use {}", text, what, all);
  }
};

constexpr Named<VideoCodec, 5> kVideoCodecs = {{{{VideoCodec::kH264, "h264"},
                                                 {VideoCodec::kH265, "h265"},
                                                 {VideoCodec::kAv1, "av1"},
                                                 {VideoCodec::kVp9, "vp9"},
                                                 {VideoCodec::kCopy, "copy"}}}};
constexpr Named<AudioCodec, 3> kAudioCodecs = {
    {{{AudioCodec::kAac, "aac"}, {AudioCodec::kOpus, "opus"}, {AudioCodec::kCopy, "copy"}}}};
constexpr Named<Package, 4> kPackages = {{{{Package::kMp4, "mp4"},
                                           {Package::kMkv, "mkv"},
                                           {Package::kHls, "hls"},
                                           {Package::kNone, "none"}}}};

int default_quality(VideoCodec codec) {
  switch (codec) {
    case VideoCodec::kH264:
    case VideoCodec::kCopy:
      return kH264Quality;
    case VideoCodec::kH265:
      return kH265Quality;
    case VideoCodec::kAv1:
      return kAv1Quality;
    case VideoCodec::kVp9:
      return kVp9Quality;
  }
  return kH264Quality;
}

int even(double size) { return std::max(2, static_cast<int>(std::lround(size / 2)) * 2); }

/// By size, as players of these sizes expect it.
std::string default_profile(VideoCodec codec, int lines) {
  if (codec != VideoCodec::kH264) return "";
  return lines >= 720 ? "high" : "main";
}

/// Of one pixel, such that the picture keeps its shape in the new size.
void set_aspect(RenditionPlan& plan, const PictureFormat& picture) {
  const int width = picture.is_turned ? picture.height : picture.width;
  const int height = picture.is_turned ? picture.width : picture.height;
  std::int64_t numerator =
      picture.is_turned ? picture.aspect_denominator : picture.aspect_numerator;
  std::int64_t denominator =
      picture.is_turned ? picture.aspect_numerator : picture.aspect_denominator;
  const double change = static_cast<double>(width) * plan.height / height / plan.width;
  if (std::abs(change - 1) > kShapeTolerance) {
    numerator *= std::int64_t{width} * plan.height;
    denominator *= std::int64_t{height} * plan.width;
  }
  const std::int64_t common = std::gcd(numerator, denominator);
  plan.aspect_numerator = static_cast<int>(numerator / common);
  plan.aspect_denominator = static_cast<int>(denominator / common);
}

/// Pictures of `lines` on their shorter side; odd sizes become even by one line or column.
RenditionPlan sized(const PictureFormat& picture, int lines) {
  const int width = picture.is_turned ? picture.height : picture.width;
  const int height = picture.is_turned ? picture.width : picture.height;
  const double scale = static_cast<double>(lines) / std::min(width, height);
  RenditionPlan plan;
  plan.width = even(width * scale);
  plan.height = even(height * scale);
  set_aspect(plan, picture);
  return plan;
}

}  // namespace

std::string_view to_string(VideoCodec codec) { return kVideoCodecs.name(codec); }
std::string_view to_string(AudioCodec codec) { return kAudioCodecs.name(codec); }
std::string_view to_string(Package package) { return kPackages.name(package); }
Result<VideoCodec> parse_video_codec(std::string_view name) {
  return kVideoCodecs.parse(name, "video codec");
}
Result<AudioCodec> parse_audio_codec(std::string_view name) {
  return kAudioCodecs.parse(name, "audio codec");
}
Result<Package> parse_package(std::string_view name) { return kPackages.parse(name, "package"); }

std::vector<RenditionPlan> plan_renditions(const PictureFormat& picture, const PictureWish& wish) {
  const int lines = std::min(picture.width, picture.height);
  const int quality = wish.crf.value_or(default_quality(wish.codec));
  std::vector<RenditionPlan> plans;
  const auto add = [&](int wanted, std::string name, std::optional<int> rate, std::string profile) {
    RenditionPlan plan = sized(picture, wanted);
    plan.name = std::move(name);
    if (!wish.crf) plan.bitrate_kbps = rate;
    plan.crf = quality;
    plan.profile = profile.empty() ? default_profile(wish.codec, wanted) : std::move(profile);
    plans.push_back(std::move(plan));
  };
  if (!wish.ladder) {
    add(lines, fmt::format("{}p", lines), wish.bitrate_kbps, "");
    return plans;
  }
  const LadderRendition* whole = nullptr;  // the smallest that is not smaller than the picture
  for (const LadderRendition& one : wish.ladder->renditions) {
    if (one.height >= lines) whole = &one;
  }
  if (whole != nullptr) {
    const bool is_exact = whole->height == lines;
    add(lines, is_exact ? whole->name : fmt::format("{}p", lines), whole->bitrate_kbps,
        whole->profile);
  }
  for (const LadderRendition& one : wish.ladder->renditions) {
    if (one.height < lines) add(one.height, one.name, one.bitrate_kbps, one.profile);
  }
  return plans;
}

}  // namespace subtide
