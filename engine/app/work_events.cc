#include "engine/app/work_events.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "engine/work/link/stage_work.h"
#include "engine/work/store/sha256.h"

namespace subtide {
namespace {

using std::chrono::milliseconds;

milliseconds to_ms(WorkDuration time) { return std::chrono::duration_cast<milliseconds>(time); }

TaskNamed task_of(const work::EventHappened& event) {
  return {event.task, event.stage, event.effect_key, event.generation, event.attempt, event.worker};
}

TaskFault fault_of(const work::EventHappened& event) { return {event.reason, event.reason}; }

WorkerNamed worker_of(const work::EventHappened& event) {
  return {event.worker, event.stage, event.models, event.pid};
}

EventBody body_of(const work::EventHappened& event) {
  using work::WorkEventKind;
  switch (event.kind) {
    case WorkEventKind::kTaskLeased:
      return TaskLeased{task_of(event), to_ms(event.queue_time)};
    case WorkEventKind::kTaskCompleted:
      return TaskCompleted{task_of(event), to_ms(event.queue_time), to_ms(event.run_time),
                           event.media_time, event.model};
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

EventBody body_of(const ModelHappened& event) {
  using What = wire::ModelNews::What;
  const wire::ModelNews& news = event.news;
  const ModelNamed model{role_of_stage(event.stage), news.model.spec, news.model.detail};
  switch (news.what) {
    case What::kLoading:
      return ModelLoading{model, ""};
    case What::kLoaded: {
      ModelLoad load;
      if (is_sha256(news.model.identity)) load.sha256 = news.model.identity;
      load.took = milliseconds(std::max<std::int64_t>(news.took_ms, 0));
      load.bytes = static_cast<std::uint64_t>(std::max<std::int64_t>(news.bytes, 0));
      return ModelLoaded{model, load};
    }
    case What::kUnloaded:
      return ModelUnloaded{model, news.reason};
    case What::kFailed:
      return ModelFailed{model, "", std::string(to_string(news.error.code)), news.error.message};
  }
  return ModelUnloaded{model, news.reason};
}

}  // namespace

std::string role_of_stage(std::string_view stage) {
  return stage == kTranslateStage ? "translator" : "recognizer";
}

CataloguedEvent catalogued(const ModelHappened& event) {
  return {EventSubject::worker(event.worker), body_of(event)};
}

std::optional<CataloguedEvent> catalogued(const work::EventHappened& event) {
  const bool is_about_task = !event.job.empty();
  EventSubject subject =
      is_about_task ? EventSubject::job(event.job) : EventSubject::worker(event.worker);
  return CataloguedEvent{std::move(subject), body_of(event)};
}

}  // namespace subtide
