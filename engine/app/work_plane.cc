#include "engine/app/work_plane.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "engine/app/run_again.h"
#include "engine/app/version.h"
#include "engine/app/work_events.h"
#include "engine/base/fault_point.h"
#include "engine/base/log.h"
#include "engine/work/link/stage_work.h"
#include "engine/work/store/shared_database.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kRunsKept = 20;
/// The largest models take minutes to load.
constexpr std::chrono::minutes kLoadPatience(5);
/// For what is leased when the run is stopped; the supervisor of services gives 30 s in all.
constexpr std::chrono::seconds kDrainPatience(25);

}  // namespace

/// Tells the world what the mediator says.
class WorkPlane::Told final : public WorkListener {
 public:
  Told(EventOutput& events, WorkPlane& plane) : events_(events), plane_(plane) {}

  std::vector<LogRow> to_log(const work::EventHappened& event) override {
    if (auto said = catalogued(event)) {
      return {events_.row_of(std::move(said->subject), std::move(said->body))};
    }
    return {};
  }
  std::vector<LogRow> to_log_of_model(const ModelHappened& event) override {
    CataloguedEvent said = catalogued(event);
    return {events_.row_of(std::move(said.subject), std::move(said.body))};
  }
  void on_logged(std::span<const LogRow> rows) override { events_.announce(rows); }

  void on_dead(const Task& task, const TaskProgress& progress) override {
    DeadLetter letter;
    letter.id = fmt::format("{}-{}", task.job, task.id);
    letter.job = task.job;
    letter.input = plane_.input_of(task.job);
    letter.stage = task.stage;
    letter.model = task.model;
    letter.effect_key = task.effect_key;
    letter.reason = progress.reason;
    letter.attempts = progress.attempts;
    letter.span = task.span;
    letter.payload = task.payload;
    if (const auto payload = transcribe_payload_from_json(task.payload)) {
      letter.blob = payload->blob;
    }
    letter.time = std::chrono::system_clock::now();
    const auto kept = plane_.letters_->put(letter);
    if (!kept) log_warning("a dead letter is not kept: {}", kept.error().message);
  }

  void on_kill(pid_t pid, const std::string& reason) override {
    log_warning("worker process {} is ended: {}", pid, reason);
    plane_.fleet_->kill(pid);
  }

 private:
  EventOutput& events_;
  WorkPlane& plane_;
};

class WorkPlane::Models final : public ModelProvider {
 public:
  Models(WorkPlane& plane, std::shared_ptr<ModelProvider> models,
         std::shared_ptr<const PlaneJob> job)
      : plane_(plane), models_(std::move(models)), job_(std::move(job)) {}

  Result<std::shared_ptr<Recognizer>> recognizer(std::string_view spec,
                                                 const ModelOptions& options) override {
    JobWork work = plane_.work(*job_, "recognizer");
    if (plane_.mediator_) {
      auto traits = plane_.by_workers(kTranscribeStage, spec, options, work.model);
      if (!traits) return traits.error();
      return make_kept_recognizer(nullptr, std::move(*traits), std::move(work));
    }
    auto model = models_->recognizer(spec, options);
    if (!model) return model;
    const ModelTraits traits = (*model)->traits();
    return make_kept_recognizer(std::move(*model), traits, std::move(work));
  }

  Result<std::shared_ptr<Translator>> translator(std::string_view spec,
                                                 const ModelOptions& options) override {
    JobWork work = plane_.work(*job_, "translator:" + options.target_language);
    if (plane_.mediator_) {
      auto traits = plane_.by_workers(kTranslateStage, spec, options, work.model);
      if (!traits) return traits.error();
      return make_kept_translator(nullptr, std::move(*traits), std::move(work));
    }
    auto model = models_->translator(spec, options);
    if (!model) return model;
    const ModelTraits traits = (*model)->traits();
    return make_kept_translator(std::move(*model), traits, std::move(work));
  }

  Result<std::shared_ptr<SpeechDetector>> detector(std::string_view spec) override {
    return models_->detector(spec);
  }
  Result<ModelSources> sources(ModelRole role, std::string_view spec,
                               const ModelOptions& options) override {
    return models_->sources(role, spec, options);
  }

 private:
  WorkPlane& plane_;
  const std::shared_ptr<ModelProvider> models_;
  const std::shared_ptr<const PlaneJob> job_;
};

WorkPlane::WorkPlane(const WorkPlaneOptions& options, EventOutput& events, Console& console,
                     std::stop_token stop)
    : options_(options), events_(events), console_(console), stop_(std::move(stop)) {}

WorkPlane::~WorkPlane() {
  if (leaves_work()) finish_leases();
  space_.reset();
  requests_.reset();
  if (fleet_) fleet_->stop();
  mediator_.reset();
  events_.detach();
}

Result<std::unique_ptr<WorkPlane>> WorkPlane::start(const WorkPlaneOptions& options,
                                                    EventOutput& events, Console& console,
                                                    std::stop_token stop) {
  std::unique_ptr<WorkPlane> plane(new WorkPlane(options, events, console, std::move(stop)));
  for (const auto step : {&WorkPlane::open, &WorkPlane::open_bus, &WorkPlane::open_requests,
                          &WorkPlane::open_mediator}) {
    if (Status opened = (plane.get()->*step)(); !opened) return opened.error();
  }
  if (Status written = write_run_file(plane->run_); !written) return written.error();
  fault_point(FaultPoint::kRunFindable);
  plane->watch_space();
  return plane;
}

Status WorkPlane::open() {
  remove_old_runs(options_.state, kRunsKept);
  auto folder = make_run_folder(options_.state, events_.run_id());
  if (!folder) return folder.error();
  fault_point(FaultPoint::kRunFolderMade);
  run_.id = events_.run_id();
  run_.folder = std::move(*folder);
  run_.pid = ::getpid();
  run_.input = options_.input;
  run_.command = own_command();
  std::error_code unknown;
  run_.folder_of_command = fs::current_path(unknown);
  run_.started = fmt::format("{:%Y-%m-%dT%H:%M:%S}Z", std::chrono::system_clock::now());
  auto store = RunStore::open(run_.folder);
  if (!store) return store.error();
  store_ = std::make_shared<RunStore>(std::move(*store));
  const fs::path shared = options_.state / "store";
  auto database = SharedDatabase::open(shared);
  if (!database) return database.error();
  database_ = *database;
  auto effects = EffectStore::create(*database);
  if (!effects) return effects.error();
  effects_ = std::make_shared<EffectStore>(std::move(*effects));
  letters_ = std::make_shared<DeadLetters>(std::move(*database));
  auto blobs = BlobStore::open(shared);
  if (!blobs) return blobs.error();
  blobs_ = std::make_shared<BlobStore>(std::move(*blobs));
  fault_point(FaultPoint::kRunStoresOpen);
  return ok();
}

void WorkPlane::watch_space() {
  std::vector<fs::path> folders = options_.outputs;
  folders.push_back(options_.state);
  space_ = std::make_unique<SpaceWatch>(std::move(folders), [this](EventBody body) {
    log_warning("{}", line_of(body));
    events_.emit_of_run(std::move(body));
  });
}

Status WorkPlane::open_bus() {
  const auto wanted = bus_endpoints(run_.folder);
  if (!wanted) return wanted.error();
  auto proxy = EventProxy::listen(*wanted, std::nullopt);
  if (!proxy) return proxy.error();
  proxy_ = std::make_unique<EventProxy>(std::move(*proxy));
  log_ = std::make_unique<RunLog>(store_);
  auto server = EventStateServer::listen(wanted->state, std::nullopt, *log_);
  if (!server) return server.error();
  state_server_ = std::make_unique<EventStateServer>(std::move(*server));
  auto publisher = EventPublisher::connect(proxy_->endpoints().publish, std::nullopt);
  if (!publisher) return publisher.error();
  run_.subscribe = proxy_->endpoints().subscribe;
  run_.event_state = state_server_->endpoint();
  events_.attach(store_, std::move(*publisher));
  return ok();
}

Status WorkPlane::open_requests() {
  if (!options_.on_request) return ok();
  const auto endpoint = ipc_endpoint(run_.folder / "bus", "requests");
  if (!endpoint) return endpoint.error();
  auto server = RequestServer::listen(*endpoint, std::nullopt, options_.on_request);
  if (!server) return server.error();
  requests_ = std::make_unique<RequestServer>(std::move(*server));
  run_.requests = requests_->endpoint();
  return ok();
}

Status WorkPlane::open_mediator() {
  if (options_.workers == 0) return ok();
  told_ = std::make_shared<Told>(events_, *this);
  MediatorOptions options;
  auto endpoint = ipc_endpoint(run_.folder, "work");
  if (!endpoint) return endpoint.error();
  options.endpoint = std::move(*endpoint);
  options.store = store_;
  options.effects = effects_;
  options.listener = told_;
  options.check = check_result;
  if (!options_.finishes_when_stopped) options.stop = stop_;
  options.on_store_lost = options_.on_trouble;
  auto mediator = Mediator::start(std::move(options));
  if (!mediator) return mediator.error();
  mediator_ = std::move(*mediator);
  run_.work = mediator_->endpoint();
  fleet_ = std::make_unique<WorkerFleet>(FleetOptions{options_.state, mediator_, {}}, console_);
  return ok();
}

Result<ModelTraits> WorkPlane::by_workers(const std::string& stage, std::string_view spec,
                                          const ModelOptions& options, std::string& name) {
  const std::string asked(spec);
  const int count = stage == kTranscribeStage ? options_.workers : 1;
  if (Status started = fleet_->start(stage, asked, options, count); !started) {
    return started.error();
  }
  name = served_name(stage, asked, options);
  auto traits = mediator_->traits_of(stage, name, kLoadPatience, stop_);
  // Others may have the chosen model too, under its own name.
  if (traits && has_auto(asked)) name = served_name(stage, traits->spec, options);
  return traits;
}

/// Whether workers have results under way that only another run will want.
bool WorkPlane::leaves_work() const {
  return mediator_ && stop_.stop_requested() && !options_.finishes_when_stopped;
}

/// Nobody waits for the results in this run; the next one finds them.
void WorkPlane::finish_leases() {
  const std::size_t leased = mediator_->counts().leased;
  if (leased == 0) return;
  console_.line("waiting for {} tasks that workers have, at most {} s; interrupt again to go now",
                leased, kDrainPatience.count());
  const std::size_t left = mediator_->drain(kDrainPatience);
  if (left > 0) console_.line("{} of them are left for the next run", left);
}

JobWork WorkPlane::work(const PlaneJob& job, const std::string& role) const {
  JobWork work;
  work.job = job.id;
  work.on_model = [used = job.models, role](const MadeBy& model) { used->add(role, model); };
  work.pipeline = std::string(version());
  work.mediator = mediator_;
  work.effects = effects_;
  work.blobs = blobs_;
  work.counters = job.counters;
  work.is_fresh = options_.is_fresh;
  work.on_trouble = options_.on_trouble;
  return work;
}

std::shared_ptr<ModelProvider> WorkPlane::keep(std::shared_ptr<ModelProvider> models,
                                               std::shared_ptr<const PlaneJob> job) {
  return std::make_shared<Models>(*this, std::move(models), std::move(job));
}

std::shared_ptr<PlaneJob> WorkPlane::begin_job(const std::string& id, const std::string& input) {
  {
    const std::lock_guard lock(mutex_);
    inputs_[id] = input;
  }
  if (mediator_) mediator_->open_job(id);
  const auto job = std::make_shared<PlaneJob>();
  job->id = id;
  return job;
}

void WorkPlane::end_job(const PlaneJob& job, bool is_whole) {
  if (leaves_work()) finish_leases();
  if (mediator_) mediator_->close_job(job.id, is_whole);
  const std::lock_guard lock(mutex_);
  inputs_.erase(job.id);
}

std::string WorkPlane::input_of(const std::string& job) const {
  const std::lock_guard lock(mutex_);
  const auto found = inputs_.find(job);
  return found == inputs_.end() ? options_.input : found->second;
}

std::uint64_t WorkPlane::fenced() const { return mediator_ ? mediator_->counts().fenced : 0; }

}  // namespace subtide
