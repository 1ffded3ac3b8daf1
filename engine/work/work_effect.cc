#include "engine/work/work_effect.h"

namespace subtide::work {

std::string_view to_string(WorkEventKind kind) {
  switch (kind) {
    case WorkEventKind::kTaskLeased:
      return "task.leased";
    case WorkEventKind::kTaskCompleted:
      return "task.completed";
    case WorkEventKind::kTaskFailed:
      return "task.failed";
    case WorkEventKind::kTaskDead:
      return "task.dead";
    case WorkEventKind::kLeaseExpired:
      return "lease.expired";
    case WorkEventKind::kWorkerRegistered:
      return "worker.registered";
    case WorkEventKind::kWorkerReady:
      return "worker.ready";
    case WorkEventKind::kWorkerSuspect:
      return "worker.suspect";
    case WorkEventKind::kWorkerDead:
      return "worker.dead";
    case WorkEventKind::kWorkerQuarantined:
      return "worker.quarantined";
    case WorkEventKind::kWorkerDraining:
      return "worker.draining";
    case WorkEventKind::kWorkerStopped:
      return "worker.stopped";
  }
  return "unknown";
}

}  // namespace subtide::work
