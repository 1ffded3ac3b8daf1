#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "engine/work/task.h"

namespace subtide::work {

// What the mediator is told. A `worker` is the name of a slot: it stays the same when the process
// in it is started again. `boot` tells these processes apart; a later one has a larger number.

struct JobAdded {
  std::string job;
};
/// Its input is there, though it may give no task for a while; only needed before JobClosed.
struct JobInputAlive {
  std::string job;
};
/// Its last task has been added.
struct JobClosed {
  std::string job;
};
struct JobCancelled {
  std::string job;
};
enum class FinalizeOutcome { kOk, kDegraded, kFailed };
/// Its outputs are rendered.
struct JobFinalized {
  std::string job;
  FinalizeOutcome outcome = FinalizeOutcome::kOk;
  std::string reason;  ///< of a degraded or failed one
};

/// `task.id` is new. A job may get tasks until all of those it has are terminal and it is closed.
struct TaskAdded {
  Task task;
  TaskProgress known;  ///< from before a restart; a task that was leased or waiting is ready again
};
/// Its effect is in the store already.
struct TaskFoundDone {
  TaskId task = 0;
};
/// Whoever asked for it wants it no more.
struct TaskGivenUp {
  TaskId task = 0;
  std::string reason;
};

struct WorkerRegistered {
  std::string worker;
  std::uint64_t boot = 0;
  std::string stage;
  std::vector<std::string> models;
  std::size_t credit = 1;  ///< how many tasks it takes at once
  bool is_ours = true;     ///< this engine started its process
};
struct WorkerHeartbeat {
  std::string worker;
  bool is_loading = false;  ///< its models
};
/// Its models are loaded.
struct WorkerReady {
  std::string worker;
  std::vector<std::string> models;
};
struct WorkerDraining {
  std::string worker;
};
enum class WorkerExit { kClean, kCrashed };
/// Its process ended.
struct WorkerGone {
  std::string worker;
  std::uint64_t boot = 0;
  WorkerExit exit = WorkerExit::kCrashed;
};

/// The worker has room for `count` tasks more than it holds.
struct TaskClaim {
  std::string worker;
  std::string stage;
  std::vector<std::string> models;  ///< those it has loaded now
  std::size_t count = 1;
};
struct LeaseRenewed {
  std::string worker;
  TaskId task = 0;
  std::uint32_t generation = 0;
  std::uint64_t progress = 0;  ///< changes when the work has moved on; 0 until it does
};
/// Given back unfinished; only a draining worker's does not count as an attempt.
struct LeaseReturned {
  std::string worker;
  TaskId task = 0;
  std::uint32_t generation = 0;
};
/// The result is in the store.
struct TaskFinished {
  std::string worker;
  TaskId task = 0;
  std::uint32_t generation = 0;
};
enum class Retry { kMayHelp, kIsUseless };
struct TaskFailed {
  std::string worker;
  TaskId task = 0;
  std::uint32_t generation = 0;
  std::string error_class;
  Retry retry = Retry::kMayHelp;
};

/// Time has passed. Give the messages that wait first, so that nobody is declared dead for what
/// was not read yet.
struct Tick {};

using WorkInput = std::variant<JobAdded, JobInputAlive, JobClosed, JobCancelled, JobFinalized,
                               TaskAdded, TaskFoundDone, TaskGivenUp, WorkerRegistered,
                               WorkerHeartbeat, WorkerReady, WorkerDraining, WorkerGone, TaskClaim,
                               LeaseRenewed, LeaseReturned, TaskFinished, TaskFailed, Tick>;

}  // namespace subtide::work
