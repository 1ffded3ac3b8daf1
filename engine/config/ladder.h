#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace subtide {

/// One picture size of several, from which a player chooses by its network.
struct LadderRendition {
  std::string name;  ///< "720p"; letters, digits, '-' and '_'
  int height = 0;    ///< pixels; the width follows the picture's shape
  int bitrate_kbps = 0;
  std::string profile;  ///< H.264: "baseline", "main", "high"; empty: by the height
  bool operator==(const LadderRendition&) const = default;
};

/// What video is encoded into.
struct Ladder {
  std::string preset = "veryfast";  ///< x264's
  double keyframe_interval_s = 2;
  int audio_bitrate_kbps = 128;
  std::vector<LadderRendition> renditions;  ///< highest first
  bool operator==(const Ladder&) const = default;
};

/// Names with a known rate: "2160p", "1440p", "1080p", "720p", "480p", "360p", "240p".
/// Errors: kInvalidArgument names the wrong one.
Result<Ladder> parse_ladder_names(std::string_view names);

/// The JSON of a ladder file; `name` is what errors call it.
/// Errors: kBadInput names the line or the field.
Result<Ladder> parse_ladder_file(std::string_view json, std::string_view name);

/// "720p,360p", or the path of a ladder file.
Result<Ladder> read_ladder(const std::string& names_or_path);

}  // namespace subtide
