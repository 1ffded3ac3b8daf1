#include "engine/work/task.h"

namespace subtide {

std::string_view to_string(TaskState state) {
  switch (state) {
    case TaskState::kReady:
      return "ready";
    case TaskState::kLeased:
      return "leased";
    case TaskState::kRetryWait:
      return "retry_wait";
    case TaskState::kDone:
      return "done";
    case TaskState::kSkipped:
      return "skipped";
    case TaskState::kDead:
      return "dead";
  }
  return "unknown";
}

std::string_view to_string(JobState state) {
  switch (state) {
    case JobState::kAccepted:
      return "accepted";
    case JobState::kQueued:
      return "queued";
    case JobState::kRunning:
      return "running";
    case JobState::kFinalizing:
      return "finalizing";
    case JobState::kCompleted:
      return "completed";
    case JobState::kCompletedDegraded:
      return "completed_degraded";
    case JobState::kFailed:
      return "failed";
    case JobState::kCancelling:
      return "cancelling";
    case JobState::kCancelled:
      return "cancelled";
  }
  return "unknown";
}

bool is_terminal(TaskState state) {
  return state == TaskState::kDone || state == TaskState::kSkipped || state == TaskState::kDead;
}

bool is_terminal(JobState state) {
  return state == JobState::kCompleted || state == JobState::kCompletedDegraded ||
         state == JobState::kFailed || state == JobState::kCancelled;
}

}  // namespace subtide
