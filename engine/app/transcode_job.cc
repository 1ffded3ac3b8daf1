#include "engine/app/transcode_job.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include "engine/app/former_work.h"
#include "engine/app/layout_review.h"
#include "engine/app/media_job.h"
#include "engine/app/open_input.h"
#include "engine/app/preview_page.h"
#include "engine/app/quality_told.h"
#include "engine/app/source_parts.h"
#include "engine/app/transcode_graph.h"
#include "engine/app/transcode_looks.h"
#include "engine/app/transcode_told.h"
#include "engine/base/staged_output.h"
#include "engine/pipeline/encoder_probe.h"
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
    report_.wall_seconds = seconds_since(start);
    return std::move(report_);
  }

 private:
  Status work() {
    if (const auto started = start_media_engine(nullptr); !started) return started;
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
    if (!around_.is_dry_run) {
      if (const auto made = make_output_folder(task_.names); !made) return made;
    }
    return run_session(*input, *media);
  }

  Error fail_as_input(const Error& error) {
    ending_ = ending_of_input_error(error.code);
    return error;
  }

  Status choose_streams(const MediaInformation& media) {
    const bool takes_pictures = options_.checks_quality || encodes_pictures();
    const bool takes_sound = options_.checks_quality || encodes_sound();
    if (media.video && takes_pictures) selection_.video = media.video->stream;
    if (takes_sound) {
      for (const AudioTrack& track : media.audio) selection_.audio.push_back(track.stream);
    }
    if (!options_.subtitles.is_any()) return ok();
    if (media.audio.empty()) {
      report_.hints.push_back("there is no sound, so there is nothing to write down");
      return ok();
    }
    const auto track = choose_audio_track(media, options_.common.audio_track);
    if (!track) return track.error();
    if (!takes_sound) selection_.audio = {track->stream};
    const auto at = std::ranges::find(selection_.audio, track->stream);
    selection_.speech = static_cast<std::size_t>(at - selection_.audio.begin());
    return ok();
  }

  Result<TranscodeSession> open_session(const MediaInput& input, const MediaInformation& media) {
    TranscodeSessionOptions options;
    options.selection = selection_;
    options.models = around_.models;
    return TranscodeSession::open(input, media, options, around_.stop);
  }

  bool encodes_pictures() const {
    return options_.package != Package::kNone && !parts_.copies_pictures();
  }
  bool encodes_sound() const {
    return options_.package != Package::kNone && !parts_.copies_sound();
  }

  /// Nothing has to be decoded.
  Status copy(const MediaInformation& media) {
    if (around_.is_dry_run) return tell_plan();
    if (auto staged = stage_outputs(); !staged) return staged;
    report_.processed = media.duration.value_or(MediaDuration(0));
    TranscodeTold told(around_, task_, report_, plan_.texts);
    return finish(media, told);
  }

  Status run_session(const MediaInput& input, const MediaInformation& media) {
    const bool decodes = selection_.video || !selection_.audio.empty();
    if (!decodes && options_.package != Package::kHls) return copy(media);
    if (!around_.is_dry_run) {
      if (const auto measured = measure(input, media); !measured) return measured;
    }
    auto session = open_session(input, media);
    if (!session) return fail_as_input(session.error());
    if (const auto planned = plan_outputs(*session, media); !planned) return planned;
    if (around_.is_dry_run) return tell_plan();
    if (auto taken = parts_.plan_renditions(plan_, copy_reasons_); !taken) return taken;
    if (auto staged = stage_outputs(); !staged) return staged;
    TranscodeTold told(around_, task_, report_, plan_.texts);
    if (burns() || is_twice()) {
      { const auto closed = *std::move(session); }  // what it decoded would wait all the time
      if (const auto looked = look_before(input, media, told); !looked) return looked;
      session = open_session(input, media);
      if (!session) return fail_as_input(session.error());
    }
    if (const auto built = build_graph(*session, graph_, options_, plan_); !built) return built;
    parts_.feed(*session);
    auto result = session->run(told, around_.stop);
    if (!result) return fail_as_run(result.error());
    if (heard_) result = joined(*std::move(heard_), *std::move(result));
    keep_result(*result, report_);
    if (!decodes) report_.processed = media.duration.value_or(MediaDuration(0));
    report_.reasons.insert(report_.reasons.end(), copy_reasons_.begin(), copy_reasons_.end());
    if (result->is_stopped) {
      interrupted();
      return ok();
    }
    if (options_.checks_quality) tell_missing_sound(around_, task_, report_, session->spans());
    add_hints(report_);
    return finish(media, told);
  }

  bool burns() const { return options_.subtitles.burns && plan_.has_speech && selection_.video; }
  bool is_twice() const { return plan_.pass == EncodingPass::kLast; }

  Error fail_as_run(const Error& error) {
    if (error.code == ErrorCode::kBadInput) ending_ = Ending::kUnreadable;
    return error;
  }

  AtomicFile::IfExists if_exists() const {
    return around_.options.force ? AtomicFile::IfExists::kReplace : AtomicFile::IfExists::kRefuse;
  }

  std::vector<fs::path> known_sidecars_wanted() const {
    if (!options_.subtitles.writes_sidecars) return {};
    return known_sidecars(task_, options_.common);
  }

  /// Finds out what has to be known before pictures are encoded.
  Status look_before(const MediaInput& input, const MediaInformation& media, TranscodeTold& told) {
    told.expect_looks(1 + (burns() ? 1 : 0) + (is_twice() ? 1 : 0));
    const auto look = [&](EarlyLook wanted) {
      wanted.models = around_.models;
      auto taken = take_look(wanted, input, media, graph_, options_, told, around_.stop);
      told.next_look();
      return taken;
    };
    if (burns()) {
      for (const fs::path& path : known_sidecars_wanted()) {
        // Better now than when all is encoded.
        if (const auto free = AtomicFile::create(path, if_exists()); !free) return free.error();
      }
      auto heard = look(look_for_texts(selection_, plan_));
      if (!heard) return fail_as_run(heard.error());
      heard_ = *std::move(heard);
      if (const auto known = use_texts(told.texts()); !known) return known;
    }
    if (!is_twice()) return ok();
    const auto seen = look(look_for_costs(selection_, plan_));
    return seen ? ok() : Status(fail_as_run(seen.error()));
  }

  /// What is known need not be heard again.
  Status use_texts(const std::vector<OutputNamed>& texts) {
    const auto tracks = read_tracks(texts, options_.common.translate);
    if (!tracks) return tracks.error();
    const TextTrack* drawn = burned_track(*tracks, options_);
    if (drawn == nullptr && !options_.subtitles.burned_language.empty()) {
      return make_error(ErrorCode::kInvalidArgument, "{}: --burn: there is no text in '{}' to draw",
                        task_.item.name, options_.subtitles.burned_language);
    }
    plan_.burned = std::make_shared<const std::vector<Cue>>(drawn == nullptr ? std::vector<Cue>()
                                                                             : drawn->cues);
    if (options_.subtitles.embeds && options_.package == Package::kHls) plan_.told = *tracks;
    plan_.has_speech = false;
    selection_.speech.reset();
    return ok();
  }

  /// Names it in the report.
  void choose_picture_encoder() {
    const VideoCodec codec = options_.picture.codec;
    plan_.encoder = choose_encoder(codec, options_.hardware, encoder_works);
    report_.encoder = plan_.encoder.element;
    if (options_.hardware == HardwareUse::kAuto && !plan_.encoder.is_hardware()) {
      report_.hints.push_back(fmt::format("no hardware encoder for {} works here; {} was used",
                                          to_string(codec), plan_.encoder.element));
    }
  }

  /// How loud the sound is, where that is to change.
  Status measure(const MediaInput& input, const MediaInformation& media) {
    if (!options_.checks_quality && !options_.loudness) return ok();
    begin_quality(options_, languages_of(media), report_);
    if (!options_.loudness) return ok();
    if (selection_.audio.empty()) {
      report_.hints.push_back("there is no sound whose loudness could be changed");
      return ok();
    }
    const auto measured = measure_loudness(around_, task_, graph_, input, media, selection_,
                                           *options_.loudness, report_);
    if (!measured) return fail_as_input(measured.error());
    for (const auto& one : report_.quality->loudness) plan_.gains.push_back(one.gain);
    return ok();
  }

  Status plan_outputs(const TranscodeSession& session, const MediaInformation& media) {
    const DecodedStreams& streams = session.streams();
    if (streams.video && encodes_pictures()) {
      plan_.renditions = plan_renditions(*streams.video, options_.picture);
      choose_picture_encoder();
      if (options_.two_pass) plan_.pass = EncodingPass::kLast;
    }
    if (options_.subtitles.burns && !streams.video) {
      report_.hints.push_back("there are no pictures, so nothing was drawn into them");
    }
    if (streams.video && encodes_pictures() && streams.video->is_high_dynamic_range &&
        !keeps_range()) {
      around_.console.line(
          "{}: is HDR, which 8 bits of {} cannot carry; colours will look pale, "
          "use --video-codec h265 or av1",
          task_.item.name, to_string(options_.picture.codec));
    }
    if (auto checked = check_sound(around_, task_, media, streams, report_); !checked) {
      return checked;
    }
    plan_.sound_languages = languages_of(media);
    plan_.has_speech = selection_.speech.has_value();
    plan_.is_checked = options_.checks_quality;
    if (options_.checks_quality) {
      plan_.watches = streams.video && !encodes_pictures();
      if (!encodes_sound()) plan_.heard = plan_.sound_languages;
    }
    if (!encodes_sound()) plan_.sound_languages.clear();
    return ok();
  }

  Status tell_plan() {
    report_.is_planned = true;
    for (const auto& one : plan_.renditions) {
      const std::string rate = one.bitrate_kbps ? fmt::format("{} kb/s", *one.bitrate_kbps)
                                                : fmt::format("quality {}", one.crf);
      report_.plan.push_back(fmt::format("{}: {} x {}, {}", one.name, one.width, one.height, rate));
    }
    auto paths = media_paths();
    if (options_.subtitles.writes_sidecars && plan_.has_speech) {
      std::ranges::move(known_sidecars(task_, options_.common), std::back_inserter(paths));
    }
    for (const auto& path : paths) report_.outputs.push_back({path.string(), "", "", 0, ""});
    return ok();
  }

  /// The files to make, or the folder of the presentation.
  std::vector<fs::path> media_paths() const {
    if (options_.package == Package::kNone) return {};
    if (options_.package == Package::kHls) return {task_.names.folder / task_.names.stem};
    std::vector<fs::path> paths;
    for (const auto& one : plan_.renditions) {
      paths.push_back(transcode_file(task_, options_, options_.picture.ladder ? one.name : ""));
    }
    if (paths.empty()) paths.push_back(transcode_file(task_, options_, ""));
    return paths;
  }

  bool keeps_range() const {
    return options_.picture.codec == VideoCodec::kH265 ||
           options_.picture.codec == VideoCodec::kAv1;
  }

  /// Of the sound tracks that are read.
  std::vector<std::string> languages_of(const MediaInformation& media) const {
    std::vector<std::string> languages;
    for (const std::string& stream : selection_.audio) {
      const auto track = std::ranges::find(media.audio, stream, &AudioTrack::stream);
      const bool is_known = track != media.audio.end() && !track->language.empty();
      languages.push_back(is_known ? track->language : "und");
    }
    return languages;
  }

  Status stage_outputs() {
    if (plan_.has_speech || is_twice()) {
      if (auto staged = stage_texts(); !staged) return staged;
    }
    if (options_.subtitles.writes_sidecars && plan_.has_speech) {
      plan_.sidecars = texts_->staging() / kOwnTexts / task_.names.stem;
      plan_.sidecar_formats = options_.common.formats;
      plan_.may_replace = around_.options.force;
    }
    for (const fs::path& path : media_paths()) {
      if (auto staged = stage(path); !staged) return staged;
      if (options_.package == Package::kHls) {
        plan_.folder = staged_.back().staging();
      } else {
        plan_.files.push_back(staged_.back().staging());
      }
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
    fs::create_directories(texts_->staging() / kOwnTexts, failure);
    if (failure) {
      return make_error(ErrorCode::kIo, "{}: cannot be made: {}", texts_->staging().string(),
                        failure.message());
    }
    plan_.texts = texts_->staging() / "all";
    plan_.stats = texts_->staging() / "pass";
    return is_twice() ? check_stats_path(options_.picture.codec, plan_.stats) : ok();
  }

  Status stage(const fs::path& path) {
    std::error_code unknown;
    if (task_.item.kind != InputKind::kUrl && fs::equivalent(path, task_.item.path, unknown)) {
      return make_error(ErrorCode::kAlreadyExists,
                        "{}: the output would have its name; give another folder with -o",
                        task_.item.name);
    }
    if (around_.inputs != nullptr && around_.inputs->covers(path)) {
      return make_error(ErrorCode::kAlreadyExists,
                        "{}: {} would take the place of an input; give another folder with -o",
                        task_.item.name, path.string());
    }
    if (fs::is_directory(path, unknown) && !fs::exists(path / kMasterPlaylist, unknown)) {
      return make_error(ErrorCode::kAlreadyExists,
                        "{}: {} is a folder with something else in it, which is not replaced; give "
                        "another folder with -o",
                        task_.item.name, path.string());
    }
    auto staged = StagedOutput::create(path, if_exists());
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

  Status finish(const MediaInformation& media, TranscodeTold& told) {
    const auto keep = [this](const fs::path& staged, OutputNamed& named) {
      keep_name(staged, named);
    };
    if (auto done = told.publish_held(task_.names.folder, if_exists(), keep); !done) return done;
    const std::vector<OutputNamed>& texts = told.texts();
    if (auto done = review(media, texts); !done) return done;
    auto tracks = options_.subtitles.embeds ? read_tracks(texts, options_.common.translate)
                                            : std::vector<TextTrack>();
    if (!tracks) return tracks.error();
    auto done = parts_.complete(plan_.files, plan_.encodes(), *std::move(tracks), report_.processed,
                                report_.reasons);
    if (!done) return done;
    if (!report_.reasons.empty()) report_.ending = Ending::kDegraded;
    for (StagedOutput& output : staged_) {
      const fs::path path = output.path();
      const bool is_presentation = options_.package == Package::kHls;
      OutputNamed named{(is_presentation ? path / kMasterPlaylist : path).string(),
                        std::string(to_string(options_.package)), "", 0, ""};
      const fs::path& staging = output.staging();
      keep_name(is_presentation ? staging / kMasterPlaylist : staging, named);
      if (auto published = output.publish(); !published) return published;
      add_output(around_, task_, report_, std::move(named));
    }
    return ok();
  }

  /// Before the file has its name: a run that is killed right after that knows it as its own.
  void keep_name(const fs::path& staged, OutputNamed& named) const {
    if (around_.former == nullptr || !around_.job_key) return;
    auto sum = sha256_of_file(staged);
    if (!sum) return;
    named.sha256 = *std::move(sum);
    around_.former->keep_written(*around_.job_key, named);
  }

  void interrupted() {
    fail(report_, Ending::kInterrupted,
         make_error(ErrorCode::kUnavailable, "{}: interrupted; {}", task_.item.name,
                    report_.outputs.empty() ? "nothing was written for it"
                                            : "only what is named here was written for it"));
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
  std::optional<StagedOutput> texts_;   ///< not for the user: goes with the job
  std::optional<SessionResult> heard_;  ///< by a look before the one that writes
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

namespace {

/// Sizes that no rung has: a source that is smaller than all keeps its own, and sound has none.
std::vector<fs::path> fallbacks(const JobTask& task, const TranscodeOptions& options) {
  const bool is_movie = options.package == Package::kMp4 || options.package == Package::kMkv;
  if (!is_movie || !options.picture.ladder) return {};
  std::vector<fs::path> paths = {transcode_file(task, options, "")};
  const std::string begin = task.names.stem + "_";
  const std::string end = fmt::format("p.{}", to_string(options.package));
  const fs::path folder = task.names.folder.empty() ? fs::path(".") : task.names.folder;
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator(folder, failure)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(begin) || !name.ends_with(end)) continue;
    const auto lines = std::string_view(name).substr(begin.size());
    const auto is_digit = [](char letter) { return letter >= '0' && letter <= '9'; };
    const auto digits = lines.substr(0, lines.size() - end.size());
    if (!digits.empty() && std::ranges::all_of(digits, is_digit)) {
      paths.push_back(task.names.folder / name);
    }
  }
  return paths;
}

}  // namespace

std::vector<fs::path> existing_transcodes(const JobTask& task, const TranscodeOptions& options) {
  std::vector<fs::path> found;
  if (options.subtitles.writes_sidecars) found = existing_sidecars(task, options.common);
  const auto add = [&](const fs::path& path) {
    std::error_code unknown;
    const bool is_listed = std::ranges::find(found, path) != found.end();
    if (!is_listed && fs::exists(path, unknown)) found.push_back(path);
  };
  for (const auto& path : known_transcodes(task, options)) {
    std::error_code unknown;
    add(fs::is_directory(path, unknown) ? path / kMasterPlaylist : path);
  }
  for (const auto& path : fallbacks(task, options)) add(path);
  return found;
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
