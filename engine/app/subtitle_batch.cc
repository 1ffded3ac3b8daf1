#include "engine/app/subtitle_batch.h"

#include <algorithm>
#include <system_error>
#include <utility>
#include <vector>

#include "engine/app/embedded.h"
#include "engine/app/event_output.h"
#include "engine/app/input_list.h"
#include "engine/app/job_report.h"
#include "engine/app/job_surroundings.h"
#include "engine/app/media_job.h"
#include "engine/app/output_names.h"
#include "engine/app/run_folder.h"
#include "engine/app/sidecar_job.h"
#include "engine/app/work_plane.h"
#include "engine/base/atomic_file.h"
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

Result<GraphSpec> load_graph(const SubtitleOptions& options) {
  if (options.graph) return GraphSpec::load(*options.graph);
  return GraphSpec::parse(embedded_file_subtitles_graph(), "file_subtitles.json");
}

class SubtitleBatch {
 public:
  SubtitleBatch(const SubtitleOptions& options, std::istream& list, std::stop_token stop)
      : options_(options),
        list_(list),
        console_(options.verbosity),
        events_(options.json ? EventOutput::Mode::kJsonLines : EventOutput::Mode::kSilent),
        around_{options_, console_, events_, make_builtin_provider(), std::move(stop)} {}

  ExitCode run() {
    set_log_level(log_level_of(options_.verbosity));
    const auto graph = load_graph(options_);
    if (!graph) return refuse(graph.error());
    InputList inputs = expand_inputs(options_.inputs, list_);
    plan(inputs);
    if (const auto checked = check_report(); !checked) return refuse(checked.error());
    for (const auto& miss : inputs.misses) tell_miss(miss);
    if (const auto started = start_plane(); !started) return refuse(started.error());
    for (const auto& task : tasks_) {
      if (around_.stop.stop_requested()) break;
      run_task(task, *graph);
    }
    const ExitCode code = finish();
    plane_.reset();
    return code;
  }

 private:
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
    if (!tasks_.empty()) options.input = tasks_.front().item.name;
    auto plane = WorkPlane::start(options, events_, console_, around_.stop);
    if (plane) {
      plane_ = std::move(*plane);
      around_.models = plane_->keep(around_.models);
      return ok();
    }
    if (options_.workers > 0) return plane.error();
    console_.line("subtide: nothing is kept for another run: {}", plane.error().message);
    return ok();
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
  Status check_outputs(const JobTask& task) const {
    if (task.names.conflict) return *task.names.conflict;
    if (options_.force) return ok();
    for (const auto& path : known_outputs(task, options_)) {
      std::error_code unknown;
      if (fs::exists(path, unknown)) {
        return make_error(ErrorCode::kAlreadyExists, "{} exists; give --force to replace it",
                          path.string());
      }
    }
    return ok();
  }

  void run_task(const JobTask& task, const GraphSpec& graph) {
    std::vector<std::string> outputs;
    for (const auto& path : known_outputs(task, options_)) outputs.push_back(path.string());
    events_.emit(task.id, JobAccepted{task.item.name, outputs});
    events_.emit(task.id, JobStarted{task.item.name});
    if (plane_) plane_->begin_job(task.id, task.item.name);
    JobReport report;
    if (const auto checked = check_outputs(task); !checked) {
      report.input = task.item.name;
      fail(report, Ending::kFailed, checked.error());
    } else if (task.item.kind == InputKind::kSubtitles) {
      report = run_sidecar_job(around_, task);
    } else {
      report = run_media_job(around_, graph, task);
    }
    if (plane_) {
      plane_->end_job(task.id, report.ending == Ending::kDone);
      add_models(plane_->models_used(), report);
      tell_saved();
    }
    tell_end(task.id, std::move(report));
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
      endings.push_back(Ending::kInterrupted);
    }
    ExitCode code = exit_code_of(endings);
    if (reports_.size() > 1) print_totals();
    if (plane_ && plane_->fenced() > 0) {
      console_.line("{} late results of workers came for tasks that others had; none was used",
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
    const auto if_exists =
        options_.force ? AtomicFile::IfExists::kReplace : AtomicFile::IfExists::kRefuse;
    return write_file_atomically(*path, report_json(reports_), if_exists);
  }

  const SubtitleOptions& options_;
  std::istream& list_;
  Console console_;
  EventOutput events_;
  JobSurroundings around_;
  std::vector<JobTask> tasks_;
  std::size_t next_job_ = 1;
  bool is_batch_ = false;
  std::vector<JobReport> reports_;
  std::unique_ptr<WorkPlane> plane_;
};

}  // namespace

ExitCode run_subtitle_batch(const SubtitleOptions& options, std::istream& list,
                            std::stop_token stop) {
  return SubtitleBatch(options, list, std::move(stop)).run();
}

}  // namespace subtide
