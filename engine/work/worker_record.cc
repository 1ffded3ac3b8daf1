#include "engine/work/worker_record.h"

#include <algorithm>
#include <set>

namespace subtide::work {

std::string_view to_string(WorkerState state) {
  switch (state) {
    case WorkerState::kStarting:
      return "starting";
    case WorkerState::kLoading:
      return "loading";
    case WorkerState::kReady:
      return "ready";
    case WorkerState::kBusy:
      return "busy";
    case WorkerState::kDraining:
      return "draining";
    case WorkerState::kStopped:
      return "stopped";
    case WorkerState::kSuspect:
      return "suspect";
    case WorkerState::kDead:
      return "dead";
    case WorkerState::kQuarantined:
      return "quarantined";
  }
  return "unknown";
}

bool is_terminal(WorkerState state) {
  return state == WorkerState::kStopped || state == WorkerState::kDead;
}

WorkerState WorkerRecord::state() const {
  if (life == WorkerLife::kStopped) return WorkerState::kStopped;
  if (is_quarantined) return WorkerState::kQuarantined;
  if (life != WorkerLife::kAlive) return WorkerState::kDead;
  if (is_draining) return WorkerState::kDraining;
  if (is_suspect) return WorkerState::kSuspect;
  if (!is_loaded) return is_loading ? WorkerState::kLoading : WorkerState::kStarting;
  return leases.empty() ? WorkerState::kReady : WorkerState::kBusy;
}

std::size_t WorkerRecord::count_crashes(WorkTime since) {
  while (!crashes.empty() && crashes.front().at < since) crashes.pop_front();
  std::set<TaskId> seen;
  std::size_t count = 0;
  for (const WorkerCrash& crash : crashes) {
    const bool is_known =
        !crash.tasks.empty() && std::all_of(crash.tasks.begin(), crash.tasks.end(),
                                            [&seen](TaskId task) { return seen.contains(task); });
    seen.insert(crash.tasks.begin(), crash.tasks.end());
    if (!is_known) ++count;
  }
  return count;
}

void WorkerRecord::forgive(TaskId task) {
  std::erase_if(crashes, [task](const WorkerCrash& crash) {
    return std::find(crash.tasks.begin(), crash.tasks.end(), task) != crash.tasks.end();
  });
}

}  // namespace subtide::work
