#include "engine/config/encoder_choice.h"

#include <utility>

namespace subtide {
namespace {

std::string software_encoder(VideoCodec codec) {
  switch (codec) {
    case VideoCodec::kH264:
      return "x264enc";
    case VideoCodec::kH265:
      return "x265enc";
    case VideoCodec::kAv1:
      return "av1enc";
    case VideoCodec::kVp9:
      return "vp9enc";
    case VideoCodec::kCopy:
      return "";
  }
  return "";
}

}  // namespace

std::string_view to_string(HardwareUse use) { return use == HardwareUse::kAuto ? "auto" : "none"; }

Result<HardwareUse> parse_hardware_use(std::string_view name) {
  if (name == "none") return HardwareUse::kNone;
  if (name == "auto") return HardwareUse::kAuto;
  return make_error(ErrorCode::kInvalidArgument, "'{}' is unknown; use auto, none", name);
}

std::vector<EncoderChoice> hardware_encoders(VideoCodec codec) {
  if (codec != VideoCodec::kH264 && codec != VideoCodec::kH265) return {};
  const std::string end = std::string(to_string(codec)) + "enc";
  return {{"nv" + end, EncoderFamily::kNvidia},
          {"va" + end, EncoderFamily::kVa},
          {"qsv" + end, EncoderFamily::kQuickSync},
          {"vaapi" + end, EncoderFamily::kVaapi}};
}

EncoderChoice choose_encoder(VideoCodec codec, HardwareUse use,
                             const std::function<bool(const std::string& element)>& works) {
  if (use == HardwareUse::kAuto) {
    for (EncoderChoice& one : hardware_encoders(codec)) {
      if (works(one.element)) return std::move(one);
    }
  }
  return {software_encoder(codec), EncoderFamily::kSoftware};
}

}  // namespace subtide
