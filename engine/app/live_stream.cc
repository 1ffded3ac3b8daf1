#include "engine/app/live_stream.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "elements/hls_sink/former_folder.h"
#include "elements/hls_sink/gst_tide_hls_sink.h"
#include "engine/api/live_site.h"
#include "engine/app/embedded.h"
#include "engine/app/event_output.h"
#include "engine/app/former_captions.h"
#include "engine/app/live_graph.h"
#include "engine/app/live_markers.h"
#include "engine/app/live_published.h"
#include "engine/app/live_sidecars.h"
#include "engine/app/live_told.h"
#include "engine/app/media_job.h"
#include "engine/app/model_identity.h"
#include "engine/app/model_watch.h"
#include "engine/app/run_folder.h"
#include "engine/app/work_plane.h"
#include "engine/base/atomic_file.h"
#include "engine/base/folders.h"
#include "engine/base/log.h"
#include "engine/gst/picture_file.h"
#include "engine/ingest/source_address.h"
#include "engine/metadata/cue_file.h"
#include "engine/pipeline/side_output.h"
#include "models/builtin.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLargestCueFile = 64U << 20U;
constexpr std::chrono::seconds kLongestFinish(10);
constexpr const char* kProgramme = "master";  ///< the playlist that the sidecars are named after

class LiveStream {
 public:
  LiveStream(const LiveOptions& options, std::stop_token stop)
      : options_(options),
        stop_(std::move(stop)),
        console_(options.verbosity),
        events_(options.json ? EventOutput::Mode::kJsonLines : EventOutput::Mode::kSilent) {}

  ExitCode run() {
    set_log_level(options_.verbosity == Verbosity::kVerbose ? LogLevel::kInfo : LogLevel::kWarning);
    Status done = prepare();
    if (done) done = stream();
    return finish(done);
  }

 private:
  Status prepare() {
    const auto address = parse_source_address(options_.source);
    if (!address) return address.error();
    shown_ = address->shown;
    if (options_.http) {
      auto access = Access::create(*options_.http, options_.token);
      if (!access) return access.error();
      access_ = std::move(*access);
    }
    if (auto read = read_cue_file(); !read) return read;
    if (auto made = plan_outputs(); !made) return made;
    if (auto started = start_plane(); !started) return started;
    if (auto made = make_hls_folder(); !made) return made;
    begin_sidecars();
    LiveBoard board;
    board.title = shown_;
    board.translations = options_.translate;
    told_ = std::make_unique<LiveTold>(
        LiveTold::Listeners{console_, events_, feed_, metrics_, sidecars_.get()}, job(),
        std::move(board));
    publication_ = std::make_unique<Publication>(hls_folder_);
    published_ = std::make_shared<LivePublished>(*publication_, *told_);
    if (auto started = start_media_engine(models_); !started) return started;
    if (auto looked = look_at_slate(); !looked) return looked;
    if (auto listening = listen(); !listening) return listening;
    events_.emit(job(), JobAccepted{shown_, {}});
    events_.emit(job(), JobStarted{shown_});
    return ok();
  }

  std::string job() const { return events_.job_id(1); }

  Status read_cue_file() {
    if (!options_.metadata) return ok();
    const auto text = read_file(*options_.metadata, kLargestCueFile);
    if (!text) return text.error();
    auto requests = parse_cue_file(*text, options_.metadata->string());
    if (!requests) return requests.error();
    return ok();
  }

  /// Before the source is there, or the stream would fail when it comes.
  Status look_at_slate() {
    if (!options_.slate) return ok();
    const auto picture = read_picture(*options_.slate);
    return picture ? ok() : Status(picture.error());
  }

  Status plan_outputs() {
    for (const auto& uri : options_.push) {
      auto target = push_target(uri);
      if (!target) return target.error();
      targets_.push_back(std::move(*target));
    }
    if (!options_.record) return ok();
    if (!options_.force && fs::exists(*options_.record)) {
      return make_error(ErrorCode::kAlreadyExists, "{}: exists; replace it with --force",
                        options_.record->string());
    }
    auto target = record_target(options_.record->string());
    if (!target) return target.error();
    targets_.push_back(std::move(*target));
    return ok();
  }

  std::shared_ptr<ModelProvider> builtin_models() {
    BuiltinOptions built = builtin_options_from_environment();
    built.listener = health_;
    return make_builtin_provider(std::move(built));
  }

  Status start_plane() {
    WorkPlaneOptions plane;
    plane.state = state_folder(options_.state);
    plane.workers = options_.workers;
    plane.input = shown_;
    if (options_.hls) plane.outputs.push_back(*options_.hls);
    if (options_.record) plane.outputs.push_back(fs::absolute(*options_.record).parent_path());
    plane.is_fresh = true;               // live sound is heard once
    plane.finishes_when_stopped = true;  // the last words are still captioned
    plane.on_trouble = [this](const Error& error) { give_up(error); };
    plane.on_request = [this](const std::string& json) { return markers_.inject(json, "zmq"); };
    auto started = WorkPlane::start(plane, events_, console_, ending_.get_token());
    if (!started) return started.error();
    plane_ = std::move(*started);
    plane_job_ = plane_->begin_job(job(), shown_);
    models_ =
        plane_->keep(make_identified_provider(builtin_models(), plane_->database()), plane_job_);
    models_ = watched(models_, health_, job());
    health_->begin_job(job());
    return ok();
  }

  Status make_hls_folder() {
    if (options_.hls) {
      hls_folder_ = *options_.hls;
      std::error_code failure;
      fs::create_directories(hls_folder_, failure);
      if (!failure) return ok();
      return make_error(ErrorCode::kIo, "{}: {}", hls_folder_.string(), failure.message());
    }
    hls_folder_ = state_folder(options_.state) / "runs" / events_.run_id() / "hls";
    return make_folder(hls_folder_);
  }

  /// A whole programme gets its texts as files too, where its playlists stay.
  void begin_sidecars() {
    if (!options_.hls || !options_.keeps_all) return;
    const FormerProgramme former = read_former_folder(*options_.hls).programme;
    FormerCaptions captions = read_former_captions(*options_.hls, former);
    first_cue_ = captions.next_number;
    const std::string spoken = options_.language == "auto" ? "" : options_.language;
    sidecars_ = std::make_unique<LiveSidecars>(LiveSidecarOptions{
        (*options_.hls / kProgramme).string(), shown_, spoken, options_.translate, former.end});
    if (former.is_empty()) return;
    console_.line("{}: the programme goes on behind {}", options_.hls->string(),
                  format_clock(former.end));
    for (const auto& language : options_.translate) {
      sidecars_->take_over(language, std::move(captions.cues["subs_" + language]));
    }
    sidecars_->take_over(spoken,
                         std::move(captions.cues["subs_" + (spoken.empty() ? "0" : spoken)]));
  }

  std::vector<OutputNamed> finish_sidecars() {
    std::vector<OutputNamed> written;
    if (!sidecars_) return written;
    const auto outcome = sidecars_->finish();
    for (const auto& failure : outcome.failures) console_.line("{}", failure.message);
    for (const auto& file : outcome.files) {
      console_.line("{}", file.path);
      written.push_back(
          {file.path, std::string(to_string(file.format)), file.language, file.cues, ""});
    }
    return written;
  }

  Status listen() {
    if (!options_.http) return ok();
    site_ = std::make_unique<LiveSite>(
        *access_, LivePages{embedded_watch_page(), embedded_player()}, *publication_, feed_,
        metrics_, [this](const std::string& json) { return markers_.inject(json, "http"); },
        [this] { return to_json(told_->board()); });
    auto server = HttpServer::listen(*options_.http,
                                     [this](const ServerRequest& request, const HttpReply& reply) {
                                       site_->answer(request, reply);
                                     });
    if (!server) return server.error();
    server_ = std::make_unique<HttpServer>(std::move(*server));
    console_.line("watch: {}/", server_->url());
    return ok();
  }

  void give_up(const Error& error) {
    {
      const std::lock_guard lock(mutex_);
      if (!trouble_) trouble_ = error;
    }
    ending_.request_stop();
  }

  Status stream() {
    auto graph = live_graph();
    if (!graph) return graph.error();
    LiveSessionOptions session;
    session.source = options_.source;
    session.source_settings = live_source_settings(options_);
    session.duration = options_.duration;
    session.values = [this](const LiveStreams& streams) {
      auto values = live_graph_values(options_, streams, hls_folder_);
      values["first-cue"] = static_cast<std::int64_t>(first_cue_);
      return values;
    };
    session_ = std::make_unique<LiveSession>(*graph, std::move(session));
    session_->on_graph = [this](LiveSession&, const LiveStreams& streams) {
      return connect_outputs(streams);
    };
    told_->watch(*session_, caption_lateness(options_));
    told_->on_item([this](const TimedMetadata& item) { markers_.place(item); });
    const std::stop_callback on_stop(stop_, [this] { ending_.request_stop(); });
    Status done = session_->run(*told_, ending_.get_token());
    told_->on_ending();
    const auto until = std::chrono::steady_clock::now() + kLongestFinish;
    for (const auto& output : outputs_) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
          until - std::chrono::steady_clock::now());
      if (output->finish(std::max(left, std::chrono::milliseconds(0))) || !done) continue;
      console_.line("{}", "an output was not closed properly in time");
    }
    return done;
  }

  Status connect_outputs(const LiveStreams& streams) {
    if (!streams.has_audio) console_.line("the source has no sound: there will be no captions");
    if (options_.writes_cea608 && !streams.has_video) {
      console_.line("the source has no pictures: there is nothing to carry CEA-608");
    }
    if (options_.ladder && streams.has_video) {
      if (auto set = set_renditions(*session_, *options_.ladder); !set) return set;
    }
    const ElementPtr hls = session_->element("hls");
    observe_publication(hls.get(), published_);
    markers_.begin(*session_, options_.ladder ? options_.ladder->renditions.size() : 0,
                   options_.metadata);
    for (const auto& target : targets_) {
      if (auto made = add_output(target, streams); !made) return made;
    }
    return ok();
  }

  Status add_output(const SideOutputTarget& target, const LiveStreams& streams) {
    SideOutputOptions output;
    output.target = target;
    output.main = session_->pipeline();
    output.text_lead = caption_lead(options_);
    // At the end all that waits for its captions comes at once.
    output.queue += caption_lead(options_);
    const auto tap = [&](SideOutputStream::Kind kind, const std::string& tee,
                         const std::string& language) {
      ElementPtr element = session_->tap(tee);
      if (!element) return;
      output.streams.push_back({kind, element.get(), language});
      taps_.push_back(std::move(element));
    };
    if (streams.has_video) {
      tap(SideOutputStream::Kind::kVideo, options_.ladder ? "picture_0" : "picture", "");
    }
    if (streams.has_audio) tap(SideOutputStream::Kind::kAudio, "aacs", "");
    if (is_file(target.kind) && streams.has_audio) {
      tap(SideOutputStream::Kind::kText, "text",
          options_.language == "auto" ? "" : options_.language);
      for (std::size_t i = 0; i < options_.translate.size(); ++i) {
        tap(SideOutputStream::Kind::kText, fmt::format("text_{}", i), options_.translate[i]);
      }
    }
    output.on_state = [this](const std::string& shown, SideOutputState state,
                             const std::string& detail) { told_->on_output(shown, state, detail); };
    auto made = SideOutput::create(std::move(output));
    if (!made) return made.error();
    (*made)->start();
    outputs_.push_back(std::move(*made));
    return ok();
  }

  ExitCode finish(Status done) {
    outputs_.clear();
    server_.reset();
    {
      const std::lock_guard lock(mutex_);
      if (trouble_) done = *trouble_;
    }
    markers_.end();
    if (!session_) sidecars_.reset();  // nothing was heard
    session_.reset();
    console_.end_progress();
    const auto sidecars = finish_sidecars();
    if (!done) console_.error("subtide: {}", done.error().message);
    if (plane_) {
      tell_end(done, sidecars);
      plane_->end_job(*plane_job_, static_cast<bool>(done));
    }
    plane_.reset();
    if (!options_.hls && !hls_folder_.empty()) {
      std::error_code ignored;
      fs::remove_all(hls_folder_, ignored);
    }
    if (!done && done.error().code == ErrorCode::kBadInput) return ExitCode::kNoInput;
    if (!done) return exit_code_of(done.error().code);
    const bool is_whole = told_->gaps().empty() && !told_->has_failed_output();
    return is_whole ? ExitCode::kDone : ExitCode::kDegraded;
  }

  void tell_end(const Status& done, const std::vector<OutputNamed>& outputs) {
    if (!told_) return;
    for (const auto& line : health_->end_job(job())) console_.line("{}", line);
    if (!done) {
      events_.emit(
          job(),
          JobFailed{shown_, std::string(to_string(done.error().code)), done.error().message, {}});
      return;
    }
    const auto gaps = told_->gaps();
    const JobOutcome outcome{shown_, outputs, gaps, told_->models(), {}};
    if (!gaps.empty()) console_.line("{} stretches of speech have no captions", gaps.size());
    if (gaps.empty() && !told_->has_failed_output()) {
      events_.emit(job(), JobCompleted{outcome});
    } else {
      events_.emit(job(), JobCompletedDegraded{outcome});
    }
  }

  const LiveOptions& options_;
  const std::stop_token stop_;
  std::stop_source ending_;
  std::string shown_;
  Console console_;
  EventOutput events_;
  PageFeed feed_;
  LiveMetrics metrics_;
  std::optional<Access> access_;
  std::vector<SideOutputTarget> targets_;
  const std::shared_ptr<ModelWatch> health_ = std::make_shared<ModelWatch>(events_);
  std::shared_ptr<ModelProvider> models_;
  fs::path hls_folder_;
  std::uint64_t first_cue_ = 1;
  std::unique_ptr<LiveSidecars> sidecars_;
  std::unique_ptr<LiveTold> told_;
  std::unique_ptr<Publication> publication_;
  std::shared_ptr<LivePublished> published_;
  std::unique_ptr<LiveSession> session_;
  std::vector<ElementPtr> taps_;
  std::vector<std::unique_ptr<SideOutput>> outputs_;
  std::unique_ptr<LiveSite> site_;
  std::unique_ptr<HttpServer> server_;
  LiveMarkers markers_;
  std::mutex mutex_;  ///< guards trouble_
  std::optional<Error> trouble_;
  std::unique_ptr<WorkPlane> plane_;
  std::shared_ptr<PlaneJob> plane_job_;
};

}  // namespace

ExitCode run_live_stream(const LiveOptions& options, std::stop_token stop) {
  return LiveStream(options, std::move(stop)).run();
}

}  // namespace subtide
