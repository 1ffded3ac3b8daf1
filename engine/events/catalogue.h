#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/base/media_time.h"
#include "engine/speech/phrase.h"
#include "engine/speech/speech_segment.h"
#include "engine/subtitles/cue.h"

namespace subtide {

/// What may be said to have happened, as typed values. Media times count from the media's time
/// zero. Each type has a JSON Schema for its data in schema/<name>.v1.json.

/// A model that took part.
struct ModelNamed {
  std::string role;    ///< "vad", "recognizer", "translator:es"
  std::string spec;    ///< as resolved: "whisper:base.en"
  std::string detail;  ///< one line for people; may be empty
};

/// A file that stands complete under its name.
struct OutputNamed {
  std::string path;
  std::string format;    ///< "srt", "vtt", …, "preview"
  std::string language;  ///< BCP 47; empty for what holds several
  std::uint64_t cues = 0;
  std::string sha256;  ///< hexadecimal; empty when it was not taken
};

/// One track of a media file.
struct TrackNamed {
  std::string kind;  ///< "audio", "video", "subtitle"
  std::string codec;
  std::string language;  ///< BCP 47; empty when unknown
  int channels = 0;      ///< audio only
  int sample_rate = 0;   ///< audio only
};

struct JobAccepted {
  std::string input;
  std::vector<std::string> outputs;  ///< the names known so far
};
struct JobStarted {
  std::string input;
};
struct JobProgress {
  MediaTime done{0};
  std::optional<MediaDuration> total;
  double speed = 0;                  ///< media seconds a second
  std::optional<MediaDuration> eta;  ///< wall time
};

/// How a job ended that gave outputs.
struct JobOutcome {
  std::string input;
  std::vector<OutputNamed> outputs;
  std::vector<Gap> gaps;
  std::vector<ModelNamed> models;
  std::vector<std::string> reasons;  ///< why it is degraded; empty when all is well
};
struct JobCompleted {
  JobOutcome outcome;
};
struct JobCompletedDegraded {
  JobOutcome outcome;
};
struct JobFailed {
  std::string input;
  std::string code;  ///< ErrorCode's name, or "interrupted"
  std::string message;
  std::vector<OutputNamed> outputs;  ///< what was finished before
};

struct MediaInfo {
  std::string name;
  std::string container;
  std::optional<MediaDuration> duration;
  std::vector<TrackNamed> tracks;
};

struct SpeechStarted {
  MediaTime at{0};
};
struct SpeechEnded {
  SpeechSegment segment;
};

struct ModelLoaded {
  ModelNamed model;
};
struct TranscriptFinal {
  std::string language;
  std::vector<Word> words;
  int revision = 0;
};
struct CueEmitted {
  Cue cue;
  std::optional<MediaDuration> latency;  ///< from the last word's end to emission; live only
};
struct OutputFinished {
  OutputNamed output;
};

using EventBody =
    std::variant<JobAccepted, JobStarted, JobProgress, JobCompleted, JobCompletedDegraded,
                 JobFailed, MediaInfo, SpeechStarted, SpeechEnded, ModelLoaded, TranscriptFinal,
                 CueEmitted, OutputFinished>;

/// Facts are kept, numbered and replayable; of telemetry the newest counts and any may be lost.
enum class EventClass { kFact, kTelemetry };

/// The event's name without prefix and version, such as "job.accepted".
std::string_view name_of(const EventBody& body);
EventClass class_of(const EventBody& body);
/// What facts are numbered by: the name's first part, such as "job".
std::string_view family_of(std::string_view name);

}  // namespace subtide
