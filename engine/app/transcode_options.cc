#include "engine/app/transcode_options.h"

#include <fmt/format.h>

#include "engine/app/embedded.h"
#include "engine/base/atomic_file.h"

namespace subtide {
namespace {

std::string ladder_text(const Ladder& ladder) {
  std::string text =
      fmt::format("{} {} {}", ladder.preset, ladder.keyframe_interval_s, ladder.audio_bitrate_kbps);
  for (const auto& one : ladder.renditions) {
    text += fmt::format("\n{} {} {} {}", one.name, one.height, one.bitrate_kbps, one.profile);
  }
  return text;
}

/// Whether it can be read was found out before.
std::string content_of(const std::optional<std::filesystem::path>& file) {
  if (!file) return "";
  auto text = read_file(*file, kLargestCueFile);
  return text ? *std::move(text) : "";
}

}  // namespace

std::string identity_of(const TranscodeOptions& options) {
  const PictureWish& picture = options.picture;
  const SubtitleWish& subtitles = options.subtitles;
  const std::vector<std::string> parts = {
      std::string(embedded_transcode_graph()),
      fmt::format("video {} {} {}", to_string(picture.codec), picture.crf.value_or(-1),
                  picture.bitrate_kbps.value_or(-1)),
      fmt::format("audio {} {}", to_string(options.audio_codec),
                  options.audio_bitrate_kbps.value_or(-1)),
      fmt::format("package {} {}", to_string(options.package), options.segment.count()),
      fmt::format("subtitles {} {} {}", subtitles.embeds, subtitles.writes_sidecars,
                  subtitles.burns),
      fmt::format("burned {}", subtitles.burned_language),
      fmt::format("passes {} hardware {}", options.two_pass ? 2 : 1, to_string(options.hardware)),
      fmt::format("metadata {}", content_of(options.metadata)),
      fmt::format("quality {} {}", options.checks_quality, options.loudness.value_or(0)),
      fmt::format("source subtitles {}", options.keeps_source_subtitles),
      fmt::format("ladder {}", picture.ladder ? ladder_text(*picture.ladder) : ""),
  };
  return fmt::format("{}", fmt::join(parts, "\n"));
}

}  // namespace subtide
