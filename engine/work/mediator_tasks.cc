#include <algorithm>

#include "engine/work/mediator_core.h"

// A task's way: ready, leased, waiting for the next try, and its ends.

namespace subtide::work {

MediatorCore::OpenTask* MediatorCore::find_task(TaskId id) {
  const auto found = tasks_.find(id);
  return found == tasks_.end() ? nullptr : &found->second;
}

void MediatorCore::changed(const OpenTask& task) {
  effects_.push_back(TaskChanged{task.id, task.progress});
}

EventHappened MediatorCore::event_about(const OpenTask& task, WorkEventKind kind,
                                        std::string_view reason) {
  EventHappened event;
  event.kind = kind;
  event.task = task.id;
  event.job = jobs_.at(task.job).id;
  event.stage = task.stage;
  event.worker = task.progress.worker;
  event.generation = task.progress.generation;
  event.attempt = task.progress.attempts;
  event.reason = reason;
  event.effect_key = task.effect_key;
  event.media_time = task.span.duration();
  const auto lease = leases_.find(task.lease);
  if (lease != leases_.end()) {
    event.queue_time = lease->second.begun - task.ready_since;
    event.run_time = now_ - lease->second.begun;
  }
  return event;
}

void MediatorCore::on(const TaskAdded& added) {
  if (find_task(added.task.id) != nullptr) return;
  JobNumber number = 0;
  Job* job = find_job(added.task.job, &number);
  if (job == nullptr || job->state == JobState::kFinalizing ||
      job->state == JobState::kCancelling) {
    return refuse_task(added);
  }
  job->last_input = now_;
  const TaskProgress& progress = added.known;
  if (is_terminal(progress.state)) {  // known from before a restart
    if (progress.state == TaskState::kDone) return;
    job->gaps[added.task.id] = {added.task.id, added.task.span, progress.state, progress.reason};
    return;
  }
  if (job->state == JobState::kAccepted) set_state(*job, JobState::kQueued);
  job->open.insert(added.task.id);
  OpenTask& task = tasks_[added.task.id];
  task = OpenTask{added.task.id,
                  number,
                  added.task.stage,
                  added.task.model,
                  added.task.effect_key,
                  added.task.span,
                  {},
                  added.known,
                  {},
                  0,
                  false,
                  {}};
  task.place = {0, number, added.task.urgency, added.task.deadline, task.id};
  if (task.progress.attempts >= limits_.attempts) {
    const std::string reason = task.progress.reason;
    return end_task(task, TaskState::kDead, reason.empty() ? work_reason::kAttempts : reason);
  }
  if (added.task.deadline != WorkTime::max()) {
    timers_.arm({TimerKind::kTaskDeadline, task.id}, added.task.deadline);
  }
  make_ready(task);
}

// It comes too late to count in the job.
void MediatorCore::refuse_task(const TaskAdded& added) {
  if (is_terminal(added.known.state)) return;
  TaskProgress progress = added.known;
  progress.state = TaskState::kSkipped;
  progress.until = {};
  progress.reason = work_reason::kJobEnded;
  effects_.push_back(TaskChanged{added.task.id, progress});
}

void MediatorCore::on(const TaskFoundDone& found) {
  OpenTask* task = find_task(found.task);
  if (task == nullptr) return;
  if (task->lease == 0) task->progress.worker.clear();
  effects_.push_back(event_about(*task, WorkEventKind::kTaskCompleted, work_reason::kFoundDone));
  end_task(*task, TaskState::kDone, work_reason::kFoundDone);
}

void MediatorCore::on(const TaskGivenUp& given_up) {
  OpenTask* task = find_task(given_up.task);
  if (task != nullptr) end_task(*task, TaskState::kSkipped, given_up.reason);
}

void MediatorCore::on(const TaskFinished& finished) {
  WorkerRecord* worker = hear(finished.worker);
  const Lease* lease =
      worker == nullptr ? nullptr : held_lease(*worker, finished.task, finished.generation);
  if (lease == nullptr || lease->is_revoked) {
    return fence(finished.worker, finished.task, finished.generation);
  }
  OpenTask& task = tasks_.at(finished.task);
  run_times(lease->queue).add(now_ - lease->begun);
  effects_.push_back(event_about(task, WorkEventKind::kTaskCompleted, {}));
  drop_lease(lease->number);
  end_task(task, TaskState::kDone, {});
  tell_state(*worker);
}

void MediatorCore::on(const TaskFailed& failed) {
  WorkerRecord* worker = hear(failed.worker);
  const Lease* lease =
      worker == nullptr ? nullptr : held_lease(*worker, failed.task, failed.generation);
  if (lease == nullptr || lease->is_revoked) {
    return fence(failed.worker, failed.task, failed.generation);
  }
  OpenTask& task = tasks_.at(failed.task);
  effects_.push_back(event_about(task, WorkEventKind::kTaskFailed, failed.error_class));
  drop_lease(lease->number);
  task.progress.reason = failed.error_class;
  if (jobs_.at(task.job).state == JobState::kCancelling) {
    end_task(task, TaskState::kSkipped, work_reason::kCancelled);
  } else if (failed.retry == Retry::kIsUseless || task.progress.attempts >= limits_.attempts) {
    end_task(task, TaskState::kDead, failed.error_class);
  } else {
    retry_later(task);
  }
  tell_state(*worker);
}

void MediatorCore::make_ready(OpenTask& task) {
  const Company company = task.crashed.empty() ? Company::kAny : Company::kNone;
  task.progress.state = TaskState::kReady;
  task.progress.until = {};
  task.ready_since = now_;
  task.place.queue = queue_of(task.stage, task.model, company);
  if (queues_.size(task.place.queue) == 0) {
    services_[task.place.queue].served = now_;
    timers_.arm({TimerKind::kQueueUnserved, task.place.queue}, after(limits_.unserved));
  }
  queues_.add(task.place);
  task.is_queued = true;
  ++ready_;
  Stage& stage = stages_[task.stage];
  if (stage.number == 0) stage.number = ++last_number_;
  stage.waiting.emplace(now_, task.id);
  if (!std::exchange(stage.has_news, true)) stages_with_news_.push_back(task.stage);
  changed(task);
}

void MediatorCore::leave_ready(OpenTask& task) {
  task.is_queued = false;
  stages_.at(task.stage).waiting.erase({task.ready_since, task.id});
  --ready_;
}

// Half of the time that is left, at most: the other half is for the work itself.
WorkDuration MediatorCore::back_off(const OpenTask& task) {
  const auto last = limits_.back_off.size() - 1;
  const auto tried = static_cast<std::size_t>(std::max(task.progress.attempts, 1)) - 1;
  const WorkDuration longest = limits_.back_off[std::min(tried, last)];
  const WorkDuration wait(random_() % static_cast<std::uint64_t>(longest.count() + 1));
  if (task.place.deadline == WorkTime::max()) return wait;
  return std::clamp((task.place.deadline - now_) / 2, WorkDuration(0), wait);
}

void MediatorCore::retry_later(OpenTask& task) {
  task.progress.state = TaskState::kRetryWait;
  task.progress.until = after(back_off(task));
  timers_.arm({TimerKind::kTaskRetry, task.id}, task.progress.until);
  changed(task);
}

void MediatorCore::release_task(OpenTask& task, std::string_view reason, Attempt attempt) {
  if (attempt == Attempt::kDoesNotCount) --task.progress.attempts;
  task.progress.reason = reason;
  if (jobs_.at(task.job).state == JobState::kCancelling) {
    end_task(task, TaskState::kSkipped, work_reason::kCancelled);
  } else if (task.progress.attempts >= limits_.attempts) {
    end_task(task, TaskState::kDead, reason);
  } else {
    make_ready(task);
  }
}

void MediatorCore::end_task(OpenTask& task, TaskState state, std::string_view reason) {
  if (task.lease != 0) {
    revoke(leases_.at(task.lease), reason);
  } else if (task.is_queued) {
    queues_.remove(task.place);
    leave_ready(task);
  }
  timers_.disarm({TimerKind::kTaskRetry, task.id});
  timers_.disarm({TimerKind::kTaskDeadline, task.id});
  task.progress.state = state;
  task.progress.until = {};
  task.progress.reason = reason;
  changed(task);
  const JobNumber number = task.job;
  Job& job = jobs_.at(number);
  if (state != TaskState::kDone) {
    job.gaps[task.id] = {task.id, task.span, state, task.progress.reason};
  }
  if (state == TaskState::kDead) {
    effects_.push_back(event_about(task, WorkEventKind::kTaskDead, reason));
    effects_.push_back(DeadLetter{task.id, task.progress.reason});
  }
  job.open.erase(task.id);
  tasks_.erase(task.id);
  join_if_due(number);
}

}  // namespace subtide::work
