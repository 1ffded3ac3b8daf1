#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/work/mediator_core.h"
#include "tests/engine/work/simulated_worker.h"
#include "tests/engine/work/work_ledger.h"

namespace subtide::work {

/// A mediator among workers and jobs that misbehave at random, on a clock of its own. The same
/// seed gives the same run.
class WorkSimulation {
 public:
  explicit WorkSimulation(std::uint64_t seed)
      : chance_(seed), core_(simulated_limits(seed), seed), workers_(6) {
    for (std::size_t i = 0; i < workers_.size(); ++i) {
      workers_[i].id = "w" + std::to_string(i);
      workers_[i].credit = 1 + i % 3;
    }
  }

  /// Runs for that many steps of the mediator, or until something is not as it must be.
  void run(std::size_t steps) {
    while (steps_ < steps && ledger_.breach().empty()) turn();
  }
  /// Nothing misbehaves any more: every job must come to its end within an hour of its clock.
  void settle() {
    chance_.calm_down();
    const WorkTime end = now_ + std::chrono::hours(1);
    for (SimulatedWorker& worker : workers_) worker.heal();
    for (const auto& [id, job] : ledger_.jobs()) {
      if (!is_terminal(job.state)) closing_.insert(id);
    }
    for (const std::string& id : closing_) say(JobClosed{id});
    while (core_.counts().jobs > 0 && now_ < end && ledger_.breach().empty()) turn();
  }

  std::size_t steps() const { return steps_; }
  const MediatorCore& core() const { return core_; }
  const WorkLedger& ledger() const { return ledger_; }
  /// What happened how often; a run in which something never happened has not tried it.
  const std::map<std::string, std::size_t>& tally() const { return tally_; }

 private:
  /// A moment of everybody's life.
  void turn() {
    now_ += std::chrono::milliseconds(chance_.is_calm() ? 100 : 20);
    for (SimulatedWorker& worker : workers_) live(worker);
    live_jobs();
    deliver();
    say(Tick{});
    // The engine itself stands still now and then.
    if (chance_.happens(0.0002)) now_ += chance_.up_to(std::chrono::seconds(8));
  }

  void say(const WorkInput& input) {
    ++steps_;
    const auto effects = core_.step(input, now_);
    ledger_.read(core_, input, effects);
    for (const WorkEffect& effect : effects) note(effect);
  }

  void note(const WorkEffect& effect) {
    if (const auto* event = std::get_if<EventHappened>(&effect)) {
      ++tally_[std::string(to_string(event->kind))];
      if (!event->reason.empty()) ++tally_[event->reason];
    } else if (const auto* changed = std::get_if<JobChanged>(&effect)) {
      ++tally_[std::string(to_string(changed->state))];
      if (!changed->reason.empty()) ++tally_[changed->reason];
    } else if (const auto* join = std::get_if<JoinReady>(&effect)) {
      if (!chance_.happens(0.02))
        finalizing_.emplace(now_ + chance_.up_to(std::chrono::seconds(3)), join->job);
    } else if (std::holds_alternative<ResultFenced>(effect)) {
      ++tally_["fenced"];
    } else if (std::holds_alternative<WorkAvailable>(effect)) {
      ++tally_["work.available"];
    } else {
      post(effect);
    }
  }

  // Letters to and from workers: some are late, some come twice, some never.
  template <typename What>
  void post(const What& what) {
    if (chance_.happens(0.01)) return;
    const int copies = chance_.happens(0.05) ? 2 : 1;
    for (int copy = 0; copy < copies; ++copy) {
      WorkDuration delay = chance_.up_to(std::chrono::milliseconds(10));
      if (chance_.happens(0.03)) delay += chance_.up_to(std::chrono::seconds(8));
      letters_.emplace(now_ + delay, what);
    }
  }
  void deliver() {
    while (!letters_.empty() && letters_.begin()->first <= now_) {
      const auto what = std::move(letters_.begin()->second);
      letters_.erase(letters_.begin());
      if (const auto* input = std::get_if<WorkInput>(&what)) {
        say(*input);
      } else {
        std::visit([this](const auto& effect) { receive(effect); }, std::get<WorkEffect>(what));
      }
    }
  }

  SimulatedWorker* alive(const std::string& id) {
    const auto found =
        std::find_if(workers_.begin(), workers_.end(),
                     [&id](const SimulatedWorker& worker) { return worker.id == id; });
    return found != workers_.end() && found->is_up ? &*found : nullptr;
  }
  void receive(const LeaseGranted& granted) {
    SimulatedWorker* worker = alive(granted.worker);
    if (worker == nullptr || worker->runs.size() >= worker->credit) return;
    const bool is_long = chance_.happens(0.01);
    const WorkDuration length = chance_.up_to(is_long ? WorkDuration(std::chrono::seconds(40))
                                                      : std::chrono::milliseconds(600));
    worker->runs.push_back(
        {granted.task, granted.generation, now_ + length, now_ + std::chrono::seconds(5)});
    if (!chance_.is_calm() && granted.task % 997 == 0) {  // a poison
      crash(*worker);
    } else if (chance_.happens(0.0005)) {
      worker->is_hung = true;
    }
  }
  void receive(const LeaseRevoked& revoked) {
    SimulatedWorker* worker = alive(revoked.worker);
    if (worker == nullptr || chance_.happens(0.2)) return;  // some models cannot be stopped
    std::erase_if(worker->runs, [&revoked](const SimulatedRun& run) {
      return run.task == revoked.task && run.generation == revoked.generation;
    });
  }
  void receive(const KillWorker& kill) {
    SimulatedWorker* worker = alive(kill.worker);
    if (worker != nullptr && worker->boot == kill.boot) crash(*worker);
  }
  void receive(const RegistrationWanted& wanted) {
    if (SimulatedWorker* worker = alive(wanted.worker)) introduce(*worker);
  }
  template <typename Other>
  void receive(const Other&) {}

  // Exits are seen by the engine itself: late perhaps, but always.
  void end(SimulatedWorker& worker, WorkerExit exit) {
    worker.is_up = false;
    worker.runs.clear();
    worker.starts = now_ + chance_.up_to(std::chrono::seconds(4));
    letters_.emplace(now_ + chance_.up_to(std::chrono::milliseconds(100)),
                     WorkInput(WorkerGone{worker.id, worker.boot, exit}));
  }
  void crash(SimulatedWorker& worker) {
    ++tally_["crash"];
    end(worker, WorkerExit::kCrashed);
  }
  void introduce(const SimulatedWorker& worker) {
    post(WorkInput(
        WorkerRegistered{worker.id, worker.boot, "transcribe", models_, worker.credit, true}));
  }
  void start(SimulatedWorker& worker) {
    ++worker.boot;
    worker.is_up = true;
    worker.is_hung = worker.is_draining = false;
    worker.ready = now_ + chance_.up_to(std::chrono::seconds(1));
    introduce(worker);
  }

  void live(SimulatedWorker& worker) {
    if (!worker.is_up) {
      if (now_ >= worker.starts) start(worker);
      return;
    }
    if (chance_.happens(0.0002)) return crash(worker);
    if (chance_.happens(0.0002))
      worker.paused_until = now_ + chance_.up_to(std::chrono::seconds(40));
    if (now_ < worker.paused_until) return;
    if (now_ - worker.beats >= std::chrono::seconds(1)) {
      worker.beats = now_;
      post(WorkInput(WorkerHeartbeat{worker.id, now_ < worker.ready}));
    }
    if (now_ < worker.ready) return;
    if (!worker.is_draining && chance_.happens(0.0001)) {
      worker.is_draining = true;
      post(WorkInput(WorkerDraining{worker.id}));
    }
    if (worker.is_draining) return leave(worker);
    work(worker);
    claim(worker);
  }
  void leave(SimulatedWorker& worker) {
    if (chance_.happens(0.05)) {
      for (const SimulatedRun& run : worker.runs) {
        post(WorkInput(LeaseReturned{worker.id, run.task, run.generation}));
      }
      worker.runs.clear();
    }
    if (!worker.runs.empty() && chance_.happens(0.02)) worker.is_hung = true;
    work(worker);
    if (worker.runs.empty()) end(worker, WorkerExit::kClean);
  }
  void work(SimulatedWorker& worker) {
    if (worker.is_hung && worker.boot % 2 == 0) return;  // so that it does not even renew
    for (SimulatedRun& run : worker.runs) {
      if (now_ < run.renews) continue;
      run.renews = now_ + std::chrono::seconds(5);
      if (!worker.is_hung) ++worker.progress;
      post(WorkInput(LeaseRenewed{worker.id, run.task, run.generation, worker.progress}));
    }
    if (worker.is_hung) return;
    std::erase_if(worker.runs, [&](const SimulatedRun& run) {
      if (now_ < run.ends) return false;
      answer(worker, run);
      return true;
    });
  }
  void answer(const SimulatedWorker& worker, const SimulatedRun& run) {
    if (chance_.happens(0.05)) {
      const Retry retry = chance_.happens(0.2) ? Retry::kIsUseless : Retry::kMayHelp;
      post(WorkInput(TaskFailed{worker.id, run.task, run.generation, "model_error", retry}));
    } else {
      post(WorkInput(TaskFinished{worker.id, run.task, run.generation}));
    }
  }
  void claim(SimulatedWorker& worker) {
    if (worker.is_hung || now_ < worker.claims || worker.runs.size() >= worker.credit) return;
    worker.claims = now_ + chance_.up_to(std::chrono::milliseconds(200));
    std::size_t count = worker.credit - worker.runs.size();
    if (chance_.happens(0.01)) count += 3;  // it cannot count
    post(WorkInput(TaskClaim{worker.id, "transcribe", models_, count}));
  }

  void live_jobs() {
    while (!finalizing_.empty() && finalizing_.begin()->first <= now_) {
      const std::string job = finalizing_.begin()->second;
      finalizing_.erase(finalizing_.begin());
      const auto outcome = chance_.happens(0.1) ? FinalizeOutcome::kFailed : FinalizeOutcome::kOk;
      say(JobFinalized{job, outcome, {}});
    }
    if (chance_.is_calm()) return;
    if (open_.size() < 5 && chance_.happens(0.05)) {
      open_.push_back("j" + std::to_string(++last_job_));
      say(JobAdded{open_.back()});
    }
    if (open_.empty()) return;
    const std::size_t pick = chance_.below(open_.size());
    const std::string job = open_[pick];
    if (chance_.happens(0.3) && core_.counts().tasks < 200) add_task(job);
    if (chance_.happens(0.02)) say(JobInputAlive{job});
    if (chance_.happens(0.002)) {
      say(JobClosed{job});
      open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(pick));
    } else if (chance_.happens(0.0005)) {
      say(JobCancelled{job});
      if (chance_.happens(0.5)) open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(pick));
    }
    if (chance_.happens(0.005) && last_task_ > 0) say(TaskGivenUp{recent_task(), "seek"});
    if (chance_.happens(0.005) && last_task_ > 0) say(TaskFoundDone{recent_task()});
  }
  TaskId recent_task() { return last_task_ - std::min<TaskId>(chance_.below(30), last_task_ - 1); }
  void add_task(const std::string& job) {
    Task task;
    task.id = ++last_task_;
    task.job = job;
    task.stage = "transcribe";
    task.model = models_[chance_.below(models_.size())];
    if (chance_.happens(0.005)) task.model = "nobody has it";
    if (chance_.happens(0.3)) {
      task.urgency = Urgency::kLive;
      task.deadline = now_ + std::chrono::seconds(1) + chance_.up_to(std::chrono::seconds(9));
    }
    say(TaskAdded{task, {}});
  }

  Chance chance_;
  MediatorCore core_;
  WorkLedger ledger_;
  const std::vector<std::string> models_{"a", "b"};
  WorkTime now_{0};
  std::size_t steps_ = 0;
  std::vector<SimulatedWorker> workers_;
  std::multimap<WorkTime, std::variant<WorkInput, WorkEffect>> letters_;
  std::multimap<WorkTime, std::string> finalizing_;
  std::vector<std::string> open_;
  std::set<std::string> closing_;
  std::uint64_t last_job_ = 0;
  TaskId last_task_ = 0;
  std::map<std::string, std::size_t> tally_;
};

}  // namespace subtide::work
