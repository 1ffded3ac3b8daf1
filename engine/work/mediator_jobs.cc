#include <algorithm>

#include "engine/work/mediator_core.h"

// A job's way: accepted, queued, running, finalizing, and its ends.

namespace subtide::work {

MediatorCore::Job* MediatorCore::find_job(std::string_view id, JobNumber* number) {
  const auto found = job_numbers_.find(std::string(id));
  if (found == job_numbers_.end()) return nullptr;
  if (number != nullptr) *number = found->second;
  return &jobs_.at(found->second);
}

void MediatorCore::set_state(Job& job, JobState state, std::string_view reason) {
  job.state = state;
  effects_.push_back(JobChanged{job.id, state, std::string(reason)});
}

void MediatorCore::end_job(JobNumber number, JobState state, std::string_view reason) {
  Job& job = jobs_.at(number);
  set_state(job, state, reason);
  timers_.disarm({TimerKind::kJob, number});
  job_numbers_.erase(job.id);
  jobs_.erase(number);
}

void MediatorCore::on(const JobAdded& added) {
  if (find_job(added.job) != nullptr) return;
  const JobNumber number = ++last_number_;
  job_numbers_[added.job] = number;
  Job& job = jobs_[number];
  job.id = added.job;
  job.last_input = now_;
  timers_.arm({TimerKind::kJob, number}, after(limits_.input));
}

void MediatorCore::on(const JobInputAlive& alive) {
  if (Job* job = find_job(alive.job)) job->last_input = now_;
}

void MediatorCore::on(const JobClosed& closed) {
  JobNumber number = 0;
  Job* job = find_job(closed.job, &number);
  if (job == nullptr || job->is_closed) return;
  job->is_closed = true;
  join_if_due(number);
}

// Workers get a moment to let go: what they finish within it still counts.
void MediatorCore::on(const JobCancelled& cancelled) {
  JobNumber number = 0;
  Job* job = find_job(cancelled.job, &number);
  if (job == nullptr || job->state == JobState::kCancelling) return;
  set_state(*job, JobState::kCancelling);
  timers_.arm({TimerKind::kJob, number}, after(limits_.cancel));
  if (job->open.empty()) return join_if_due(number);
  const std::vector<TaskId> open(job->open.begin(), job->open.end());
  for (const TaskId id : open) {
    OpenTask& task = tasks_.at(id);
    if (task.lease == 0) {
      end_task(task, TaskState::kSkipped, work_reason::kCancelled);
    } else {
      effects_.push_back(LeaseRevoked{task.progress.worker, id, task.progress.generation,
                                      std::string(work_reason::kCancelled)});
    }
  }
}

void MediatorCore::on(const JobFinalized& finalized) {
  JobNumber number = 0;
  Job* job = find_job(finalized.job, &number);
  if (job == nullptr || job->state != JobState::kFinalizing) return;
  if (finalized.outcome == FinalizeOutcome::kFailed) {
    return end_job(number, JobState::kFailed, finalized.reason);
  }
  const bool is_whole =
      finalized.outcome == FinalizeOutcome::kOk && job->gaps.empty() && job->reason.empty();
  const std::string reason = finalized.reason.empty() ? job->reason : finalized.reason;
  end_job(number, is_whole ? JobState::kCompleted : JobState::kCompletedDegraded, reason);
}

void MediatorCore::join_if_due(JobNumber number) {
  Job& job = jobs_.at(number);
  if (!job.open.empty()) return;
  if (job.state == JobState::kCancelling) return end_job(number, JobState::kCancelled, {});
  if (!job.is_closed) return;
  set_state(job, JobState::kFinalizing, job.reason);
  timers_.arm({TimerKind::kJob, number}, after(limits_.finalize));
  JoinReady join{job.id, {}};
  for (const auto& [id, gap] : job.gaps) join.gaps.push_back(gap);
  effects_.push_back(std::move(join));
}

void MediatorCore::job_timer(JobNumber number) {
  const auto found = jobs_.find(number);
  if (found == jobs_.end()) return;
  Job& job = found->second;
  if (job.state == JobState::kFinalizing) {
    return end_job(number, JobState::kFailed, work_reason::kFinalizeTime);
  }
  if (job.state == JobState::kCancelling) {
    const std::vector<TaskId> open(job.open.begin(), job.open.end());
    for (const TaskId id : open) {
      end_task(tasks_.at(id), TaskState::kSkipped, work_reason::kCancelled);
    }
    return;
  }
  if (job.is_closed) return;  // its tasks have their own timers
  if (now_ - job.last_input < limits_.input) {
    timers_.arm({TimerKind::kJob, number}, job.last_input + limits_.input);
    return;
  }
  job.is_closed = true;
  job.reason = work_reason::kInputStalled;
  join_if_due(number);
}

}  // namespace subtide::work
