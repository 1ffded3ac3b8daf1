#include "engine/app/media_batch.h"

#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <functional>
#include <limits>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <system_error>
#include <thread>
#include <utility>

#include "engine/app/batch_queue.h"
#include "engine/app/batch_run.h"
#include "engine/app/batch_told.h"
#include "engine/app/folder_watch.h"
#include "engine/app/input_list.h"
#include "engine/app/job_report.h"
#include "engine/app/layout_review.h"
#include "engine/app/output_names.h"
#include "engine/base/atomic_file.h"
#include "engine/base/fault_point.h"
#include "engine/base/log.h"
#include "engine/work/store/sha256.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr const char* kBatchReport = "subtide-report.json";
constexpr std::size_t kReportsOfWatch = 1000;
constexpr auto kStatusStep = std::chrono::milliseconds(250);

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

JobEnding ending_of(const JobReport& report) {
  if (report.was_done) return JobEnding::kSkipped;
  switch (report.ending) {
    case Ending::kDone:
      return JobEnding::kDone;
    case Ending::kDegraded:
      return JobEnding::kDegraded;
    case Ending::kInterrupted:
      return JobEnding::kStopped;
    case Ending::kFailed:
    case Ending::kUnreadable:
      return JobEnding::kFailed;
  }
  return JobEnding::kFailed;
}

fs::path whole(const fs::path& path) {
  std::error_code unknown;
  auto canonical = fs::weakly_canonical(fs::absolute(path, unknown), unknown);
  return unknown ? path : canonical;
}

/// Or the folder itself. Both whole.
bool is_below(const fs::path& path, const fs::path& folder) {
  const auto relative = path.lexically_relative(folder);
  return !relative.empty() && *relative.begin() != "..";
}

/// What an earlier run made of a folder stands below it and is no input.
bool is_own_output(const InputItem& item, const std::optional<fs::path>& output) {
  if (!output || item.below.empty()) return false;
  fs::path root = whole(item.path).parent_path();
  for (const auto& part : item.below.lexically_normal()) {
    if (part != ".") root = root.parent_path();
  }
  const fs::path made = whole(*output);
  return made != root && is_below(made, root) && is_below(whole(item.path), made);
}

class MediaBatch {
 public:
  MediaBatch(BatchWork& work, const SubtitleOptions& options, const BatchOptions& how,
             std::istream& list, const std::stop_token& stop)
      : work_(work),
        options_(options),
        how_(how),
        list_(list),
        run_(work, options, how, stop),
        queue_(static_cast<std::size_t>(std::max(how.jobs, 1))),
        reports_(how.is_watching ? kReportsOfWatch : std::numeric_limits<std::size_t>::max()) {}

  ExitCode run() {
    set_log_level(log_level_of(options_.verbosity));
    if (const auto prepared = prepare(); !prepared) return refuse(prepared.error());
    for (const auto& miss : misses_) tell_miss(miss);
    for (JobTask& task : tasks_) add(std::move(task));
    tasks_.clear();
    std::vector<std::jthread> followers;
    for (auto& watch : watches_) {
      followers.emplace_back([this, &watch] { follow(watch); });
    }
    if (watches_.empty()) queue_.close();
    queue_.run(run_.stop());
    followers.clear();
    const ExitCode code = finish();
    run_.close();
    return code;
  }

 private:
  struct Watch {
    std::size_t part;
    fs::path folder;
    std::unique_ptr<FolderWatch> files;
  };
  class Meter;

  ExitCode refuse(const Error& error) {
    run_.console().error("subtide: {}", error.message);
    return exit_code_of(error.code);
  }

  Status prepare() {
    if (auto prepared = work_.prepare(); !prepared) return prepared;
    if (auto planned = how_.is_watching ? plan_watches() : plan(); !planned) return planned;
    if (auto opened = run_.open(tasks_, output_folders()); !opened) return opened;
    return check_report();
  }

  Status plan() {
    std::vector<InputItem> items;
    std::vector<std::optional<fs::path>> folders;
    std::vector<std::size_t> parts;
    for (std::size_t part = 0; part < work_.parts(); ++part) {
      InputList inputs = expand_inputs(work_.options(part).inputs, list_);
      std::erase_if(inputs.items, [&](const InputItem& item) {
        return is_own_output(item, work_.options(part).output);
      });
      std::ranges::move(inputs.misses, std::back_inserter(misses_));
      folders.insert(folders.end(), inputs.items.size(), work_.options(part).output);
      parts.insert(parts.end(), inputs.items.size(), part);
      std::ranges::move(inputs.items, std::back_inserter(items));
    }
    auto names = name_outputs(items, folders);
    for (std::size_t i = 0; i < items.size(); ++i) {
      tasks_.push_back(make_task(std::move(items[i]), std::move(names[i]), parts[i]));
    }
    is_batch_ = tasks_.size() + misses_.size() > 1;
    return ok();
  }

  Status plan_watches() {
    for (std::size_t part = 0; part < work_.parts(); ++part) {
      for (const auto& name : work_.options(part).inputs) {
        if (auto added = add_watch(part, name); !added) return added;
      }
    }
    is_batch_ = true;
    return ok();
  }

  Status add_watch(std::size_t part, const std::string& name) {
    const auto& output = work_.options(part).output;
    std::error_code unknown;
    if (!fs::is_directory(name, unknown)) {
      return make_error(ErrorCode::kInvalidArgument, "--watch: {} is not a folder", name);
    }
    if (!output || fs::equivalent(*output, name, unknown)) {
      return make_error(ErrorCode::kInvalidArgument,
                        "--watch: give a folder for what is made with -o, another than {}", name);
    }
    if (is_below(whole(name), whole(*output))) {
      return make_error(ErrorCode::kInvalidArgument,
                        "--watch: {} lies in {}, where what is made goes; give another folder with "
                        "-o",
                        name, output->string());
    }
    FolderWatchOptions options;
    options.folder = name;
    options.is_left_out = [output = whole(*output)](const fs::path& path) {
      return is_below(whole(path), output);
    };
    auto watch = FolderWatch::create(std::move(options));
    if (!watch) return watch.error();
    watches_.push_back({part, name, *std::move(watch)});
    namers_.try_emplace(whole(*output), output);
    return ok();
  }

  JobTask make_task(InputItem item, OutputNames names, std::size_t part) {
    const std::size_t number = ++numbered_;
    return {run_.events().job_id(number), std::move(item), std::move(names), number, part};
  }

  std::vector<fs::path> output_folders() const {
    std::set<fs::path> folders;
    for (const JobTask& task : tasks_) folders.insert(task.names.folder);
    for (const Watch& watch : watches_) folders.insert(*work_.options(watch.part).output);
    return {folders.begin(), folders.end()};
  }

  std::optional<fs::path> report_path() const {
    if (how_.is_dry_run) return std::nullopt;
    if (options_.report) return options_.report;
    if (is_batch_ && options_.output) return *options_.output / kBatchReport;
    return std::nullopt;
  }

  Status check_report() {
    const auto path = report_path();
    report_keeper_ = run_.former(0);
    std::error_code unknown;
    if (options_.force || !path || !fs::exists(*path, unknown)) return ok();
    if (report_keeper_ && report_keeper_->has_written(kBatchReport, *path)) return ok();
    return make_error(ErrorCode::kAlreadyExists, "{} exists; give --force to replace it",
                      path->string());
  }

  void tell_miss(const InputMiss& miss) {
    JobReport report;
    report.input = miss.name;
    fail(report, Ending::kUnreadable, miss.error);
    const std::size_t number = ++numbered_;
    tell_end(number, run_.events().job_id(number), std::move(report));
  }

  void add(JobTask task);
  JobEnd work(const JobTask& task, JobMeter& meter);

  /// What comes into a folder becomes jobs, until the stop.
  void follow(Watch& watch) {
    run_.console().line("{}: watched; what comes into it is worked on once it is whole",
                        watch.folder.string());
    while (!run_.has_stopped()) {
      const FolderNews news = watch.files->wait(run_.stop());
      if (news.problem) run_.console().error("{}", news.problem->message);
      for (const ReadyFile& file : news.ready) {
        if (!has_media_extension(file.path)) continue;
        InputItem item{InputKind::kMedia,
                       file.path.string(),
                       file.path,
                       {},
                       file.path.parent_path().lexically_relative(watch.folder)};
        const std::lock_guard lock(adding_);
        OutputNames names = namers_.at(whole(*work_.options(watch.part).output)).name(item);
        add(make_task(std::move(item), std::move(names), watch.part));
      }
    }
  }

  void tell_end(std::size_t number, const std::string& id, JobReport report) {
    const std::lock_guard lock(telling_);
    print_report(run_.console(), report);
    if (!how_.is_dry_run) run_.events().emit(id, end_event(report));
    reports_.add(number, std::move(report));
    if (how_.is_watching) tell_trouble(write_report());
  }

  void tell_progress() {
    if (!is_batch_ || how_.is_dry_run) return;
    Console& console = run_.console();
    const auto now = Clock::now();
    const std::lock_guard lock(telling_);
    if (now - last_status_ < kStatusStep) return;
    last_status_ = now;
    if (console.is_terminal()) {
      console.status([&](int width) { return format_batch_progress(queue_.progress(), width); });
      return;
    }
    const BatchProgress progress = queue_.progress();
    if (how_.is_watching || !progress.total || *progress.total <= MediaDuration(0)) return;
    const double share = to_seconds(progress.worked) / to_seconds(*progress.total);
    const int tenths = std::min(static_cast<int>(share * 10), 9);
    if (tenths <= tenths_told_) return;
    tenths_told_ = tenths;
    console.line("{} %: {}", tenths * 10, describe_batch_progress(progress));
  }

  void tell_trouble(const Status& status) {
    if (!status) run_.console().error("subtide: {}", status.error().message);
  }

  ExitCode finish() {
    run_.console().end_progress();
    // A watch ends by being stopped; what was not begun is found again by the next one.
    std::optional<Ending> rest;
    if (!how_.is_watching && run_.has_stopped() && reports_.count() < numbered_) {
      rest = run_.trouble() ? Ending::kFailed : Ending::kInterrupted;
    }
    const bool is_idle = how_.is_watching && reports_.count() == 0;
    ExitCode code = is_idle ? ExitCode::kDone : reports_.exit_code(rest);
    reports_.print(run_.console());
    if (run_.fenced() > 0) {
      run_.console().line("late results of workers, for tasks that others had, and not used: {}",
                          run_.fenced());
    }
    const auto written = write_report();
    tell_trouble(written);
    if (!written && code == ExitCode::kDone) code = ExitCode::kFailed;
    report_keeper_.reset();
    return code;
  }

  Status write_report() {
    const auto path = report_path();
    if (!path) return ok();
    if (path->has_parent_path()) {
      std::error_code failure;
      fs::create_directories(path->parent_path(), failure);
    }
    const bool may_replace = options_.force || has_report_ ||
                             (report_keeper_ && report_keeper_->has_written(kBatchReport, *path));
    const auto if_exists =
        may_replace ? AtomicFile::IfExists::kReplace : AtomicFile::IfExists::kRefuse;
    const std::string text = report_json(reports_.in_order());
    if (report_keeper_) {  // before it is there: a run after a kill knows it as its own
      Sha256 sum;
      sum.add(text);
      report_keeper_->keep_written(kBatchReport, {path->string(), "report", "", 0, sum.finish()});
    }
    auto written = write_file_atomically(*path, text, if_exists);
    has_report_ = has_report_ || written;
    return written;
  }

  BatchWork& work_;
  const SubtitleOptions& options_;
  const BatchOptions how_;
  std::istream& list_;
  BatchRun run_;
  std::vector<JobTask> tasks_;  ///< until they are queued
  std::vector<InputMiss> misses_;
  std::vector<Watch> watches_;
  std::mutex adding_;                       ///< of followers; guards the namers
  std::map<fs::path, OutputNamer> namers_;  ///< of watched folders, by the folder written to
  std::size_t numbered_ = 0;                ///< jobs that have a number
  bool is_batch_ = false;
  BatchQueue queue_;
  std::unique_ptr<FormerWork> report_keeper_;
  std::mutex telling_;  ///< guards what is below
  BatchReports reports_;
  bool has_report_ = false;  ///< the file there is this run's
  Clock::time_point last_status_;
  int tenths_told_ = 0;
};

/// Hands on how far a job is, and shows how far all are.
class MediaBatch::Meter : public JobMeter {
 public:
  Meter(MediaBatch& batch, JobMeter& queue) : batch_(batch), queue_(queue) {}
  void set_length(MediaDuration length) override { queue_.set_length(length); }
  void set_worked(MediaDuration worked) override {
    queue_.set_worked(worked);
    batch_.tell_progress();
  }

 private:
  MediaBatch& batch_;
  JobMeter& queue_;
};

void MediaBatch::add(JobTask task) {
  run_.expect(task.item);
  const auto shared = std::make_shared<const JobTask>(std::move(task));
  queue_.add(
      {shared->item.name, std::nullopt,
       [this, shared](JobMeter& meter, const std::stop_token&) { return work(*shared, meter); }});
}

JobEnd MediaBatch::work(const JobTask& task, JobMeter& meter) {
  Meter shown(*this, meter);
  JobReport report;
  try {
    report = run_.work(task, is_batch_ ? &shown : nullptr);
  } catch (const std::exception& thrown) {
    report.input = task.item.name;
    fail(report, Ending::kFailed,
         make_error(ErrorCode::kInternal, "{}: {}", task.item.name, thrown.what()));
  }
  JobEnd end{ending_of(report), report.error};
  tell_end(task.number, task.id, std::move(report));
  // Threads of jobs that ended leave holes in the heap, which would add up over a batch.
  malloc_trim(0);
  fault_point(FaultPoint::kJobEnded);
  return end;
}

}  // namespace

ExitCode run_media_batch(BatchWork& work, const SubtitleOptions& run, const BatchOptions& how,
                         std::istream& list, std::stop_token stop) {
  return MediaBatch(work, run, how, list, stop).run();
}

}  // namespace subtide
