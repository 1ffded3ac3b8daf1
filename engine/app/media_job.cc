#include "engine/app/media_job.h"

#include <gst/gst.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "elements/register.h"
#include "engine/app/fetch.h"
#include "engine/app/former_work.h"
#include "engine/app/graph_values.h"
#include "engine/app/preview_page.h"
#include "engine/pipeline/media_input.h"
#include "engine/pipeline/media_probe.h"
#include "engine/pipeline/session.h"

namespace subtide {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Hands what a session says on to people and machines.
class SessionTold : public SessionObserver {
 public:
  /// `text_settings`: where the text is to be kept; nothing: it is not.
  SessionTold(const JobSurroundings& around, const JobTask& task, JobReport& report,
              std::optional<std::string> text_settings)
      : around_(around), task_(task), report_(report), text_settings_(std::move(text_settings)) {}

  void on_progress(const SessionProgress& progress) override {
    const ProgressState state{task_.item.name, progress.position, progress.total,
                              std::chrono::duration<double>(seconds_since(start_))};
    around_.console.progress(state);
    std::optional<MediaDuration> eta;
    if (const auto left = state.time_left()) eta = from_seconds(left->count());
    around_.events.emit(task_.id, JobProgress{std::max(progress.position, MediaTime::zero()),
                                              progress.total, std::max(state.speed(), 0.0), eta});
  }
  void on_speech(const SpeechSegment& segment) override {
    around_.events.emit(task_.id, SpeechStarted{segment.span.begin});
    around_.events.emit(task_.id, SpeechEnded{segment});
  }
  void on_model(const ModelUse& model) override {
    around_.events.emit(task_.id, ModelLoaded{{model.role, model.spec, model.detail}});
  }
  void on_output(const OutputFile& file) override {
    add_output(around_, task_, report_,
               {file.path.string(), file.format, file.language, file.cues, ""});
  }
  void on_transcript(const Phrase& phrase) override {
    if (!phrase.language.empty()) language_ = phrase.language;
    around_.events.emit(task_.id, TranscriptFinal{phrase.language, phrase.words, 0});
  }
  void on_translation(const Phrase& phrase) override {
    around_.events.emit(task_.id, TranslationFinal{phrase.language, to_text(phrase.words),
                                                   language_, phrase.span()});
  }
  void on_text_record(const TextRecord& record) override {
    if (text_settings_) around_.former->keep_text(task_, *text_settings_, record);
  }
  void on_warning(const std::string& line) override {
    around_.console.line("{}: {}", task_.item.name, line);
  }

 private:
  const JobSurroundings& around_;
  const JobTask& task_;
  JobReport& report_;
  std::optional<std::string> text_settings_;
  std::string language_ = "und";  ///< spoken, as told last
  const Clock::time_point start_ = Clock::now();
};

MediaInfo told(const MediaInformation& media) {
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

class MediaJob {
 public:
  MediaJob(const JobSurroundings& around, const GraphSpec& graph, const JobTask& task)
      : around_(around), graph_(graph), task_(task) {
    report_.input = task.item.name;
  }

  JobReport run() {
    const auto start = Clock::now();
    if (const auto worked = work(); !worked) {
      if (around_.stop.stop_requested()) {
        interrupted();
      } else {
        fail(report_, ending_, worked.error());
      }
    }
    around_.console.end_progress();
    if (report_.wall_seconds == 0) report_.wall_seconds = seconds_since(start);
    return std::move(report_);
  }

 private:
  Status work() {
    ending_ = Ending::kFailed;
    if (const auto started = start_media_engine(around_.models); !started) return started;
    auto input = open();
    if (!input) return fail_as_input(input.error());
    const auto media = probe_media(*input, {}, around_.stop);
    if (!media) return fail_as_input(media.error());
    around_.events.emit(task_.id, told(*media));
    report_.media_duration = media->duration;
    const auto track = choose_audio_track(*media, around_.options.audio_track);
    if (!track) return track.error();
    if (const auto made = make_output_folder(task_.names); !made) return made;
    return run_session(*input, *media, *track);
  }

  Error fail_as_input(const Error& error) {
    ending_ = ending_of_input_error(error.code);
    return error;
  }

  Result<MediaInput> open() {
    if (task_.item.kind != InputKind::kUrl) return MediaInput::open(task_.item.path);
    const auto show = [this, start = Clock::now()](std::uint64_t done,
                                                   std::optional<std::uint64_t> total) {
      show_fetch(done, total, seconds_since(start));
    };
    const auto file = fetch(task_.item.url, show, around_.stop);
    around_.console.end_progress();
    if (!file) return file.error();
    return MediaInput::from_descriptor(file->descriptor(), task_.item.name);
  }

  void show_fetch(std::uint64_t done, std::optional<std::uint64_t> total, double elapsed) {
    if (elapsed - fetch_shown_ < 0.25) return;
    fetch_shown_ = elapsed;
    around_.console.fetch_progress(task_.item.name, done, total, elapsed);
  }

  Status run_session(const MediaInput& input, const MediaInformation& media,
                     const AudioTrack& track) {
    const auto values = graph_values(graph_, around_.options, task_.names);
    if (!values) return values.error();
    SessionOptions options;
    options.track = track;
    options.start = around_.options.start;
    options.duration = around_.options.duration;
    options.time_offset = around_.options.time_offset;
    auto session = Session::create(graph_, *values, input, media, options);
    if (!session) return session.error();
    SessionTold told_session(around_, task_, report_, find_text(*session));
    const auto start = Clock::now();
    const auto result = session->run(told_session, around_.stop);
    report_.wall_seconds = seconds_since(start);
    if (!result) {
      if (result.error().code == ErrorCode::kBadInput) ending_ = Ending::kUnreadable;
      return result.error();
    }
    keep_result(*result, report_);
    if (result->is_stopped) {
      interrupted();
      return ok();
    }
    add_hints(report_);
    return finish_outputs(around_, task_, media_source(), media.video.has_value(),
                          media.frame_rate_or_default(), report_);
  }

  /// What was recognised before need not be heard again. Otherwise: under what to keep it.
  std::optional<std::string> find_text(Session& session) const {
    auto settings = around_.former != nullptr ? session.text_settings() : std::nullopt;
    auto record = settings ? around_.former->text(task_, *settings) : std::nullopt;
    if (!record) return settings;
    around_.console.line("{}: all of its speech was recognised before and is not heard again",
                         task_.item.name);
    session.use_text(*std::move(record));
    return std::nullopt;
  }

  std::string media_source() const {
    if (task_.item.kind == InputKind::kUrl) return task_.item.url;
    return relative_url(task_.item.path, task_.names.folder);
  }

  void interrupted() {
    fail(report_, Ending::kInterrupted,
         make_error(ErrorCode::kUnavailable, "{}: interrupted; nothing was written for it",
                    task_.item.name));
  }

  const JobSurroundings& around_;
  const GraphSpec& graph_;
  const JobTask& task_;
  JobReport report_;
  Ending ending_ = Ending::kFailed;
  double fetch_shown_ = 0;
};

}  // namespace

JobReport run_media_job(const JobSurroundings& around, const GraphSpec& graph,
                        const JobTask& task) {
  return MediaJob(around, graph, task).run();
}

Status start_media_engine(std::shared_ptr<ModelProvider> models) {
  static const Status started = [&]() -> Status {
    GError* failure = nullptr;
    if (gst_init_check(nullptr, nullptr, &failure) == FALSE) {
      const std::string why = failure != nullptr ? failure->message : "no reason given";
      g_clear_error(&failure);
      return make_error(ErrorCode::kInternal, "GStreamer does not start: {}", why);
    }
    if (!register_elements(nullptr, std::move(models))) {
      return make_error(ErrorCode::kInternal, "GStreamer refused an element of subtide");
    }
    return ok();
  }();
  return started;
}

}  // namespace subtide
