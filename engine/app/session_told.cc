#include "engine/app/session_told.h"

#include <algorithm>
#include <utility>

#include "engine/app/batch_queue.h"
#include "engine/app/former_work.h"
#include "engine/app/quality_told.h"

namespace subtide {

SessionTold::SessionTold(const JobSurroundings& around, const JobTask& task, JobReport& report,
                         std::optional<std::string> text_settings)
    : around_(around), task_(task), report_(report), text_settings_(std::move(text_settings)) {}

void SessionTold::on_progress(const SessionProgress& progress) {
  const ProgressState state{
      task_.item.name, progress.position, progress.total,
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start_)};
  if (around_.meter != nullptr) {
    if (progress.total) around_.meter->set_length(*progress.total);
    around_.meter->set_worked(std::max(progress.position - MediaTime::zero(), MediaDuration(0)));
  } else {
    around_.console.progress(state);
  }
  std::optional<MediaDuration> eta;
  if (const auto left = state.time_left()) eta = from_seconds(left->count());
  around_.events.emit(task_.id, JobProgress{std::max(progress.position, MediaTime::zero()),
                                            progress.total, std::max(state.speed(), 0.0), eta});
}

void SessionTold::on_speech(const SpeechSegment& segment) {
  around_.events.emit(task_.id, SpeechStarted{segment.span.begin});
  around_.events.emit(task_.id, SpeechEnded{segment});
}

void SessionTold::on_model(const ModelUse& model) {
  around_.events.emit(task_.id, ModelLoaded{{model.role, model.spec, model.detail}});
}

void SessionTold::on_output(const OutputFile& file) {
  add_output(around_, task_, report_,
             {file.path.string(), file.format, file.language, file.cues, ""});
}

void SessionTold::on_transcript(const Phrase& phrase) {
  if (!phrase.language.empty()) language_ = phrase.language;
  around_.events.emit(task_.id, TranscriptFinal{phrase.language, phrase.words, 0});
}

void SessionTold::on_translation(const Phrase& phrase) {
  around_.events.emit(
      task_.id, TranslationFinal{phrase.language, to_text(phrase.words), language_, phrase.span()});
}

void SessionTold::on_text_record(const TextRecord& record) {
  if (text_settings_) around_.former->keep_text(task_, *text_settings_, record);
}

void SessionTold::on_picture_finding(const QualityFinding& finding) {
  tell_finding(around_, task_, report_, std::nullopt, finding);
}

void SessionTold::on_sound_finding(std::size_t track, const QualityFinding& finding) {
  tell_finding(around_, task_, report_, track, finding);
}

void SessionTold::on_loudness(std::size_t track, const Loudness& loudness) {
  tell_loudness(around_, task_, report_, track, loudness);
}

void SessionTold::on_warning(const std::string& line) {
  around_.console.line("{}: {}", task_.item.name, line);
}

MediaInfo to_event(const MediaInformation& media) {
  MediaInfo info{media.name, media.container, media.duration, {}};
  for (const auto& track : media.audio) {
    info.tracks.push_back(
        {"audio", track.codec, track.language, track.channels, track.sample_rate});
  }
  if (media.video) info.tracks.push_back({"video", media.video->codec, "", 0, 0});
  for (const auto& track : media.subtitles) {
    info.tracks.push_back({"subtitle", track.codec, track.language, 0, 0});
  }
  return info;
}

void keep_result(const SessionResult& result, JobReport& report) {
  report.processed = result.processed;
  report.speech = result.speech;
  report.gaps = result.gaps;
  report.reasons = result.reasons;
  for (const auto& model : result.models) {
    report.models.push_back({model.role, model.spec, model.detail});
  }
  // As people ask: who wrote it down, who translated, who heard it.
  std::ranges::stable_sort(report.models, {}, [](const ModelNamed& model) {
    return model.role == "recognizer" ? 0 : model.role.starts_with("translator") ? 1 : 2;
  });
  if (result.is_degraded()) report.ending = Ending::kDegraded;
}

void add_hints(JobReport& report) {
  for (const auto& model : report.models) {
    if (model.detail.find("subtide models pull") != std::string::npos) continue;
    if (model.spec.starts_with("pocketsphinx")) {
      report.hints.push_back(
          "pocketsphinx makes many mistakes; for good text: subtide models pull base.en");
    } else if (model.spec == "whisper:mini.en") {
      report.hints.push_back(
          "whisper:mini.en knows the 120 words of the sample news and nothing else; for your own "
          "programmes: subtide models pull base.en");
    } else if (model.spec == "energy") {
      report.hints.push_back(
          "speech was found by loudness alone, most music counts as speech; better: subtide models "
          "pull "
          "silero");
    }
  }
}

}  // namespace subtide
