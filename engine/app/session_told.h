#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "engine/app/job_surroundings.h"
#include "engine/events/catalogue.h"
#include "engine/pipeline/media_probe.h"
#include "engine/pipeline/session.h"

namespace subtide {

/// Hands what a session says on to people and machines. Owner: the job. Threads: the session's.
class SessionTold : public SessionObserver {
 public:
  /// `text_settings`: where the text is to be kept; nothing: it is not.
  SessionTold(const JobSurroundings& around, const JobTask& task, JobReport& report,
              std::optional<std::string> text_settings);

  void on_progress(const SessionProgress& progress) override;
  void on_speech(const SpeechSegment& segment) override;
  void on_model(const ModelUse& model) override;
  void on_output(const OutputFile& file) override;
  void on_transcript(const Phrase& phrase) override;
  void on_translation(const Phrase& phrase) override;
  void on_text_record(const TextRecord& record) override;
  void on_picture_finding(const QualityFinding& finding) override;
  void on_sound_finding(std::size_t track, const QualityFinding& finding) override;
  void on_loudness(std::size_t track, const Loudness& loudness) override;
  void on_warning(const std::string& line) override;

 private:
  const JobSurroundings& around_;
  const JobTask& task_;
  JobReport& report_;
  const std::optional<std::string> text_settings_;
  std::string language_ = "und";  ///< spoken, as told last
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// What the input holds, as an event tells it.
MediaInfo to_event(const MediaInformation& media);

/// What a session did, for the report, with hints at what would make it better.
void keep_result(const SessionResult& result, JobReport& report);
void add_hints(JobReport& report);

}  // namespace subtide
