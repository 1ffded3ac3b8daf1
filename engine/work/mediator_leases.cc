#include <algorithm>

#include "engine/work/mediator_core.h"

// Who has which task, until when, and whether it moves on.

namespace subtide::work {

void MediatorCore::on(const TaskClaim& claim) {
  WorkerRecord* worker = hear(claim.worker);
  if (worker == nullptr) return;
  worker->is_loaded = true;
  offer_models(*worker, claim.models);
  believe_claim(*worker, claim.count);
  tell_state(*worker);
  if (claim.stage == worker->stage && worker->may_lease()) grant(*worker, claim.count);
  tell_state(*worker);
}

// A worker that has more room than it should have let go of something: of what was revoked, or of
// a lease it never heard of. Claims cross grants, so only a lease that should have been renewed
// long since is taken for lost.
void MediatorCore::believe_claim(WorkerRecord& worker, std::size_t count) {
  const auto is_too_much = [&] {
    return worker.leases.size() + worker.revoked.size() + count > worker.credit;
  };
  while (is_too_much() && !worker.revoked.empty()) drop_lease(worker.revoked.front());
  const std::vector<LeaseNumber> held = worker.leases;
  for (const LeaseNumber number : held) {
    Lease& lease = leases_.at(number);
    const bool is_overdue = now_ - lease.begun > limits_.renewal + limits_.heartbeat;
    if (!is_too_much() || lease.is_renewed || !is_overdue) continue;
    OpenTask& task = tasks_.at(lease.task);
    revoke(lease, work_reason::kGrantLost);
    drop_lease(number);
    release_task(task, work_reason::kGrantLost, Attempt::kCounts);
  }
}

void MediatorCore::grant(WorkerRecord& worker, std::size_t count) {
  const std::size_t held = worker.leases.size() + worker.revoked.size();
  std::size_t room = std::min(count, worker.credit - std::min(worker.credit, held));
  while (room > 0 && !worker.is_alone) {
    const auto place = queues_.next_of(worker.queues);
    if (!place) return;
    if (place->deadline <= now_) {
      end_task(tasks_.at(place->task), TaskState::kSkipped, work_reason::kDeadline);
      continue;
    }
    const bool is_alone = queues_.company(place->queue) == Company::kNone;
    // It runs empty, so that the task can be tried alone.
    if (is_alone && !(worker.leases.empty() && worker.revoked.empty())) return;
    lease_task(worker, *place);
    worker.is_alone = is_alone;
    --room;
  }
}

void MediatorCore::lease_task(WorkerRecord& worker, const ReadyPlace& place) {
  OpenTask& task = tasks_.at(place.task);
  queues_.take(place);
  leave_ready(task);
  ++leased_;
  services_[place.queue].served = now_;
  worker.last_lease = now_;
  TaskProgress& progress = task.progress;
  progress.state = TaskState::kLeased;
  ++progress.generation;
  ++progress.attempts;
  progress.worker = worker.id;
  progress.until = after(limits_.lease);
  progress.reason.clear();
  task.lease = ++last_number_;
  Lease& lease = leases_[task.lease];
  lease.number = task.lease;
  lease.task = task.id;
  lease.generation = progress.generation;
  lease.worker = worker.number;
  lease.queue = place.queue;
  lease.begun = now_;
  lease.deadline = place.deadline;
  worker.leases.push_back(lease.number);
  timers_.arm({TimerKind::kLeaseEnd, lease.number}, progress.until);
  watch_progress(lease);
  Job& job = jobs_.at(task.job);
  if (job.state == JobState::kQueued) set_state(job, JobState::kRunning);
  changed(task);
  effects_.push_back(event_about(task, WorkEventKind::kTaskLeased, {}));
  effects_.push_back(LeaseGranted{worker.id, task.id, progress.generation, progress.until});
}

void MediatorCore::watch_progress(const Lease& lease) {
  const WorkDuration time_left =
      lease.deadline == WorkTime::max() ? WorkDuration::max() : lease.deadline - now_;
  const WorkDuration limit = run_times(lease.queue).stall_limit(limits_, time_left);
  timers_.arm({TimerKind::kLeaseStall, lease.number},
              std::min(after(limit), lease.begun + limits_.longest_run));
}

void MediatorCore::on(const LeaseRenewed& renewed) {
  WorkerRecord* worker = hear(renewed.worker);
  if (worker == nullptr) return;
  Lease* lease = held_lease(*worker, renewed.task, renewed.generation);
  if (lease == nullptr || lease->is_revoked) {
    effects_.push_back(LeaseRevoked{renewed.worker, renewed.task, renewed.generation,
                                    std::string(work_reason::kNotHeld)});
  }
  if (lease == nullptr) return;
  lease->is_renewed = true;
  if (std::exchange(lease->progress, renewed.progress) != renewed.progress) watch_progress(*lease);
  if (lease->is_revoked) return;
  OpenTask& task = tasks_.at(lease->task);
  if (jobs_.at(task.job).state == JobState::kCancelling) {
    effects_.push_back(LeaseRevoked{renewed.worker, renewed.task, renewed.generation,
                                    std::string(work_reason::kCancelled)});
  }
  task.progress.until = after(limits_.lease);
  timers_.arm({TimerKind::kLeaseEnd, lease->number}, task.progress.until);
}

void MediatorCore::on(const LeaseReturned& returned) {
  WorkerRecord* worker = hear(returned.worker);
  if (worker == nullptr) return;
  Lease* lease = held_lease(*worker, returned.task, returned.generation);
  if (lease == nullptr) return;
  const LeaseNumber number = lease->number;
  if (!lease->is_revoked) {
    OpenTask& task = tasks_.at(lease->task);
    revoke(*lease, work_reason::kReturned);
    release_task(task, work_reason::kReturned,
                 worker->is_draining ? Attempt::kDoesNotCount : Attempt::kCounts);
  }
  drop_lease(number);
  tell_state(*worker);
}

MediatorCore::Lease* MediatorCore::held_lease(const WorkerRecord& worker, TaskId task,
                                              std::uint32_t generation) {
  for (const auto* held : {&worker.leases, &worker.revoked}) {
    for (const LeaseNumber number : *held) {
      Lease& lease = leases_.at(number);
      if (lease.task == task && lease.generation == generation) return &lease;
    }
  }
  return nullptr;
}

void MediatorCore::fence(std::string_view worker, TaskId task, std::uint32_t generation) {
  ++fenced_;
  effects_.push_back(ResultFenced{std::string(worker), task, generation});
  const WorkerRecord* known = find_worker(worker);
  const Lease* lease = known == nullptr ? nullptr : held_lease(*known, task, generation);
  if (lease != nullptr) drop_lease(lease->number);
}

// The worker may be busy with it still, so its progress stays watched: a worker that hangs in a
// task nobody wants hangs all the same.
void MediatorCore::revoke(Lease& lease, std::string_view reason) {
  OpenTask& task = tasks_.at(lease.task);
  WorkerRecord& worker = workers_.at(lease.worker);
  effects_.push_back(event_about(task, WorkEventKind::kLeaseExpired, reason));
  effects_.push_back(LeaseRevoked{worker.id, lease.task, lease.generation, std::string(reason)});
  task.lease = 0;
  --leased_;
  lease.is_revoked = true;
  timers_.disarm({TimerKind::kLeaseEnd, lease.number});
  std::erase(worker.leases, lease.number);
  worker.revoked.push_back(lease.number);
  tell_state(worker);
}

void MediatorCore::drop_lease(LeaseNumber number) {
  const Lease& lease = leases_.at(number);
  WorkerRecord& worker = workers_.at(lease.worker);
  if (!lease.is_revoked) {
    tasks_.at(lease.task).lease = 0;
    --leased_;
  }
  std::erase(worker.leases, number);
  std::erase(worker.revoked, number);
  if (worker.leases.empty()) worker.is_alone = false;
  timers_.disarm({TimerKind::kLeaseEnd, number});
  timers_.disarm({TimerKind::kLeaseStall, number});
  leases_.erase(number);
}

void MediatorCore::lease_ended(LeaseNumber number) {
  const auto found = leases_.find(number);
  if (found == leases_.end()) return;
  OpenTask& task = tasks_.at(found->second.task);
  revoke(found->second, work_reason::kLeaseEnd);
  release_task(task, work_reason::kLeaseEnd, Attempt::kCounts);
}

void MediatorCore::lease_stalled(LeaseNumber number) {
  const auto found = leases_.find(number);
  if (found == leases_.end()) return;
  WorkerRecord& worker = workers_.at(found->second.worker);
  if (worker.is_suspect) {  // silent rather than stalled; which of the two shows soon
    timers_.arm({TimerKind::kLeaseStall, number}, after(limits_.dead_after));
  } else {
    kill(worker, work_reason::kStalled);
  }
}

void MediatorCore::take_back(WorkerRecord& worker, std::string_view reason, Attempt attempt) {
  while (!worker.leases.empty()) {
    Lease& lease = leases_.at(worker.leases.front());
    OpenTask& task = tasks_.at(lease.task);
    revoke(lease, reason);
    release_task(task, reason, attempt);
  }
}

}  // namespace subtide::work
