#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "engine/work/ready_queues.h"
#include "engine/work/task.h"

namespace subtide::work {

using LeaseNumber = std::uint64_t;

enum class WorkerState {
  kStarting,
  kLoading,
  kReady,
  kBusy,
  kDraining,
  kStopped,
  kSuspect,
  kDead,
  kQuarantined
};
std::string_view to_string(WorkerState state);
bool is_terminal(WorkerState state);

/// What is known of the process in a worker's slot.
enum class WorkerLife {
  kAlive,
  kSilent,  ///< not heard for so long that it has lost its leases; it may come back
  kDead,    ///< crashed or killed; only a new registration counts
  kStopped  ///< ended by itself, or after it was drained
};

/// A crash, and the tasks the worker had then.
struct WorkerCrash {
  WorkTime at{0};
  std::vector<TaskId> tasks;
};

/// One worker's slot, as the mediator keeps it. Several things can be true of a worker at once
/// (quarantined, and not heard for a while); state() says the one that counts.
struct WorkerRecord {
  std::uint64_t number = 0;
  std::string id;
  std::uint64_t boot = 0;
  std::string stage;
  std::vector<std::string> models;
  std::vector<QueueNumber> queues;  ///< those it can serve
  std::size_t credit = 1;
  bool is_ours = true;

  WorkerLife life = WorkerLife::kAlive;
  bool is_loading = false;
  bool is_loaded = false;
  bool is_suspect = false;
  bool is_draining = false;
  bool is_quarantined = false;
  WorkTime heard{0};
  WorkTime last_lease{0};
  WorkerState told = WorkerState::kStarting;  ///< in the last event about it

  std::vector<LeaseNumber> leases;   ///< that count
  std::vector<LeaseNumber> revoked;  ///< it may still be busy with them
  bool is_alone = false;             ///< its one task may have no company
  std::deque<WorkerCrash> crashes;   ///< the last ones, oldest first

  WorkerState state() const;
  /// It may be heard of; else only a new registration counts.
  bool has_life() const { return life == WorkerLife::kAlive || life == WorkerLife::kSilent; }
  bool may_lease() const { return state() == WorkerState::kReady || state() == WorkerState::kBusy; }

  /// Forgets crashes before `since` and counts the others. Crashes over one and the same task
  /// count once: they say more about the task than about the worker.
  std::size_t count_crashes(WorkTime since);
  /// The task was condemned: crashes with it say nothing about the worker.
  void forgive(TaskId task);
};

}  // namespace subtide::work
