#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/config/transcode_plan.h"

namespace subtide {

enum class HardwareUse { kNone, kAuto };
/// "none", "auto". Errors: kInvalidArgument lists what there is.
Result<HardwareUse> parse_hardware_use(std::string_view name);
std::string_view to_string(HardwareUse use);

/// Encoders of one family are set alike.
enum class EncoderFamily { kSoftware, kNvidia, kVa, kQuickSync, kVaapi };

struct EncoderChoice {
  std::string element;  ///< of GStreamer: "x264enc", "vah264enc"
  EncoderFamily family = EncoderFamily::kSoftware;
  bool is_hardware() const { return family != EncoderFamily::kSoftware; }
  bool operator==(const EncoderChoice&) const = default;
};

/// Best first; none for codecs that only software encodes here (av1, vp9).
std::vector<EncoderChoice> hardware_encoders(VideoCodec codec);

/// The first hardware encoder that `works`, where hardware is wanted; else the software one.
/// `works` is asked in order, and not at all for kNone.
EncoderChoice choose_encoder(VideoCodec codec, HardwareUse use,
                             const std::function<bool(const std::string& element)>& works);

}  // namespace subtide
