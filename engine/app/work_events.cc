#include "engine/app/work_events.h"

#include <chrono>
#include <utility>

namespace subtide {
namespace {

using std::chrono::milliseconds;

milliseconds to_ms(WorkDuration time) { return std::chrono::duration_cast<milliseconds>(time); }

TaskNamed task_of(const work::EventHappened& event) {
  return {event.task, event.stage, event.effect_key, event.generation, event.attempt, event.worker};
}

TaskFault fault_of(const work::EventHappened& event) { return {event.reason, event.reason}; }

WorkerNamed worker_of(const work::EventHappened& event) {
  return {event.worker, event.stage, {}, 0};
}

EventBody body_of(const work::EventHappened& event) {
  using work::WorkEventKind;
  switch (event.kind) {
    case WorkEventKind::kTaskLeased:
      return TaskLeased{task_of(event), to_ms(event.queue_time)};
    case WorkEventKind::kTaskCompleted:
      return TaskCompleted{task_of(event), to_ms(event.queue_time), to_ms(event.run_time),
                           event.media_time};
    case WorkEventKind::kTaskFailed:
      return TaskFailed{task_of(event), fault_of(event), to_ms(event.run_time), std::nullopt};
    case WorkEventKind::kTaskDead:
      return TaskDead{task_of(event), fault_of(event)};
    case WorkEventKind::kLeaseExpired:
      return LeaseExpired{task_of(event), event.reason};
    case WorkEventKind::kWorkerRegistered:
      return WorkerRegistered{worker_of(event)};
    case WorkEventKind::kWorkerReady:
      return WorkerReady{worker_of(event)};
    case WorkEventKind::kWorkerSuspect:
      return WorkerSuspect{worker_of(event), event.reason};
    case WorkEventKind::kWorkerDead:
      return WorkerDead{worker_of(event), event.reason};
    case WorkEventKind::kWorkerQuarantined:
      return WorkerQuarantined{worker_of(event), event.reason};
    case WorkEventKind::kWorkerDraining:
      return WorkerDraining{worker_of(event), event.reason};
    case WorkEventKind::kWorkerStopped:
      return WorkerStopped{worker_of(event), event.reason};
  }
  return LeaseExpired{task_of(event), event.reason};
}

}  // namespace

std::optional<CataloguedEvent> catalogued(const work::EventHappened& event) {
  const bool is_about_task = !event.job.empty();
  EventSubject subject =
      is_about_task ? EventSubject::job(event.job) : EventSubject::worker(event.worker);
  return CataloguedEvent{std::move(subject), body_of(event)};
}

}  // namespace subtide
