#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/work/task.h"

namespace subtide::work {

// What the mediator wants done, in this order: what is to be kept (TaskChanged, JobChanged,
// EventHappened of one step: one transaction) comes before what is sent because of it.

/// Why a task, a lease or a worker came to its end; more come from workers' error classes.
namespace work_reason {
inline constexpr std::string_view kAttempts = "attempts_used";
inline constexpr std::string_view kCancelled = "cancelled";
inline constexpr std::string_view kDeadline = "deadline";
inline constexpr std::string_view kFoundDone = "found_done";
inline constexpr std::string_view kJobEnded = "job_ended";
inline constexpr std::string_view kNoWorker = "no_worker";
inline constexpr std::string_view kPoison = "poison";
inline constexpr std::string_view kLeaseEnd = "lease_end";
inline constexpr std::string_view kNotHeld = "not_held";
inline constexpr std::string_view kGrantLost = "grant_lost";
inline constexpr std::string_view kReturned = "returned";
inline constexpr std::string_view kCrashed = "worker_crashed";
inline constexpr std::string_view kExited = "worker_exited";
inline constexpr std::string_view kRestarted = "worker_restarted";
inline constexpr std::string_view kSilent = "worker_silent";
inline constexpr std::string_view kStalled = "worker_stalled";
inline constexpr std::string_view kLoadTime = "load_time";
inline constexpr std::string_view kDrainTime = "drain_time";
inline constexpr std::string_view kInputStalled = "input_stalled";
inline constexpr std::string_view kFinalizeTime = "finalize_time";
}  // namespace work_reason

/// To be kept.
struct TaskChanged {
  TaskId task = 0;
  TaskProgress progress;
};
/// To be kept.
struct JobChanged {
  std::string job;
  JobState state = JobState::kAccepted;
  std::string reason;
};

enum class WorkEventKind {
  kTaskLeased,
  kTaskCompleted,
  kTaskFailed,
  kTaskDead,
  kLeaseExpired,  ///< every end of a lease without a result; the reason says which
  kWorkerRegistered,
  kWorkerReady,
  kWorkerSuspect,
  kWorkerDead,
  kWorkerQuarantined,
  kWorkerDraining,
  kWorkerStopped
};
/// The name in the catalogue: "task.leased".
std::string_view to_string(WorkEventKind kind);

/// A fact for the log. What does not belong to its kind is left empty.
struct EventHappened {
  WorkEventKind kind = WorkEventKind::kTaskLeased;
  TaskId task = 0;
  std::string job;
  std::string stage;
  std::string worker;
  std::uint32_t generation = 0;
  int attempt = 0;
  std::string reason;
  std::string effect_key;
  std::string model;                ///< that made the result; the shell's to fill in
  std::vector<std::string> models;  ///< names that the worker serves
  std::int64_t pid = 0;             ///< the worker's; the shell's to fill in
  WorkDuration queue_time{0};       ///< from ready to leased
  WorkDuration run_time{0};         ///< from leased to its end
  MediaDuration media_time{0};
};

/// For the worker: it has the task until then, longer if it renews.
struct LeaseGranted {
  std::string worker;
  TaskId task = 0;
  std::uint32_t generation = 0;
  WorkTime until{0};
};
/// For the worker: its result is not wanted any more. May come more than once.
struct LeaseRevoked {
  std::string worker;
  TaskId task = 0;
  std::uint32_t generation = 0;
  std::string reason;
};
/// A result or failure came from someone who no longer has the lease.
struct ResultFenced {
  std::string worker;
  TaskId task = 0;
  std::uint32_t generation = 0;
};
/// To be announced to the stage's workers; a hint that may be lost.
struct WorkAvailable {
  std::string stage;
  std::size_t count = 0;
  WorkDuration oldest{0};  ///< how long the oldest has waited
};
/// End its process if it is ours, else tell it to go.
struct KillWorker {
  std::string worker;
  std::uint64_t boot = 0;
  std::string reason;
  bool is_ours = true;
};
/// Someone speaks who is not registered (any more): ask it to register.
struct RegistrationWanted {
  std::string worker;
};
struct TaskGap {
  TaskId task = 0;
  TimeSpan span;
  TaskState state = TaskState::kDead;  ///< or skipped
  std::string reason;
};
/// All of the job's tasks are terminal: render the outputs, then say JobFinalized. Comes once.
struct JoinReady {
  std::string job;
  std::vector<TaskGap> gaps;  ///< in the order of the tasks' ids
};
/// To be kept with its audio, so that the user can look into it and try it again.
struct DeadLetter {
  TaskId task = 0;
  std::string reason;
};

using WorkEffect =
    std::variant<TaskChanged, JobChanged, EventHappened, LeaseGranted, LeaseRevoked, ResultFenced,
                 WorkAvailable, KillWorker, RegistrationWanted, JoinReady, DeadLetter>;

}  // namespace subtide::work
