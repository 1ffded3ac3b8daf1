#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/app/console.h"
#include "engine/app/speech_options.h"
#include "engine/base/media_time.h"
#include "engine/subtitles/sidecar.h"

namespace subtide {

/// What the user asks of `subtide subtitle`; each field is the option of its name.
struct SubtitleOptions : SpeechOptions {
  std::vector<std::string> inputs;
  std::optional<std::filesystem::path> output;
  std::vector<SidecarFormat> formats = {SidecarFormat::kSrt, SidecarFormat::kWebVtt};
  std::optional<int> lanes;
  int workers = 0;  ///< processes for recognition; 0: lanes in this process
  bool fresh = false;
  std::optional<std::filesystem::path> state;
  bool preview = false;
  bool json = false;
  bool force = false;
  std::string audio_track;
  MediaTime start{0};
  std::optional<MediaDuration> duration;
  MediaDuration time_offset{0};
  bool relayout = false;
  std::optional<std::filesystem::path> report;
  std::optional<std::filesystem::path> graph;
  Verbosity verbosity = Verbosity::kNormal;
};

}  // namespace subtide
