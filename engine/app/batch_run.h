#pragma once

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/app/console.h"
#include "engine/app/event_output.h"
#include "engine/app/former_work.h"
#include "engine/app/media_batch.h"
#include "engine/app/model_watch.h"
#include "engine/app/work_plane.h"

namespace subtide {

/// What all jobs of a batch share, and the way that each of them goes: accepted, left alone if an
/// earlier run finished it, begun, worked on, kept.
///
/// Owner:   the batch. Threads: open() and close() one at a time and apart from the rest; the rest
///          any.
class BatchRun {
 public:
  BatchRun(BatchWork& work, const SubtitleOptions& run, const BatchOptions& how,
           const std::stop_token& stop);
  ~BatchRun() { close(); }
  BatchRun(const BatchRun&) = delete;
  BatchRun& operator=(const BatchRun&) = delete;

  /// Opens what is kept from run to run. Without a place for it all works but resuming, unless
  /// workers need it. `tasks`: those known by now; `outputs`: folders to watch for room.
  Status open(const std::vector<JobTask>& tasks, std::vector<std::filesystem::path> outputs);
  /// Ends workers and lets go of the stores.
  void close();

  /// Before work() on anything that could write in its place.
  void expect(const InputItem& item);
  /// Does one job, after those that were begun and write under the same names. `meter`: null when
  /// it is the only one.
  JobReport work(const JobTask& task, JobMeter* meter);

  /// What earlier runs did of jobs of this part; null: nothing is known.
  std::unique_ptr<FormerWork> former(std::size_t part) const;
  /// The run ends, and the first reason is told.
  void give_up(const Error& error);
  std::optional<Error> trouble() const;
  /// By the user or by trouble.
  std::stop_token stop() const { return ending_.get_token(); }
  bool has_stopped() const { return ending_.stop_requested(); }
  std::uint64_t fenced() const { return plane_ ? plane_->fenced() : 0; }

  Console& console() { return console_; }
  EventOutput& events() { return events_; }

 private:
  struct Job;
  class Turn;
  Status open_for_reading();
  Status open_plane(const std::vector<JobTask>& tasks, std::vector<std::filesystem::path> outputs);
  Status accept(const JobTask& task);
  Status check_outputs(const JobTask& task, const SubtitleOptions& options) const;
  bool may_replace(const Job& job, const SubtitleOptions& options) const;
  void keep_owned(const Job& job, const JobReport& report) const;
  JobReport do_task(const Job& job, const Status& accepted);
  JobReport try_task(const Job& job, const SubtitleOptions& options);
  std::shared_ptr<ModelProvider> models_for(const Job& job) const;
  void tell_saved(const PlaneJob& job);

  BatchWork& work_;
  const SubtitleOptions& run_;
  const BatchOptions how_;
  Console console_;
  EventOutput events_;
  std::stop_source ending_;
  const std::shared_ptr<ModelWatch> health_ = std::make_shared<ModelWatch>(events_);
  const std::shared_ptr<ModelProvider> models_;
  std::shared_ptr<ModelProvider>
      identified_;  ///< the same, known by content where there is a store
  std::unique_ptr<WorkPlane> plane_;
  std::shared_ptr<EffectStore> effects_;  ///< null: nothing is kept
  std::weak_ptr<SharedDatabase> files_;
  std::shared_ptr<SharedDatabase> own_files_;  ///< of a dry run
  InputPaths inputs_;
  std::mutex turns_;  ///< guards what is written now
  std::condition_variable_any turn_ended_;
  std::set<std::filesystem::path> written_now_;  ///< folders and stems of jobs under way
  mutable std::mutex mutex_;                     ///< guards the trouble
  std::optional<Error> trouble_;
  std::stop_callback<std::function<void()>> on_interrupt_;
};

/// A job's last word to machines.
EventBody end_event(const JobReport& report);

}  // namespace subtide
