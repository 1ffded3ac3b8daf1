#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/media_time.h"
#include "engine/speech/phrase.h"

namespace subtide {

/// A model that takes part.
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

struct JobAccepted {
  static constexpr std::string_view kName = "job.accepted";
  std::string input;
  std::vector<std::string> outputs;  ///< the names known so far
};
struct JobRejected {
  static constexpr std::string_view kName = "job.rejected";
  std::string input;
  std::string code;  ///< ErrorCode's name
  std::string message;
};
struct JobStarted {
  static constexpr std::string_view kName = "job.started";
  std::string input;
};
struct JobProgress {
  static constexpr std::string_view kName = "job.progress";
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
  static constexpr std::string_view kName = "job.completed";
  JobOutcome outcome;
};
struct JobCompletedDegraded {
  static constexpr std::string_view kName = "job.completed_degraded";
  JobOutcome outcome;
};
struct JobFailed {
  static constexpr std::string_view kName = "job.failed";
  std::string input;
  std::string code;  ///< ErrorCode's name, or "interrupted"
  std::string message;
  std::vector<OutputNamed> outputs;  ///< what was finished before
};
struct JobCancelled {
  static constexpr std::string_view kName = "job.cancelled";
  std::string input;
  std::string reason;                ///< stable lower-case name, such as "user"
  std::vector<OutputNamed> outputs;  ///< what was finished before
};
struct OutputFinished {
  static constexpr std::string_view kName = "output.finished";
  OutputNamed output;
};

}  // namespace subtide
