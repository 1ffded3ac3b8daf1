#include "engine/app/batch_run.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <system_error>
#include <utility>

#include "engine/app/run_folder.h"
#include "engine/base/fault_point.h"
#include "models/builtin.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;

std::shared_ptr<ModelProvider> builtin_models(std::shared_ptr<ModelWatch> health) {
  BuiltinOptions options = builtin_options_from_environment();
  options.listener = std::move(health);
  return make_builtin_provider(std::move(options));
}

Error already_there(const fs::path& path) {
  return make_error(ErrorCode::kAlreadyExists, "{} exists; give --force to replace it",
                    path.string());
}

/// Files that an earlier try of the same job left, and nobody touched since, may be replaced.
bool are_of_job(FormerWork& former, const std::string& key, const std::vector<fs::path>& files) {
  return !files.empty() && std::ranges::all_of(files, [&](const fs::path& file) {
    return former.has_written(key, file);
  });
}

/// Stands for an input file whatever it holds.
std::string owner_of(const JobTask& task) {
  std::error_code unknown;
  return "input " + fs::weakly_canonical(fs::absolute(task.item.path, unknown), unknown).string();
}

}  // namespace

/// What is known of a job while it runs.
struct BatchRun::Job {
  const JobTask& task;
  JobMeter* meter = nullptr;
  std::unique_ptr<FormerWork> former;
  std::optional<std::string> key;
  std::shared_ptr<PlaneJob> share;  ///< null: there is no plane
};

BatchRun::BatchRun(BatchWork& work, const SubtitleOptions& run, const BatchOptions& how,
                   const std::stop_token& stop)
    : work_(work),
      run_(run),
      how_(how),
      console_(run.verbosity),
      events_(run.json ? EventOutput::Mode::kJsonLines : EventOutput::Mode::kSilent),
      models_(builtin_models(health_)),
      identified_(models_),
      on_interrupt_(stop, [this] { ending_.request_stop(); }) {}

Status BatchRun::open(const std::vector<JobTask>& tasks, std::vector<fs::path> outputs) {
  if (run_.state == "none" && run_.workers == 0) return ok();
  const auto opened = how_.is_dry_run ? open_for_reading() : open_plane(tasks, std::move(outputs));
  if (opened) return ok();
  if (run_.workers > 0) return opened;
  console_.line("subtide: nothing is kept for another run: {}", opened.error().message);
  return ok();
}

/// A run that shall change nothing has no folder, but may know what others did.
Status BatchRun::open_for_reading() {
  const fs::path folder = state_folder(run_.state) / "store";
  std::error_code unknown;
  if (!fs::exists(folder, unknown)) return ok();
  auto database = SharedDatabase::open(folder);
  if (!database) return database.error();
  own_files_ = *std::move(database);
  files_ = own_files_;
  auto effects = EffectStore::create(own_files_);
  if (!effects) return effects.error();
  effects_ = std::make_shared<EffectStore>(*std::move(effects));
  return ok();
}

Status BatchRun::open_plane(const std::vector<JobTask>& tasks, std::vector<fs::path> outputs) {
  WorkPlaneOptions options;
  options.state = state_folder(run_.state);
  options.workers = run_.workers;
  options.is_fresh = run_.fresh;
  options.outputs = std::move(outputs);
  options.on_trouble = [this](const Error& error) { give_up(error); };
  if (!tasks.empty()) options.input = tasks.front().item.name;
  auto plane = WorkPlane::start(options, events_, console_, stop());
  if (!plane) return plane.error();
  plane_ = *std::move(plane);
  effects_ = plane_->effects();
  files_ = plane_->database();
  identified_ = make_identified_provider(models_, files_);
  return ok();
}

void BatchRun::close() {
  plane_.reset();
  effects_.reset();
  own_files_.reset();
}

std::unique_ptr<FormerWork> BatchRun::former(std::size_t part) const {
  if (!effects_) return nullptr;
  return std::make_unique<FormerWork>(
      FormerWork::Sources{effects_, InputIdentities(files_.lock()), models_, work_.identity(part)},
      work_.options(part), stop());
}

void BatchRun::give_up(const Error& error) {
  {
    const std::lock_guard lock(mutex_);
    if (!trouble_) trouble_ = error;
  }
  ending_.request_stop();
}

std::optional<Error> BatchRun::trouble() const {
  const std::lock_guard lock(mutex_);
  return trouble_;
}

/// Two jobs that write under the same names, such as two versions of one file, take turns.
class BatchRun::Turn {
 public:
  Turn(BatchRun& run, const OutputNames& names) : run_(run), name_(names.folder / names.stem) {
    std::unique_lock lock(run_.turns_);
    run_.turn_ended_.wait(lock, run_.stop(), [&] { return !run_.written_now_.contains(name_); });
    is_taken_ = run_.written_now_.insert(name_).second;
  }
  ~Turn() {
    if (!is_taken_) return;
    const std::lock_guard lock(run_.turns_);
    run_.written_now_.erase(name_);
    run_.turn_ended_.notify_all();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  BatchRun& run_;
  const std::filesystem::path name_;
  bool is_taken_ = false;  ///< not when stopped
};

void BatchRun::expect(const InputItem& item) {
  if (item.kind != InputKind::kUrl) inputs_.add(item.path);
}

/// From now on the run answers for it.
Status BatchRun::accept(const JobTask& task) {
  std::vector<std::string> outputs;
  for (const auto& path : work_.known_outputs(task)) outputs.push_back(path.string());
  Status accepted = events_.emit_kept(task.id, JobAccepted{task.item.name, outputs});
  fault_point(FaultPoint::kJobAccepted);
  events_.emit(task.id, JobStarted{task.item.name});
  return accepted;
}

JobReport BatchRun::work(const JobTask& task, JobMeter* meter) {
  const Turn turn(*this, task.names);
  const SubtitleOptions& options = work_.options(task.part);
  Job job{task, meter, former(task.part), std::nullopt, nullptr};
  Status accepted = how_.is_dry_run ? ok() : accept(task);
  if (job.former) job.key = job.former->job_key(task);
  if (job.key && !options.force && !options.fresh) {
    if (auto report = job.former->finished_job(*job.key, task)) return *std::move(report);
  }
  if (how_.is_dry_run) return do_task(job, accepted);
  if (plane_) job.share = plane_->begin_job(task.id, task.item.name);
  health_->begin_job(task.id);
  fault_point(FaultPoint::kJobBegun);
  JobReport report = do_task(job, accepted);
  if (const auto why = trouble()) fail(report, Ending::kFailed, *why);
  fault_point(FaultPoint::kJobWorked);
  if (job.share) {
    plane_->end_job(*job.share, report.ending == Ending::kDone);
    add_models(job.share->models->all(), report);
    tell_saved(*job.share);
  }
  std::ranges::move(health_->end_job(task.id), std::back_inserter(report.notes));
  if (job.key) job.former->keep_finished(*job.key, task, report);
  keep_owned(job, report);
  return report;
}

/// In a watched folder a file may change: what was made of it before may then be replaced.
void BatchRun::keep_owned(const Job& job, const JobReport& report) const {
  if (!how_.is_watching || !job.former) return;
  for (const OutputNamed& output : report.outputs) {
    job.former->keep_written(owner_of(job.task), output);
  }
}

/// What is there was made by an earlier try of the same job, or of an earlier version of its file
/// in a watched folder, and nobody touched it since.
bool BatchRun::may_replace(const Job& job, const SubtitleOptions& options) const {
  if (options.force) return true;
  if (!job.former) return false;
  const auto existing = work_.existing_outputs(job.task);
  if (job.key && are_of_job(*job.former, *job.key, existing)) return true;
  return how_.is_watching && are_of_job(*job.former, owner_of(job.task), existing);
}

std::shared_ptr<ModelProvider> BatchRun::models_for(const Job& job) const {
  auto models = job.share ? plane_->keep(identified_, job.share) : identified_;
  return watched(std::move(models), health_, job.task.id);
}

/// Nothing is worked on for outputs that could not be put in place afterwards.
Status BatchRun::check_outputs(const JobTask& task, const SubtitleOptions& options) const {
  if (task.names.conflict) return *task.names.conflict;
  if (options.force) return ok();
  for (const auto& path : work_.known_outputs(task)) {
    std::error_code unknown;
    if (fs::exists(path, unknown)) return already_there(path);
  }
  return ok();
}

JobReport BatchRun::do_task(const Job& job, const Status& accepted) {
  const JobTask& task = job.task;
  SubtitleOptions options = work_.options(task.part);
  options.force = may_replace(job, options);
  JobReport report;
  report.input = task.item.name;
  if (const auto checked = check_outputs(task, options); !checked) {
    fail(report, Ending::kFailed, checked.error());
    return report;
  }
  if (!accepted && options.workers > 0) {
    fail(report, Ending::kFailed, accepted.error());
    return report;
  }
  return try_task(job, options);
}

JobReport BatchRun::try_task(const Job& job, const SubtitleOptions& options) {
  const JobSurroundings around{options,          console_, events_,   models_for(job), stop(),
                               job.former.get(), job.key,  job.meter, how_.is_dry_run, &inputs_};
  return work_.run(around, job.task);
}

void BatchRun::tell_saved(const PlaneJob& job) {
  const std::uint64_t found = job.counters->found;
  if (found == 0) return;
  console_.line("{} of {} results were there from before and not made again", found,
                found + job.counters->made);
}

EventBody end_event(const JobReport& report) {
  if (report.error) {
    const std::string code = report.ending == Ending::kInterrupted
                                 ? "interrupted"
                                 : std::string(to_string(report.error->code));
    return JobFailed{report.input, code, report.error->message, report.outputs};
  }
  const JobOutcome outcome{report.input, report.outputs, report.gaps, report.models,
                           report.reasons};
  if (report.ending == Ending::kDegraded) return JobCompletedDegraded{outcome};
  return JobCompleted{outcome};
}

}  // namespace subtide
