#include <algorithm>

#include "engine/work/mediator_core.h"

// How workers fail, and what becomes of what they had.

namespace subtide::work {

void MediatorCore::end_life(WorkerRecord& worker, WorkerLife life, std::string_view reason) {
  const std::vector<LeaseNumber> revoked = worker.revoked;
  for (const LeaseNumber number : revoked) drop_lease(number);
  worker.life = life;
  worker.is_loaded = worker.is_loading = worker.is_suspect = worker.is_draining = false;
  timers_.disarm({TimerKind::kWorkerSilence, worker.number});
  timers_.disarm({TimerKind::kWorkerLoad, worker.number});
  timers_.disarm({TimerKind::kWorkerDrain, worker.number});
  timers_.arm({TimerKind::kWorkerForget, worker.number}, after(limits_.forget_after));
  tell_state(worker, reason);
}

void MediatorCore::crash(WorkerRecord& worker, std::string_view reason) {
  WorkerCrash record{now_, {}};
  for (const LeaseNumber number : worker.leases) record.tasks.push_back(leases_.at(number).task);
  worker.crashes.push_back(record);
  for (const TaskId id : record.tasks) {
    OpenTask& task = tasks_.at(id);
    task.crashed.insert(worker.id);
    revoke(leases_.at(task.lease), reason);
    if (task.crashed.size() >= limits_.workers_to_condemn) {
      condemn(task);
    } else {
      release_task(task, reason, Attempt::kCounts);
    }
  }
  end_life(worker, WorkerLife::kDead, reason);
  if (worker.count_crashes(now_ - limits_.crash_window) < limits_.crashes_to_quarantine) return;
  worker.is_quarantined = true;
  timers_.arm({TimerKind::kWorkerQuarantine, worker.number}, after(limits_.quarantine));
  tell_state(worker, reason);
}

void MediatorCore::condemn(OpenTask& task) {
  for (const std::string& id : task.crashed) {
    WorkerRecord* worker = find_worker(id);
    if (worker == nullptr) continue;
    worker->forgive(task.id);
    const bool is_cleared =
        worker->count_crashes(now_ - limits_.crash_window) < limits_.crashes_to_quarantine;
    if (!worker->is_quarantined || !is_cleared) continue;
    worker->is_quarantined = false;
    timers_.disarm({TimerKind::kWorkerQuarantine, worker->number});
    tell_state(*worker, work_reason::kPoison);
  }
  end_task(task, TaskState::kDead, work_reason::kPoison);
}

void MediatorCore::kill(WorkerRecord& worker, std::string_view reason) {
  effects_.push_back(KillWorker{worker.id, worker.boot, std::string(reason), worker.is_ours});
  crash(worker, reason);
}

// Silence is not a crash: the machine may have been busy, or the process stopped for a while.
void MediatorCore::worker_silent(WorkerRecord& worker) {
  const TimerKind kind = TimerKind::kWorkerSilence;
  const WorkDuration silence = now_ - worker.heard;
  if (silence < limits_.suspect_after) {
    timers_.arm({kind, worker.number}, worker.heard + limits_.suspect_after);
  } else if (silence < limits_.dead_after) {
    worker.is_suspect = true;
    tell_state(worker, work_reason::kSilent);
    timers_.arm({kind, worker.number}, worker.heard + limits_.dead_after);
  } else if (worker.life == WorkerLife::kAlive) {
    worker.is_suspect = true;
    take_back(worker, work_reason::kSilent, Attempt::kCounts);
    worker.life = WorkerLife::kSilent;
    tell_state(worker, work_reason::kSilent);
    timers_.arm({kind, worker.number}, worker.heard + limits_.kill_after);
  } else {
    effects_.push_back(
        KillWorker{worker.id, worker.boot, std::string(work_reason::kSilent), worker.is_ours});
    end_life(worker, WorkerLife::kDead, work_reason::kSilent);
  }
}

void MediatorCore::worker_timer(TimerKind kind, std::uint64_t number) {
  const auto found = workers_.find(number);
  if (found == workers_.end()) return;
  WorkerRecord& worker = found->second;
  if (kind == TimerKind::kWorkerSilence) {
    worker_silent(worker);
  } else if (kind == TimerKind::kWorkerLoad) {
    if (!worker.is_loaded) kill(worker, work_reason::kLoadTime);
  } else if (kind == TimerKind::kWorkerDrain) {
    take_back(worker, work_reason::kDrainTime, Attempt::kDoesNotCount);
    effects_.push_back(
        KillWorker{worker.id, worker.boot, std::string(work_reason::kDrainTime), worker.is_ours});
    end_life(worker, WorkerLife::kStopped, work_reason::kDrainTime);
  } else if (kind == TimerKind::kWorkerQuarantine) {
    worker.is_quarantined = false;
    tell_state(worker);
  } else {
    worker_numbers_.erase(worker.id);
    workers_.erase(found);
  }
}

}  // namespace subtide::work
