#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "engine/app/subtitle_options.h"
#include "engine/base/media_time.h"
#include "engine/config/encoder_choice.h"
#include "engine/config/transcode_plan.h"

namespace subtide {

/// What becomes of what is spoken.
struct SubtitleWish {
  bool embeds = false;  ///< tracks or renditions inside the package
  bool writes_sidecars = false;
  bool burns = false;           ///< into the pictures
  std::string burned_language;  ///< empty: the first that was asked for, else what is spoken
  bool is_any() const { return embeds || writes_sidecars || burns; }
};

/// What the user asks of `subtide transcode`; each field is the option of its name.
struct TranscodeOptions {
  SubtitleOptions common;  ///< inputs, languages, models, and what else both commands have
  PictureWish picture;
  AudioCodec audio_codec = AudioCodec::kAac;
  std::optional<int> audio_bitrate_kbps;  ///< else by the ladder
  Package package = Package::kMp4;
  SubtitleWish subtitles;
  bool two_pass = false;
  HardwareUse hardware = HardwareUse::kNone;
  std::optional<std::filesystem::path> metadata;  ///< a cue file, for HLS
  MediaDuration segment = std::chrono::seconds(6);
  bool checks_quality = false;     ///< --qc
  std::optional<double> loudness;  ///< LUFS that sound is brought to; nothing: it stays as it is
  bool keeps_source_subtitles = true;

  bool copies_pictures() const { return picture.codec == VideoCodec::kCopy; }
  bool copies_sound() const { return audio_codec == AudioCodec::kCopy; }
};

/// Bytes.
inline constexpr std::size_t kLargestCueFile = 64U << 20U;

/// All that decides what is written, beside SubtitleOptions: equal texts make equal outputs.
std::string identity_of(const TranscodeOptions& options);

}  // namespace subtide
