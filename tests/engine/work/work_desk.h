#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "engine/work/mediator_core.h"
#include "tests/engine/work/work_ledger.h"

namespace subtide::work {

/// A mediator with its clock in hand, for tests: says what happened in few words and keeps what
/// came of it. Workers that were added keep beating while time passes.
class WorkDesk {
 public:
  explicit WorkDesk(WorkLimits limits = {}, std::uint64_t seed = 1) : core_(limits, seed) {}
  ~WorkDesk() { EXPECT_EQ(ledger_.breach(), ""); }

  std::vector<WorkEffect> say(const WorkInput& input) {
    auto effects = core_.step(input, now_);
    ledger_.read(core_, input, effects);
    effects_.insert(effects_.end(), effects.begin(), effects.end());
    return effects;
  }

  void job(const std::string& id) { say(JobAdded{id}); }
  void close(const std::string& id) { say(JobClosed{id}); }
  void task(TaskId id, const std::string& job = "j", WorkTime deadline = WorkTime::max()) {
    Task task;
    task.id = id;
    task.job = job;
    task.stage = "transcribe";
    task.model = "m";
    task.effect_key = "key-" + std::to_string(id);
    task.span = {std::chrono::seconds(id), std::chrono::seconds(id + 2)};
    task.deadline = deadline;
    task.urgency = deadline == WorkTime::max() ? Urgency::kBatch : Urgency::kLive;
    say(TaskAdded{task, {}});
  }
  void register_worker(const std::string& id, std::size_t credit = 1) {
    say(WorkerRegistered{id, ++boot_, "transcribe", {"m"}, credit, true});
    beating_.insert(id);
  }
  void worker(const std::string& id, std::size_t credit = 1) {
    register_worker(id, credit);
    say(WorkerReady{id, {"m"}});
  }
  void silence(const std::string& id) { beating_.erase(id); }
  void crash(const std::string& id) {
    silence(id);
    say(WorkerGone{id, boot_, WorkerExit::kCrashed});
  }
  std::vector<TaskId> claim(const std::string& worker, std::size_t count = 1) {
    std::vector<TaskId> tasks;
    for (const WorkEffect& effect : say(TaskClaim{worker, "transcribe", {"m"}, count})) {
      if (const auto* granted = std::get_if<LeaseGranted>(&effect)) tasks.push_back(granted->task);
    }
    return tasks;
  }
  void finish(const std::string& worker, TaskId task) {
    say(TaskFinished{worker, task, generation(task)});
  }
  void fail(const std::string& worker, TaskId task, Retry retry = Retry::kMayHelp) {
    say(TaskFailed{worker, task, generation(task), "model_error", retry});
  }
  void renew(const std::string& worker, TaskId task, std::uint64_t progress) {
    say(LeaseRenewed{worker, task, generation(task), progress});
  }

  /// Lets time pass in steps of 100 ms; beats each second.
  void wait(WorkDuration time) {
    const WorkTime end = now_ + time;
    while (now_ < end) {
      now_ = std::min(end, now_ + std::chrono::milliseconds(100));
      if (now_ - beaten_ >= std::chrono::seconds(1)) {
        beaten_ = now_;
        for (const std::string& id : beating_) beat(id);
      }
      say(Tick{});
    }
  }

  WorkTime now() const { return now_; }
  MediatorCore& core() { return core_; }
  const WorkLedger& ledger() const { return ledger_; }
  std::uint64_t boot() const { return boot_; }
  TaskProgress progress(TaskId task) const { return ledger_.tasks().at(task).progress; }
  TaskState state(TaskId task) const { return progress(task).state; }
  std::uint32_t generation(TaskId task) const { return progress(task).generation; }
  JobState job_state(const std::string& job) const { return ledger_.jobs().at(job).state; }
  WorkerState worker_state(const std::string& id) const {
    return core_.worker(id).value_or(WorkerState::kStopped);
  }

  /// All effects of one kind, since the beginning.
  template <typename Effect>
  std::vector<Effect> said() const {
    std::vector<Effect> found;
    for (const WorkEffect& effect : effects_) {
      if (const auto* one = std::get_if<Effect>(&effect)) found.push_back(*one);
    }
    return found;
  }
  std::vector<EventHappened> events(WorkEventKind kind) const {
    std::vector<EventHappened> found = said<EventHappened>();
    std::erase_if(found, [kind](const EventHappened& event) { return event.kind != kind; });
    return found;
  }
  void forget_effects() { effects_.clear(); }

 private:
  void beat(const std::string& id) {
    say(WorkerHeartbeat{id, core_.worker(id) == WorkerState::kLoading});
  }

  MediatorCore core_;
  WorkLedger ledger_;
  WorkTime now_{0};
  WorkTime beaten_{0};
  std::uint64_t boot_ = 0;
  std::set<std::string> beating_;
  std::vector<WorkEffect> effects_;
};

}  // namespace subtide::work
