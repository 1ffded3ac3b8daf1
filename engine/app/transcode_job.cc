#include "engine/app/transcode_job.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "engine/app/former_work.h"
#include "engine/app/layout_review.h"
#include "engine/app/media_job.h"
#include "engine/app/open_input.h"
#include "engine/app/preview_page.h"
#include "engine/app/session_told.h"
#include "engine/app/source_parts.h"
#include "engine/app/transcode_graph.h"
#include "engine/base/staged_output.h"
#include "engine/pipeline/media_probe.h"
#include "engine/pipeline/movie_texts.h"
#include "engine/pipeline/transcode_session.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr const char* kMasterPlaylist = "master.m3u8";

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Sidecars that are for the package alone are kept apart from those that the user gets.
class TranscodeTold : public SessionTold {
 public:
  TranscodeTold(const JobSurroundings& around, const JobTask& task, JobReport& report,
                const fs::path& texts)
      : SessionTold(around, task, report, std::nullopt), folder_(texts.parent_path()) {}

  void on_output(const OutputFile& file) override {
    if (file.path.parent_path() != folder_) return SessionTold::on_output(file);
    texts_.push_back({file.path.string(), file.format, file.language, file.cues, ""});
  }
  const std::vector<OutputNamed>& texts() const { return texts_; }

 private:
  const fs::path folder_;
  std::vector<OutputNamed> texts_;
};

class TranscodeJob {
 public:
  TranscodeJob(const JobSurroundings& around, const GraphSpec& graph,
               const TranscodeOptions& options, const JobTask& task)
      : around_(around),
        graph_(graph),
        options_(options),
        task_(task),
        parts_(around, task, options) {
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
    if (const auto started = start_media_engine(around_.models); !started) return started;
    auto input = open_input(around_, task_.item);
    if (!input) return fail_as_input(input.error());
    ProbeOptions probing;
    probing.needs_audio = false;
    const auto media = probe_media(*input, probing, around_.stop);
    if (!media) return fail_as_input(media.error());
    around_.events.emit(task_.id, to_event(*media));
    report_.media_duration = media->duration;
    if (const auto looked = parts_.look_into(*input, *media); !looked) return looked;
    if (const auto chosen = choose_streams(*media); !chosen) return chosen;
    if (const auto made = make_output_folder(task_.names); !made) return made;
    return run_session(*input, *media);
  }

  Error fail_as_input(const Error& error) {
    ending_ = ending_of_input_error(error.code);
    return error;
  }

  Status choose_streams(const MediaInformation& media) {
    const bool has_package = options_.package != Package::kNone;
    const bool encodes_sound = has_package && !parts_.copies_sound();
    if (media.video && has_package && !parts_.copies_pictures()) {
      selection_.video = media.video->stream;
    }
    if (encodes_sound) {
      for (const AudioTrack& track : media.audio) selection_.audio.push_back(track.stream);
    }
    if (!options_.subtitles.is_any()) return ok();
    if (media.audio.empty()) {
      report_.hints.push_back("there is no sound, so there is nothing to write down");
      return ok();
    }
    const auto track = choose_audio_track(media, options_.common.audio_track);
    if (!track) return track.error();
    if (!encodes_sound) selection_.audio = {track->stream};
    const auto at = std::ranges::find(selection_.audio, track->stream);
    selection_.speech = static_cast<std::size_t>(at - selection_.audio.begin());
    return ok();
  }

  /// Nothing has to be decoded.
  Status copy(const MediaInformation& media) {
    if (auto staged = stage_outputs(); !staged) return staged;
    report_.processed = media.duration.value_or(MediaDuration(0));
    return finish(media, {});
  }

  Status run_session(const MediaInput& input, const MediaInformation& media) {
    const bool decodes = selection_.video || !selection_.audio.empty();
    if (!decodes && options_.package != Package::kHls) return copy(media);
    TranscodeSessionOptions options;
    options.selection = selection_;
    auto session = TranscodeSession::open(input, media, options, around_.stop);
    if (!session) return fail_as_input(session.error());
    if (const auto planned = plan_outputs(*session, media); !planned) return planned;
    if (const auto built = session->build(graph_, transcode_graph_values(options_, plan_));
        !built) {
      return built;
    }
    if (const auto set = set_encoders(*session, options_, plan_); !set) return set;
    parts_.feed(*session);
    TranscodeTold told(around_, task_, report_, plan_.texts);
    const auto start = Clock::now();
    const auto result = session->run(told, around_.stop);
    report_.wall_seconds = seconds_since(start);
    if (!result) {
      if (result.error().code == ErrorCode::kBadInput) ending_ = Ending::kUnreadable;
      return result.error();
    }
    keep_result(*result, report_);
    if (!decodes) report_.processed = media.duration.value_or(MediaDuration(0));
    report_.reasons.insert(report_.reasons.end(), copy_reasons_.begin(), copy_reasons_.end());
    if (result->is_stopped) {
      interrupted();
      return ok();
    }
    add_hints(report_);
    return finish(media, told.texts());
  }

  Status plan_outputs(const TranscodeSession& session, const MediaInformation& media) {
    const DecodedStreams& streams = session.streams();
    if (streams.video) plan_.renditions = plan_renditions(*streams.video, options_.picture);
    if (streams.video && streams.video->is_high_dynamic_range && !keeps_range()) {
      around_.console.line(
          "{}: is HDR, which 8 bits of {} cannot carry; colours will look pale, "
          "use --video-codec h265 or av1",
          task_.item.name, to_string(options_.picture.codec));
    }
    for (std::size_t i = 0; i < streams.audio.size(); ++i) {
      if (!streams.audio[i]) {
        return make_error(ErrorCode::kBadInput, "{}: sound track {} brings no sound", media.name,
                          i + 1);
      }
      plan_.sound_languages.push_back(language_of(media, selection_.audio[i]));
    }
    plan_.has_speech = selection_.speech.has_value();
    if (options_.package == Package::kNone || parts_.copies_sound()) {
      plan_.sound_languages.clear();
    }
    if (auto planned = parts_.plan_renditions(plan_, copy_reasons_); !planned) return planned;
    return stage_outputs();
  }

  bool keeps_range() const {
    return options_.picture.codec == VideoCodec::kH265 ||
           options_.picture.codec == VideoCodec::kAv1;
  }

  static std::string language_of(const MediaInformation& media, const std::string& stream) {
    for (const AudioTrack& track : media.audio) {
      if (track.stream == stream && !track.language.empty()) return track.language;
    }
    return "und";
  }

  Status stage_outputs() {
    if (plan_.has_speech) {
      if (auto staged = stage_texts(); !staged) return staged;
    }
    if (options_.subtitles.writes_sidecars && plan_.has_speech) {
      plan_.sidecars = task_.names.folder / task_.names.stem;
      plan_.sidecar_formats = options_.common.formats;
    }
    if (options_.package == Package::kNone) return ok();
    if (options_.package == Package::kHls) {
      if (auto staged = stage(task_.names.folder / task_.names.stem); !staged) return staged;
      plan_.folder = staged_.back().staging();
      return ok();
    }
    std::vector<std::string> names;
    for (const auto& one : plan_.renditions)
      names.push_back(options_.picture.ladder ? one.name : "");
    if (names.empty()) names.emplace_back();
    for (const auto& name : names) {
      if (auto staged = stage(transcode_file(task_, options_, name)); !staged) return staged;
      plan_.files.push_back(staged_.back().staging());
    }
    return ok();
  }

  /// A hidden folder, that goes with the job.
  Status stage_texts() {
    auto staged = StagedOutput::create(task_.names.folder / (task_.names.stem + ".texts"),
                                       StagedOutput::IfExists::kReplace);
    if (!staged) return staged.error();
    texts_.emplace(*std::move(staged));
    std::error_code failure;
    fs::create_directories(texts_->staging(), failure);
    if (failure) {
      return make_error(ErrorCode::kIo, "{}: cannot be made: {}", texts_->staging().string(),
                        failure.message());
    }
    plan_.texts = texts_->staging() / "all";
    return ok();
  }

  Status stage(const fs::path& path) {
    std::error_code unknown;
    if (task_.item.kind != InputKind::kUrl && fs::equivalent(path, task_.item.path, unknown)) {
      return make_error(ErrorCode::kAlreadyExists,
                        "{}: the output would have its name; give another folder with -o",
                        task_.item.name);
    }
    const auto if_exists =
        around_.options.force ? StagedOutput::IfExists::kReplace : StagedOutput::IfExists::kRefuse;
    auto staged = StagedOutput::create(path, if_exists);
    if (!staged) return staged.error();
    staged_.push_back(*std::move(staged));
    return ok();
  }

  /// What the files hold is checked and told, whether or not the user gets it as files.
  Status review(const MediaInformation& media, const std::vector<OutputNamed>& texts) {
    const bool has_own = !report_.outputs.empty();
    if (!has_own) report_.outputs = texts;
    const bool has_media_file = task_.item.kind != InputKind::kUrl;
    const std::string source =
        has_media_file ? relative_url(task_.item.path, task_.names.folder) : task_.item.url;
    if (auto done = finish_outputs(around_, task_, source, media.video.has_value(),
                                   media.frame_rate_or_default(), report_);
        !done) {
      return done;
    }
    if (!has_own) report_.outputs.clear();
    return ok();
  }

  Result<std::vector<TextTrack>> read_texts(const std::vector<OutputNamed>& texts) const {
    auto written = read_back(texts);
    if (!written) return written.error();
    std::vector<TextTrack> tracks;
    for (WrittenCues& one : *written) {
      tracks.push_back({one.language, "", std::move(one.cues)});
    }
    // What is spoken, then as they were asked for: files finish in any order.
    std::ranges::stable_sort(tracks, {}, [this](const TextTrack& track) {
      const auto& asked = options_.common.translate;
      const auto at = std::ranges::find(asked, track.language);
      return at == asked.end() ? std::ptrdiff_t{-1} : at - asked.begin();
    });
    return tracks;
  }

  Status finish(const MediaInformation& media, const std::vector<OutputNamed>& texts) {
    if (auto reviewed = review(media, texts); !reviewed) return reviewed;
    auto tracks = options_.subtitles.embeds ? read_texts(texts) : std::vector<TextTrack>();
    if (!tracks) return tracks.error();
    auto done = parts_.complete(plan_.files, plan_.encodes(), *std::move(tracks), report_.processed,
                                report_.reasons);
    if (!done) return done;
    if (!report_.reasons.empty()) report_.ending = Ending::kDegraded;
    for (StagedOutput& output : staged_) {
      const fs::path path = output.path();
      if (auto published = output.publish(); !published) return published;
      const bool is_presentation = options_.package == Package::kHls;
      add_output(around_, task_, report_,
                 {(is_presentation ? path / kMasterPlaylist : path).string(),
                  std::string(to_string(options_.package)), "", 0, ""});
    }
    return ok();
  }

  void interrupted() {
    fail(report_, Ending::kInterrupted,
         make_error(ErrorCode::kUnavailable, "{}: interrupted; nothing was written for it",
                    task_.item.name));
  }

  const JobSurroundings& around_;
  const GraphSpec& graph_;
  const TranscodeOptions& options_;
  const JobTask& task_;
  JobReport report_;
  Ending ending_ = Ending::kFailed;
  SourceParts parts_;
  MediaSelection selection_;
  TranscodePlan plan_;
  std::vector<StagedOutput> staged_;
  std::vector<std::string> copy_reasons_;
  std::optional<StagedOutput> texts_;  ///< not for the user: goes with the job
};

}  // namespace

JobReport run_transcode_job(const JobSurroundings& around, const GraphSpec& graph,
                            const TranscodeOptions& options, const JobTask& task) {
  return TranscodeJob(around, graph, options, task).run();
}

fs::path transcode_file(const JobTask& task, const TranscodeOptions& options,
                        const std::string& rendition) {
  const std::string middle = rendition.empty() ? "" : "_" + rendition;
  return task.names.folder /
         fmt::format("{}{}.{}", task.names.stem, middle, to_string(options.package));
}

std::vector<fs::path> known_transcodes(const JobTask& task, const TranscodeOptions& options) {
  std::vector<fs::path> paths;
  if (options.subtitles.writes_sidecars) paths = known_sidecars(task, options.common);
  if (options.package == Package::kHls) paths.push_back(task.names.folder / task.names.stem);
  if (options.package != Package::kMp4 && options.package != Package::kMkv) return paths;
  if (!options.picture.ladder) {
    paths.push_back(transcode_file(task, options, ""));
    return paths;
  }
  for (const auto& one : options.picture.ladder->renditions) {
    paths.push_back(transcode_file(task, options, one.name));
  }
  return paths;
}

}  // namespace subtide
