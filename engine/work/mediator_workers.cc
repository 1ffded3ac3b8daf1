#include <algorithm>

#include "engine/work/mediator_core.h"

// What workers say of themselves.

namespace subtide::work {

WorkerRecord* MediatorCore::find_worker(std::string_view id) {
  const auto found = worker_numbers_.find(std::string(id));
  return found == worker_numbers_.end() ? nullptr : &workers_.at(found->second);
}

WorkerRecord* MediatorCore::hear(std::string_view id) {
  WorkerRecord* worker = find_worker(id);
  if (worker == nullptr || !worker->has_life()) {
    effects_.push_back(RegistrationWanted{std::string(id)});
    return nullptr;
  }
  note_life(*worker);
  tell_state(*worker);
  return worker;
}

void MediatorCore::note_life(WorkerRecord& worker) {
  worker.heard = now_;
  if (worker.life == WorkerLife::kAlive && !worker.is_suspect) return;
  const bool was_silent = std::exchange(worker.life, WorkerLife::kAlive) == WorkerLife::kSilent;
  worker.is_suspect = false;
  timers_.arm({TimerKind::kWorkerSilence, worker.number}, after(limits_.suspect_after));
  if (!was_silent) return;
  for (const LeaseNumber number : worker.revoked) watch_progress(leases_.at(number));
}

void MediatorCore::on(const WorkerRegistered& registered) {
  WorkerRecord* worker = find_worker(registered.worker);
  if (worker != nullptr && registered.boot < worker->boot) return;
  if (worker != nullptr && worker->has_life()) {
    if (registered.boot == worker->boot) return void(hear(registered.worker));
    end_former_life(*worker);
  }
  if (worker == nullptr) {
    const std::uint64_t number = ++last_number_;
    worker_numbers_[registered.worker] = number;
    worker = &workers_[number];
    worker->number = number;
    worker->id = registered.worker;
  }
  begin_life(*worker, registered);
}

// Nobody saw it end.
void MediatorCore::end_former_life(WorkerRecord& worker) {
  if (!worker.is_draining) return crash(worker, work_reason::kRestarted);
  take_back(worker, work_reason::kRestarted, Attempt::kDoesNotCount);
  end_life(worker, WorkerLife::kStopped, work_reason::kRestarted);
}

void MediatorCore::begin_life(WorkerRecord& worker, const WorkerRegistered& registered) {
  worker.boot = registered.boot;
  worker.stage = registered.stage;
  worker.credit = std::max<std::size_t>(registered.credit, 1);
  worker.is_ours = registered.is_ours;
  worker.queues.clear();
  offer_models(worker, registered.models);
  worker.life = WorkerLife::kAlive;
  worker.heard = now_;
  timers_.disarm({TimerKind::kWorkerForget, worker.number});
  timers_.arm({TimerKind::kWorkerSilence, worker.number}, after(limits_.suspect_after));
  timers_.arm({TimerKind::kWorkerLoad, worker.number}, after(limits_.load));
  worker.told = worker.state();
  tell_worker(worker, WorkEventKind::kWorkerRegistered, {});
}

void MediatorCore::on(const WorkerHeartbeat& heartbeat) {
  WorkerRecord* worker = hear(heartbeat.worker);
  if (worker == nullptr) return;
  worker->is_loading = heartbeat.is_loading;
  tell_state(*worker);
}

void MediatorCore::on(const WorkerReady& ready) {
  WorkerRecord* worker = hear(ready.worker);
  if (worker == nullptr) return;
  worker->is_loaded = true;
  offer_models(*worker, ready.models);
  tell_state(*worker);
}

void MediatorCore::on(const WorkerDraining& draining) {
  WorkerRecord* worker = hear(draining.worker);
  if (worker == nullptr || worker->is_draining) return;
  worker->is_draining = true;
  timers_.arm({TimerKind::kWorkerDrain, worker->number}, after(limits_.drain));
  tell_state(*worker);
}

void MediatorCore::on(const WorkerGone& gone) {
  WorkerRecord* worker = find_worker(gone.worker);
  if (worker == nullptr || gone.boot < worker->boot) return;
  if (gone.boot == worker->boot && !worker->has_life()) return;
  worker->boot = gone.boot;  // a later one never came to register
  if (gone.exit == WorkerExit::kCrashed) return crash(*worker, work_reason::kCrashed);
  take_back(*worker, work_reason::kExited,
            worker->is_draining ? Attempt::kDoesNotCount : Attempt::kCounts);
  end_life(*worker, WorkerLife::kStopped, work_reason::kExited);
}

void MediatorCore::offer_models(WorkerRecord& worker, const std::vector<std::string>& models) {
  if (worker.models == models && !worker.queues.empty()) return;
  worker.models = models;
  worker.queues.clear();
  for (const std::string& model : models) {
    for (const Company company : {Company::kAny, Company::kNone}) {
      const QueueNumber queue = queue_of(worker.stage, model, company);
      const auto& queues = worker.queues;
      if (std::find(queues.begin(), queues.end(), queue) == queues.end()) {
        worker.queues.push_back(queue);
      }
    }
  }
}

void MediatorCore::tell_worker(const WorkerRecord& worker, WorkEventKind kind,
                               std::string_view reason) {
  EventHappened event;
  event.kind = kind;
  event.worker = worker.id;
  event.stage = worker.stage;
  event.reason = reason;
  event.models = worker.models;
  effects_.push_back(std::move(event));
}

void MediatorCore::tell_state(WorkerRecord& worker, std::string_view reason) {
  const WorkerState before = worker.told;
  const WorkerState state = worker.state();
  if (state == before) return;
  worker.told = state;
  switch (state) {
    case WorkerState::kStarting:
    case WorkerState::kLoading:
      return;
    case WorkerState::kReady:
    case WorkerState::kBusy:
      if (before == WorkerState::kReady || before == WorkerState::kBusy) return;
      return tell_worker(worker, WorkEventKind::kWorkerReady, reason);
    case WorkerState::kDraining:
      return tell_worker(worker, WorkEventKind::kWorkerDraining, reason);
    case WorkerState::kStopped:
      return tell_worker(worker, WorkEventKind::kWorkerStopped, reason);
    case WorkerState::kSuspect:
      return tell_worker(worker, WorkEventKind::kWorkerSuspect, reason);
    case WorkerState::kDead:
      return tell_worker(worker, WorkEventKind::kWorkerDead, reason);
    case WorkerState::kQuarantined:
      return tell_worker(worker, WorkEventKind::kWorkerQuarantined, reason);
  }
}

}  // namespace subtide::work
