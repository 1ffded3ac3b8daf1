#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/media_time.h"
#include "engine/config/encoder_choice.h"
#include "engine/config/graph_spec.h"
#include "engine/config/transcode_plan.h"

namespace subtide {

/// Which of an encoder's looks at the pictures.
enum class EncodingPass { kOnly, kFirst, kLast };

/// How the encoders of one job work.
struct EncodingManner {
  std::string preset = "veryfast";
  /// Of key frames, which all renditions have at the same times; nothing: where encoders like.
  std::optional<MediaDuration> key_interval;
  EncodingPass pass = EncodingPass::kOnly;
  std::filesystem::path stats;  ///< what the first pass tells the last; empty with kOnly
};

using ElementSettings = std::vector<std::pair<std::string, ParameterValue>>;

/// Properties of the element that encodes `plan`.
ElementSettings encoder_settings(VideoCodec codec, const EncoderChoice& encoder,
                                 const RenditionPlan& plan, const EncodingManner& manner);

/// What the encoder must make of it, as caps.
std::string coded_caps(VideoCodec codec, const EncoderChoice& encoder, const RenditionPlan& plan);

/// Errors: kUnsupported for codecs whose encoder cannot look twice.
Status check_two_passes(VideoCodec codec);

/// Errors: kUnsupported for a path that the codec's encoder cannot be told.
Status check_stats_path(VideoCodec codec, const std::filesystem::path& stats);

}  // namespace subtide
