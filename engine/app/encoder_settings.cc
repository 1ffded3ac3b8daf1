#include "engine/app/encoder_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace subtide {
namespace {

// How far above the rate a moment may go, and for how long: as HLS players expect it.
constexpr double kPeak = 1.25;
constexpr double kBufferSeconds = 2;
constexpr std::int64_t kCoarsestH264 = 50;
// In frames. The second: key frames come when they are asked for.
constexpr std::int64_t kUsualKeyInterval = 250;
constexpr std::int64_t kLongestKeyInterval = 2400;
// Hardware of VA-API counts no further.
constexpr std::int64_t kLongestVaKeyInterval = 1024;

std::int64_t peak_of(int rate) { return std::lround(rate * kPeak); }
std::int64_t buffer_of(int rate) { return std::lround(rate * kBufferSeconds); }

std::int64_t longest_interval(const EncodingManner& manner) {
  return manner.key_interval ? kLongestKeyInterval : kUsualKeyInterval;
}

ElementSettings x264_settings(const RenditionPlan& plan, const EncodingManner& manner) {
  const char* cuts = manner.key_interval ? "scenecut=0" : "scenecut=40";
  // What option-string says of rates and quality the element overrules: its peak is its rate, and
  // only how long it may be above that is free.
  ElementSettings settings = {{"speed-preset", manner.preset},
                              {"key-int-max", longest_interval(manner)},
                              {"option-string", std::string(cuts)}};
  if (plan.bitrate_kbps) {
    settings.emplace_back("bitrate", std::int64_t{*plan.bitrate_kbps});
    settings.emplace_back("vbv-buf-capacity", std::int64_t{std::lround(kBufferSeconds * 1000)});
  } else {
    settings.emplace_back("pass", std::string("qual"));
    settings.emplace_back("quantizer", std::min<std::int64_t>(plan.crf, kCoarsestH264));
    settings.emplace_back("vbv-buf-capacity", std::int64_t{0});
  }
  if (manner.pass == EncodingPass::kOnly) return settings;
  settings.emplace_back("pass",
                        std::string(manner.pass == EncodingPass::kFirst ? "pass1" : "pass2"));
  settings.emplace_back("multipass-cache-file", manner.stats.string());
  return settings;
}

ElementSettings x265_settings(const RenditionPlan& plan, const EncodingManner& manner) {
  ElementSettings settings = {{"speed-preset", manner.preset},
                              {"key-int-max", longest_interval(manner)}};
  std::string more = manner.key_interval ? "scenecut=0:open-gop=0" : "open-gop=0";
  if (plan.bitrate_kbps) {
    settings.emplace_back("bitrate", std::int64_t{*plan.bitrate_kbps});
    more += fmt::format(":vbv-maxrate={}:vbv-bufsize={}", peak_of(*plan.bitrate_kbps),
                        buffer_of(*plan.bitrate_kbps));
  } else {
    more += fmt::format(":crf={}", plan.crf);
  }
  if (manner.pass != EncodingPass::kOnly) {
    more += fmt::format(":pass={}:stats={}", manner.pass == EncodingPass::kFirst ? 1 : 2,
                        manner.stats.string());
  }
  settings.emplace_back("option-string", std::move(more));
  return settings;
}

/// The slower a preset's name says, the more an encoder of libaom or libvpx may think.
std::int64_t thinking_of(const std::string& preset) {
  constexpr std::array kFastFirst = {"ultrafast", "superfast", "veryfast", "faster",  "fast",
                                     "medium",    "slow",      "slower",   "veryslow"};
  const auto place = std::ranges::find(kFastFirst, preset) - kFastFirst.begin();
  return std::max<std::int64_t>(8 - place, 0);
}

ElementSettings av1_settings(const RenditionPlan& plan, const EncodingManner& manner) {
  ElementSettings settings = {{"cpu-used", std::max<std::int64_t>(thinking_of(manner.preset), 1)},
                              {"row-mt", true},
                              {"keyframe-max-dist", longest_interval(manner)}};
  // The element has no level of quality, but holds the quantizer between two bounds.
  constexpr std::int64_t kCoarsest = 63;
  const std::int64_t level = std::min<std::int64_t>(plan.crf, kCoarsest);
  settings.emplace_back("end-usage", std::string(plan.bitrate_kbps ? "vbr" : "q"));
  settings.emplace_back("min-quantizer", plan.bitrate_kbps ? 0 : level);
  settings.emplace_back("max-quantizer", plan.bitrate_kbps ? kCoarsest : level);
  if (plan.bitrate_kbps) settings.emplace_back("target-bitrate", std::int64_t{*plan.bitrate_kbps});
  return settings;
}

ElementSettings vp9_settings(const RenditionPlan& plan, const EncodingManner& manner) {
  // Microseconds for a picture. With one, the encoder is in a hurry and takes no notes for a second
  // pass; a million is "good".
  const std::int64_t deadline = manner.pass == EncodingPass::kOnly ? 1 : 1'000'000;
  ElementSettings settings = {{"deadline", deadline},
                              {"cpu-used", thinking_of(manner.preset)},
                              {"row-mt", true},
                              {"threads", std::int64_t{8}},
                              {"keyframe-max-dist", longest_interval(manner)}};
  if (plan.bitrate_kbps) {
    settings.emplace_back("end-usage", std::string("vbr"));
    settings.emplace_back("target-bitrate", std::int64_t{*plan.bitrate_kbps} * 1000);
  } else {
    settings.emplace_back("end-usage", std::string("cq"));
    settings.emplace_back("target-bitrate", std::int64_t{0});
    settings.emplace_back("cq-level", std::int64_t{plan.crf});
  }
  if (manner.pass == EncodingPass::kOnly) return settings;
  const bool is_first = manner.pass == EncodingPass::kFirst;
  settings.emplace_back("multipass-mode", std::string(is_first ? "first-pass" : "last-pass"));
  settings.emplace_back("multipass-cache-file", manner.stats.string());
  return settings;
}

ElementSettings software_settings(VideoCodec codec, const RenditionPlan& plan,
                                  const EncodingManner& manner) {
  switch (codec) {
    case VideoCodec::kH264:
      return x264_settings(plan, manner);
    case VideoCodec::kH265:
      return x265_settings(plan, manner);
    case VideoCodec::kAv1:
      return av1_settings(plan, manner);
    case VideoCodec::kVp9:
      return vp9_settings(plan, manner);
    case VideoCodec::kCopy:
      return {};
  }
  return {};
}

// Hardware knows no constant quality as x264 means it; its constant quantizer looks about alike.

ElementSettings nvidia_settings(const RenditionPlan& plan, const EncodingManner& manner) {
  ElementSettings settings = {{"gop-size", longest_interval(manner)}};
  if (plan.bitrate_kbps) {
    settings.emplace_back("rc-mode", std::string("vbr"));
    settings.emplace_back("bitrate", std::int64_t{*plan.bitrate_kbps});
    settings.emplace_back("max-bitrate", peak_of(*plan.bitrate_kbps));
    settings.emplace_back("vbv-buffer-size", buffer_of(*plan.bitrate_kbps));
  } else {
    settings.emplace_back("rc-mode", std::string("constqp"));
    settings.emplace_back("qp-const", std::min<std::int64_t>(plan.crf, kCoarsestH264));
  }
  return settings;
}

/// The rate is the peak there, and the wish a share of it.
void add_va_rate(ElementSettings& settings, int rate) {
  settings.emplace_back("rate-control", std::string("vbr"));
  settings.emplace_back("bitrate", peak_of(rate));
  settings.emplace_back("target-percentage", std::int64_t{std::lround(100 / kPeak)});
}

ElementSettings va_settings(const RenditionPlan& plan, const EncodingManner& manner) {
  ElementSettings settings = {
      {"key-int-max", std::min(longest_interval(manner), kLongestVaKeyInterval)}};
  if (plan.bitrate_kbps) {
    add_va_rate(settings, *plan.bitrate_kbps);
    settings.emplace_back("cpb-size", buffer_of(*plan.bitrate_kbps));
    return settings;
  }
  settings.emplace_back("rate-control", std::string("cqp"));
  const std::int64_t level = std::min<std::int64_t>(plan.crf, kCoarsestH264);
  for (const char* kind : {"qpi", "qpp", "qpb"}) settings.emplace_back(kind, level);
  return settings;
}

ElementSettings quick_sync_settings(const RenditionPlan& plan, const EncodingManner& manner) {
  ElementSettings settings = {{"gop-size", longest_interval(manner)}};
  if (plan.bitrate_kbps) {
    settings.emplace_back("rate-control", std::string("vbr"));
    settings.emplace_back("bitrate", std::int64_t{*plan.bitrate_kbps});
    settings.emplace_back("max-bitrate", peak_of(*plan.bitrate_kbps));
    return settings;
  }
  settings.emplace_back("rate-control", std::string("cqp"));
  const std::int64_t level = std::min<std::int64_t>(plan.crf, kCoarsestH264);
  for (const char* kind : {"qp-i", "qp-p", "qp-b"}) settings.emplace_back(kind, level);
  return settings;
}

ElementSettings vaapi_settings(const RenditionPlan& plan, const EncodingManner& manner) {
  ElementSettings settings = {{"keyframe-period", longest_interval(manner)}};
  if (plan.bitrate_kbps) {
    add_va_rate(settings, *plan.bitrate_kbps);
    settings.emplace_back("cpb-length", std::int64_t{std::lround(kBufferSeconds * 1000)});
    return settings;
  }
  settings.emplace_back("rate-control", std::string("cqp"));
  settings.emplace_back("init-qp", std::min<std::int64_t>(plan.crf, kCoarsestH264));
  return settings;
}

}  // namespace

ElementSettings encoder_settings(VideoCodec codec, const EncoderChoice& encoder,
                                 const RenditionPlan& plan, const EncodingManner& manner) {
  switch (encoder.family) {
    case EncoderFamily::kSoftware:
      return software_settings(codec, plan, manner);
    case EncoderFamily::kNvidia:
      return nvidia_settings(plan, manner);
    case EncoderFamily::kVa:
      return va_settings(plan, manner);
    case EncoderFamily::kQuickSync:
      return quick_sync_settings(plan, manner);
    case EncoderFamily::kVaapi:
      return vaapi_settings(plan, manner);
  }
  return {};
}

std::string coded_caps(VideoCodec codec, const EncoderChoice& encoder, const RenditionPlan& plan) {
  if (codec != VideoCodec::kH264) return "ANY";
  // Hardware makes only that part of the baseline that everybody decodes.
  if (encoder.is_hardware() && plan.profile == "baseline") {
    return "video/x-h264,profile=constrained-baseline";
  }
  return fmt::format("video/x-h264,profile={}", plan.profile);
}

Status check_two_passes(VideoCodec codec) {
  if (codec == VideoCodec::kH264 || codec == VideoCodec::kH265 || codec == VideoCodec::kVp9) {
    return ok();
  }
  return make_error(ErrorCode::kUnsupported, "--two-pass is for h264, h265 and vp9, not {}",
                    to_string(codec));
}

Status check_stats_path(VideoCodec codec, const std::filesystem::path& stats) {
  if (codec != VideoCodec::kH265 || stats.string().find(':') == std::string::npos) return ok();
  return make_error(ErrorCode::kUnsupported,
                    "{}: --two-pass with h265 cannot work in a path with ':'; choose another with "
                    "-o",
                    stats.parent_path().parent_path().string());
}

}  // namespace subtide
