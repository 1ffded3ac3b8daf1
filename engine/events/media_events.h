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

/// A stretch of picture or sound that somebody should look at.
struct MediaQualityFound {
  static constexpr std::string_view kName = "media.quality.found";
  std::string kind;  ///< "black", "frozen", "silent", "clipped", "missing_audio"
  TimeSpan span;
  std::optional<int> track;  ///< of sound, from 1; nothing: the pictures, or the file as a whole
  std::string detail;        ///< one line for people
};

/// How loud a sound track is, from its begin to its end (EBU R 128).
struct MediaLoudnessMeasured {
  static constexpr std::string_view kName = "media.loudness.measured";
  int track = 1;          ///< from 1
  double integrated = 0;  ///< LUFS
  double range = 0;       ///< LU
  double true_peak = 0;   ///< dBTP
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
