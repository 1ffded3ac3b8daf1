#include "engine/app/media_batch.h"

#include <algorithm>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <system_error>
#include <utility>
#include <vector>

#include "engine/app/event_output.h"
#include "engine/app/former_work.h"
#include "engine/app/input_list.h"
#include "engine/app/job_report.h"
#include "engine/app/job_surroundings.h"
#include "engine/app/layout_review.h"
#include "engine/app/model_identity.h"
#include "engine/app/model_watch.h"
#include "engine/app/output_names.h"
#include "engine/app/run_folder.h"
#include "engine/app/work_plane.h"
#include "engine/base/atomic_file.h"
#include "engine/base/fault_point.h"
#include "engine/base/log.h"
#include "models/builtin.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;

constexpr const char* kBatchReport = "subtide-report.json";

LogLevel log_level_of(Verbosity verbosity) {
  switch (verbosity) {
    case Verbosity::kQuiet:
      return LogLevel::kError;
    case Verbosity::kNormal:
      return LogLevel::kWarning;
    case Verbosity::kVerbose:
      return LogLevel::kInfo;
  }
  return LogLevel::kWarning;
}

class MediaBatch {
 public:
  MediaBatch(BatchWork& work, const SubtitleOptions& options, std::istream& list,
             std::stop_token stop)
      : work_(work),
        options_(options),
        list_(list),
        console_(options.verbosity),
        events_(options.json ? EventOutput::Mode::kJsonLines : EventOutput::Mode::kSilent),
        interrupted_(std::move(stop)),
        around_{options_, console_, events_, models(), ending_.get_token()},
        on_interrupt_(interrupted_, [this] { ending_.request_stop(); }) {}

  ExitCode run() {
    set_log_level(log_level_of(options_.verbosity));
    if (const auto prepared = work_.prepare(); !prepared) return refuse(prepared.error());
    InputList inputs = expand_inputs(options_.inputs, list_);
    plan(inputs);
    if (const auto started = start_plane(); !started) return refuse(started.error());
    if (const auto checked = check_report(); !checked) return refuse(checked.error());
    for (const auto& miss : inputs.misses) tell_miss(miss);
    around_.models = watched(around_.models, health_);
    for (const auto& task : tasks_) {
      if (around_.stop.stop_requested()) break;
      run_task(task);
    }
    const ExitCode code = finish();
    plane_.reset();
    return code;
  }

 private:
  std::shared_ptr<ModelProvider> models() const {
    BuiltinOptions options = builtin_options_from_environment();
    options.listener = health_;
    return make_builtin_provider(std::move(options));
  }

  ExitCode refuse(const Error& error) {
    console_.error("subtide: {}", error.message);
    return exit_code_of(error.code);
  }

  /// Without a place for state all works but resuming, unless workers need it.
  Status start_plane() {
    if (options_.state == "none" && options_.workers == 0) return ok();
    WorkPlaneOptions options;
    options.state = state_folder(options_.state);
    options.workers = options_.workers;
    options.is_fresh = options_.fresh;
    for (const auto& task : tasks_) options.outputs.push_back(task.names.folder);
    const auto again = std::ranges::unique(options.outputs);
    options.outputs.erase(again.begin(), again.end());
    options.on_trouble = [this](const Error& error) { give_up(error); };
    if (!tasks_.empty()) options.input = tasks_.front().item.name;
    auto plane = WorkPlane::start(options, events_, console_, around_.stop);
    if (plane) {
      plane_ = std::move(*plane);
      former_ =
          std::make_unique<FormerWork>(FormerWork::Sources{plane_->effects(), plane_->identities(),
                                                           around_.models, work_.identity()},
                                       options_, around_.stop);
      around_.models = plane_->keep(make_identified_provider(around_.models, plane_->database()));
      return ok();
    }
    if (options_.workers > 0) return plane.error();
    console_.line("subtide: nothing is kept for another run: {}", plane.error().message);
    return ok();
  }

  /// The run ends, and the first reason is told.
  void give_up(const Error& error) {
    {
      const std::lock_guard lock(mutex_);
      if (!trouble_) trouble_ = error;
    }
    ending_.request_stop();
  }

  std::optional<Error> trouble() const {
    const std::lock_guard lock(mutex_);
    return trouble_;
  }

  void plan(const InputList& inputs) {
    const auto names = name_outputs(inputs.items, options_.output);
    for (std::size_t i = 0; i < names.size(); ++i) {
      tasks_.push_back({events_.job_id(i + 1), inputs.items[i], names[i]});
    }
    is_batch_ = tasks_.size() + inputs.misses.size() > 1;
    next_job_ = tasks_.size() + 1;
  }

  std::optional<fs::path> report_path() const {
    if (options_.report) return options_.report;
    if (is_batch_ && options_.output) return *options_.output / kBatchReport;
    return std::nullopt;
  }

  Status check_report() const {
    const auto path = report_path();
    std::error_code unknown;
    if (options_.force || !path || !fs::exists(*path, unknown)) return ok();
    if (former_ && former_->has_written(kBatchReport, *path)) return ok();
    return make_error(ErrorCode::kAlreadyExists, "{} exists; give --force to replace it",
                      path->string());
  }

  void tell_miss(const InputMiss& miss) {
    JobReport report;
    report.input = miss.name;
    fail(report, Ending::kUnreadable, miss.error);
    tell_end(events_.job_id(next_job_++), std::move(report));
  }

  /// Nothing is worked on for outputs that could not be put in place afterwards.
  Status check_outputs(const JobTask& task, const SubtitleOptions& options) const {
    if (task.names.conflict) return *task.names.conflict;
    if (options.force) return ok();
    for (const auto& path : work_.known_outputs(task, options)) {
      std::error_code unknown;
      if (fs::exists(path, unknown)) {
        return make_error(ErrorCode::kAlreadyExists, "{} exists; give --force to replace it",
                          path.string());
      }
    }
    return ok();
  }

  void run_task(const JobTask& task) {
    std::vector<std::string> outputs;
    for (const auto& path : work_.known_outputs(task, options_)) outputs.push_back(path.string());
    const Status accepted = events_.emit_kept(task.id, JobAccepted{task.item.name, outputs});
    fault_point(FaultPoint::kJobAccepted);
    events_.emit(task.id, JobStarted{task.item.name});
    const auto key = former_ ? former_->job_key(task) : std::nullopt;
    if (key && !options_.force && !options_.fresh) {
      if (auto report = former_->finished_job(*key, task)) {
        return tell_end(task.id, *std::move(report));
      }
    }
    if (plane_) plane_->begin_job(task.id, task.item.name);
    health_->begin_job(task.id);
    fault_point(FaultPoint::kJobBegun);
    JobReport report = do_task(task, key, accepted);
    if (const auto why = trouble()) fail(report, Ending::kFailed, *why);
    fault_point(FaultPoint::kJobWorked);
    if (plane_) {
      plane_->end_job(task.id, report.ending == Ending::kDone);
      add_models(plane_->models_used(), report);
      tell_saved();
    }
    report.notes = health_->end_job();
    if (key) former_->keep_finished(*key, task, report);
    tell_end(task.id, std::move(report));
    fault_point(FaultPoint::kJobEnded);
  }

  JobReport do_task(const JobTask& task, const std::optional<std::string>& key,
                    const Status& accepted) {
    SubtitleOptions options = options_;
    if (key && !options.force)
      options.force = are_of_job(*key, work_.existing_outputs(task, options));
    const JobSurroundings around{options,      console_,      events_, around_.models,
                                 around_.stop, former_.get(), key};
    JobReport report;
    report.input = task.item.name;
    if (const auto checked = check_outputs(task, options); !checked) {
      fail(report, Ending::kFailed, checked.error());
      return report;
    }
    if (!accepted && options_.workers > 0) {
      fail(report, Ending::kFailed, accepted.error());
      return report;
    }
    return work_.run(around, task);
  }

  /// Files that an earlier try of the same job left, and nobody touched since, may be replaced.
  bool are_of_job(const std::string& key, const std::vector<fs::path>& files) const {
    return !files.empty() && std::ranges::all_of(files, [&](const fs::path& file) {
      return former_->has_written(key, file);
    });
  }

  void tell_saved() {
    const auto saved = plane_->saved();
    if (saved.found == 0) return;
    console_.line("{} of {} results were there from before and not made again", saved.found,
                  saved.found + saved.made);
  }

  void tell_end(const std::string& id, JobReport report) {
    print_report(console_, report);
    events_.emit(id, end_event(report));
    reports_.push_back(std::move(report));
  }

  static EventBody end_event(const JobReport& report) {
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

  ExitCode finish() {
    std::vector<Ending> endings;
    for (const auto& report : reports_) endings.push_back(report.ending);
    if (around_.stop.stop_requested() && reports_.size() < tasks_.size()) {
      endings.push_back(trouble() ? Ending::kFailed : Ending::kInterrupted);
    }
    ExitCode code = exit_code_of(endings);
    if (reports_.size() > 1) print_totals();
    if (plane_ && plane_->fenced() > 0) {
      console_.line("late results of workers, for tasks that others had, and not used: {}",
                    plane_->fenced());
    }
    if (const auto written = write_report(); !written) {
      console_.error("subtide: {}", written.error().message);
      if (code == ExitCode::kDone) code = ExitCode::kFailed;
    }
    return code;
  }

  void print_totals() {
    const auto count = [&](Ending ending) {
      return std::ranges::count(reports_, ending, &JobReport::ending);
    };
    console_.line("{} inputs: {} done, {} with gaps, {} failed, {} unreadable", reports_.size(),
                  count(Ending::kDone), count(Ending::kDegraded), count(Ending::kFailed),
                  count(Ending::kUnreadable));
  }

  Status write_report() {
    const auto path = report_path();
    if (!path) return ok();
    if (path->has_parent_path()) {
      std::error_code failure;
      fs::create_directories(path->parent_path(), failure);
    }
    const bool may_replace =
        options_.force || (former_ && former_->has_written(kBatchReport, *path));
    const auto if_exists =
        may_replace ? AtomicFile::IfExists::kReplace : AtomicFile::IfExists::kRefuse;
    const auto written = write_file_atomically(*path, report_json(reports_), if_exists);
    if (!written || !former_) return written;
    auto sum = sha256_of_file(*path);
    if (sum) former_->keep_written(kBatchReport, {path->string(), "report", "", 0, *sum});
    return ok();
  }

  BatchWork& work_;
  const SubtitleOptions& options_;
  std::istream& list_;
  Console console_;
  EventOutput events_;
  const std::stop_token interrupted_;
  std::stop_source ending_;  ///< by the user or by trouble
  const std::shared_ptr<ModelWatch> health_ = std::make_shared<ModelWatch>(events_);
  JobSurroundings around_;
  std::vector<JobTask> tasks_;
  std::size_t next_job_ = 1;
  bool is_batch_ = false;
  std::vector<JobReport> reports_;
  mutable std::mutex mutex_;  ///< guards the trouble
  std::optional<Error> trouble_;
  std::unique_ptr<WorkPlane> plane_;
  std::unique_ptr<FormerWork> former_;
  std::stop_callback<std::function<void()>> on_interrupt_;
};

}  // namespace

ExitCode run_media_batch(BatchWork& work, const SubtitleOptions& options, std::istream& list,
                         std::stop_token stop) {
  return MediaBatch(work, options, list, std::move(stop)).run();
}

}  // namespace subtide
