#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/media_time.h"
#include "engine/speech/phrase.h"
#include "engine/speech/speech_segment.h"
#include "engine/subtitles/cue.h"

namespace subtide {

/// One track of a media file.
struct TrackNamed {
  std::string kind;  ///< "audio", "video", "subtitle"
  std::string codec;
  std::string language;  ///< BCP 47; empty when unknown
  int channels = 0;      ///< audio only
  int sample_rate = 0;   ///< audio only
};

struct MediaInfo {
  static constexpr std::string_view kName = "media.info";
  std::string name;
  std::string container;
  std::optional<MediaDuration> duration;
  std::vector<TrackNamed> tracks;
};

struct SpeechStarted {
  static constexpr std::string_view kName = "speech.started";
  MediaTime at{0};
};
struct SpeechEnded {
  static constexpr std::string_view kName = "speech.ended";
  SpeechSegment segment;
};

struct TranscriptFinal {
  static constexpr std::string_view kName = "transcript.final";
  std::string language;
  std::vector<Word> words;
  int revision = 0;
};
struct TranslationFinal {
  static constexpr std::string_view kName = "translation.final";
  std::string language;  ///< of `text`
  std::string text;
  std::string source_language;
  TimeSpan source;  ///< the words that it translates
};
struct CueEmitted {
  static constexpr std::string_view kName = "cue.emitted";
  Cue cue;
  std::optional<MediaDuration> latency;  ///< from the last word's end to emission; live only
};

}  // namespace subtide
