#include "engine/work/mediator_core.h"

#include <algorithm>

// Construction, time, and what is announced to the stages.

namespace subtide::work {

MediatorCore::MediatorCore(WorkLimits limits, std::uint64_t seed)
    : limits_(limits), random_(seed) {}

std::vector<WorkEffect> MediatorCore::step(const WorkInput& input, WorkTime now) {
  now_ = std::max(now_, now);
  std::visit([this](const auto& what) { on(what); }, input);
  announce();
  return std::exchange(effects_, {});
}

void MediatorCore::on(const Tick&) {
  while (const auto timer = timers_.take_due(now_)) fire(*timer);
}

void MediatorCore::fire(WorkTimer timer) {
  switch (timer.kind) {
    case TimerKind::kTaskRetry:
      if (OpenTask* task = find_task(timer.id)) make_ready(*task);
      return;
    case TimerKind::kTaskDeadline:
      if (OpenTask* task = find_task(timer.id)) {
        end_task(*task, TaskState::kSkipped, work_reason::kDeadline);
      }
      return;
    case TimerKind::kLeaseEnd:
      return lease_ended(timer.id);
    case TimerKind::kLeaseStall:
      return lease_stalled(timer.id);
    case TimerKind::kWorkerSilence:
    case TimerKind::kWorkerLoad:
    case TimerKind::kWorkerDrain:
    case TimerKind::kWorkerQuarantine:
    case TimerKind::kWorkerForget:
      return worker_timer(timer.kind, timer.id);
    case TimerKind::kJob:
      return job_timer(timer.id);
    case TimerKind::kQueueUnserved:
      return queue_unserved(timer.id);
    case TimerKind::kAnnounce:
      for (auto& [name, stage] : stages_) {
        if (stage.number == timer.id) announce_stage(name, stage);
      }
      return;
  }
}

// Tasks nobody takes: as long as a worker that could take them is busy, or was given something
// lately, they only wait for their turn.
void MediatorCore::queue_unserved(QueueNumber queue) {
  if (queues_.size(queue) == 0) return;
  WorkTime served = services_[queue].served;
  for (const auto& [number, worker] : workers_) {
    const bool is_able =
        worker.life == WorkerLife::kAlive &&
        std::find(worker.queues.begin(), worker.queues.end(), queue) != worker.queues.end();
    if (is_able) served = std::max(served, worker.leases.empty() ? worker.last_lease : now_);
  }
  if (now_ - served < limits_.unserved) {
    timers_.arm({TimerKind::kQueueUnserved, queue}, served + limits_.unserved);
    return;
  }
  for (const TaskId id : queues_.tasks_of(queue)) {
    if (OpenTask* task = find_task(id)) end_task(*task, TaskState::kDead, work_reason::kNoWorker);
  }
}

void MediatorCore::announce() {
  for (const std::string& name : stages_with_news_) {
    Stage& stage = stages_[name];
    stage.has_news = false;
    if (stage.waiting.empty()) continue;
    const bool is_early =
        stage.announced != WorkTime::min() && now_ - stage.announced < limits_.announce;
    if (is_early) {
      timers_.arm({TimerKind::kAnnounce, stage.number}, stage.announced + limits_.announce);
    } else {
      announce_stage(name, stage);
    }
  }
  stages_with_news_.clear();
}

void MediatorCore::announce_stage(const std::string& name, Stage& stage) {
  if (stage.waiting.empty()) return;
  stage.announced = now_;
  effects_.push_back(
      WorkAvailable{name, stage.waiting.size(), now_ - stage.waiting.begin()->first});
}

WorkTime MediatorCore::after(WorkDuration wait) const {
  return wait > WorkTime::max() - now_ ? WorkTime::max() : now_ + wait;
}

QueueNumber MediatorCore::queue_of(std::string_view stage, std::string_view model,
                                   Company company) {
  const QueueNumber times = queues_.number_of(stage, model, Company::kAny);
  const QueueNumber queue = queues_.number_of(stage, model, company);
  for (const QueueNumber known : {times, queue}) {
    if (known >= services_.size()) services_.resize(known + 1);
    services_[known].stage = stage;
    services_[known].times = times;
  }
  return queue;
}

std::optional<TaskProgress> MediatorCore::task(TaskId id) const {
  const auto found = tasks_.find(id);
  if (found == tasks_.end()) return std::nullopt;
  return found->second.progress;
}

std::optional<JobState> MediatorCore::job(std::string_view id) const {
  const auto found = job_numbers_.find(std::string(id));
  if (found == job_numbers_.end()) return std::nullopt;
  return jobs_.at(found->second).state;
}

std::optional<WorkerState> MediatorCore::worker(std::string_view id) const {
  const auto found = worker_numbers_.find(std::string(id));
  if (found == worker_numbers_.end()) return std::nullopt;
  return workers_.at(found->second).state();
}

WorkCounts MediatorCore::counts() const {
  return {jobs_.size(), tasks_.size(), ready_, leased_, workers_.size(), fenced_};
}

}  // namespace subtide::work
