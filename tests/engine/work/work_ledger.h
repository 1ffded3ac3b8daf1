#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/work/mediator_core.h"

namespace subtide::work {

/// Reads a mediator's inputs and effects as the store and the workers would, and holds them
/// against what must always be true. breach() is the first thing that was not.
class WorkLedger {
 public:
  struct SeenTask {
    std::string job;
    TaskProgress progress;
    std::uint32_t granted = 0;  ///< the last lease's generation
    int accepted = 0;           ///< results
    bool is_known = false;      ///< some change was told
  };
  struct SeenJob {
    JobState state = JobState::kAccepted;
    int joins = 0;
    std::size_t open = 0;
    std::set<TaskId> gaps;
  };

  void read(const MediatorCore& core, const WorkInput& input,
            const std::vector<WorkEffect>& effects) {
    if (const auto* added = std::get_if<JobAdded>(&input)) jobs_[added->job];
    if (const auto* added = std::get_if<TaskAdded>(&input)) {
      tasks_.try_emplace(added->task.id).first->second.job = added->task.job;
    }
    if (const auto* told = std::get_if<WorkerRegistered>(&input))
      credit_[told->worker] = told->credit;
    if (const auto* finished = std::get_if<TaskFinished>(&input)) accept(*finished, effects);
    for (const WorkEffect& effect : effects) {
      std::visit([&](const auto& what) { on(core, what); }, effect);
    }
    for (const WorkEffect& effect : effects) {
      if (const auto* changed = std::get_if<TaskChanged>(&effect)) compare(core, changed->task);
    }
    const WorkCounts counts = core.counts();
    expect(counts.ready == held(TaskState::kReady), "ready tasks are miscounted");
    expect(counts.leased == held(TaskState::kLeased), "leased tasks are miscounted");
    expect(counts.tasks == counts.ready + counts.leased + held(TaskState::kRetryWait),
           "a task is in no state, or in two");
    expect(counts.jobs == open_jobs(), "open jobs are miscounted");
  }

  const std::string& breach() const { return breach_; }
  const std::unordered_map<TaskId, SeenTask>& tasks() const { return tasks_; }
  const std::unordered_map<std::string, SeenJob>& jobs() const { return jobs_; }
  std::size_t held(TaskState state) const { return held_[static_cast<std::size_t>(state)]; }
  std::size_t open_jobs() const { return jobs_.size() - ended_jobs_; }

 private:
  void expect(bool is_so, const char* what, const std::string& who = {}) {
    if (!is_so && breach_.empty()) breach_ = std::string(what) + " " + who;
  }
  void expect(bool is_so, const char* what, TaskId task) {
    if (!is_so && breach_.empty()) breach_ = std::string(what) + " task " + std::to_string(task);
  }

  void accept(const TaskFinished& finished, const std::vector<WorkEffect>& effects) {
    const SeenTask& task = tasks_[finished.task];
    const bool is_holder = task.progress.state == TaskState::kLeased &&
                           task.progress.worker == finished.worker &&
                           task.progress.generation == finished.generation;
    const auto is_change = [](const WorkEffect& effect) {
      return std::holds_alternative<TaskChanged>(effect);
    };
    const bool is_accepted = std::any_of(effects.begin(), effects.end(), is_change);
    expect(is_accepted == is_holder, "a result was not fenced, or wrongly:", finished.task);
  }
  void compare(const MediatorCore& core, TaskId id) {
    const TaskProgress& told = tasks_[id].progress;
    const auto kept = core.task(id);
    expect(kept ? kept->state == told.state && kept->generation == told.generation &&
                      kept->attempts == told.attempts && kept->worker == told.worker
                : is_terminal(told.state),
           "told and kept differ:", id);
  }
  void on(const MediatorCore&, const TaskChanged& changed) {
    SeenTask& task = tasks_[changed.task];
    const TaskProgress& next = changed.progress;
    SeenJob stranger;
    const auto found = jobs_.find(task.job);
    SeenJob& job = found == jobs_.end() ? stranger : found->second;
    if (task.is_known) {
      expect(!is_terminal(task.progress.state), "a terminal task changed:", changed.task);
      expect(next.generation >= task.progress.generation, "a generation shrank:", changed.task);
      expect(task.progress.state != TaskState::kLeased || next.state != TaskState::kLeased,
             "leased twice in a row:", changed.task);
      --held_[static_cast<std::size_t>(task.progress.state)];
      count_worker(task.progress, -1);
    } else if (!is_terminal(next.state)) {
      ++job.open;
    }
    if (next.state == TaskState::kLeased) {
      expect(next.generation > task.progress.generation,
             "a lease kept its generation:", changed.task);
    }
    if (task.is_known && is_terminal(next.state)) --job.open;
    if (next.state == TaskState::kSkipped || next.state == TaskState::kDead) {
      job.gaps.insert(changed.task);
    }
    task.is_known = true;
    task.progress = next;
    ++held_[static_cast<std::size_t>(next.state)];
    count_worker(next, 1);
  }
  void on(const MediatorCore& core, const LeaseGranted& granted) {
    SeenTask& task = tasks_[granted.task];
    expect(task.progress.state == TaskState::kLeased && task.progress.worker == granted.worker &&
               task.progress.generation == granted.generation,
           "a lease was granted that is not kept:", granted.task);
    expect(granted.generation > task.granted, "a generation was granted twice:", granted.task);
    task.granted = granted.generation;
    const auto state = core.worker(granted.worker);
    expect(state == WorkerState::kBusy,
           "a lease went to a worker that may have none:", granted.worker);
  }
  void on(const MediatorCore&, const EventHappened& event) {
    if (event.kind != WorkEventKind::kTaskCompleted) return;
    expect(++tasks_[event.task].accepted == 1, "two results were accepted:", event.task);
  }
  void on(const MediatorCore&, const JobChanged& changed) {
    SeenJob& job = jobs_[changed.job];
    expect(!is_terminal(job.state), "a terminal job changed:", changed.job);
    if (is_terminal(changed.state)) {
      ++ended_jobs_;
      expect(job.open == 0, "a job ended before its tasks:", changed.job);
      expect(job.joins == 1 || changed.state == JobState::kCancelled,
             "a job ended without its join:", changed.job);
    }
    job.state = changed.state;
  }
  void on(const MediatorCore&, const JoinReady& join) {
    SeenJob& job = jobs_[join.job];
    expect(++job.joins == 1, "a join fired twice:", join.job);
    expect(job.open == 0, "a join fired before its tasks ended:", join.job);
    std::set<TaskId> gaps;
    for (const TaskGap& gap : join.gaps) gaps.insert(gap.task);
    expect(gaps == job.gaps, "a join's gaps are wrong:", join.job);
  }
  void on(const MediatorCore&, const DeadLetter& letter) {
    expect(tasks_[letter.task].progress.state == TaskState::kDead,
           "a dead letter of a task that is not dead:", letter.task);
  }
  template <typename Other>
  void on(const MediatorCore&, const Other&) {}

  void count_worker(const TaskProgress& progress, int by) {
    if (progress.state != TaskState::kLeased) return;
    int& leases = leases_[progress.worker];
    leases += by;
    expect(leases <= static_cast<int>(credit_[progress.worker]),
           "more leases than credit:", progress.worker);
  }

  std::unordered_map<TaskId, SeenTask> tasks_;
  std::unordered_map<std::string, SeenJob> jobs_;
  std::unordered_map<std::string, int> leases_;
  std::unordered_map<std::string, std::size_t> credit_;
  std::array<std::size_t, 6> held_{};
  std::size_t ended_jobs_ = 0;
  std::string breach_;
};

}  // namespace subtide::work
