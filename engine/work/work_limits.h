#pragma once

#include <array>
#include <chrono>
#include <cstddef>

#include "engine/work/task.h"

namespace subtide::work {

/// Every number the work plane goes by.
struct WorkLimits {
  // Workers.
  WorkDuration heartbeat = std::chrono::seconds(1);      ///< how often a worker speaks
  WorkDuration suspect_after = std::chrono::seconds(3);  ///< of silence: no new leases
  WorkDuration dead_after = std::chrono::seconds(5);     ///< of silence: its leases are taken away
  WorkDuration kill_after = std::chrono::seconds(30);    ///< of silence: it is not waited for
  WorkDuration load = std::chrono::minutes(5);           ///< from registered to ready
  WorkDuration drain = std::chrono::seconds(25);         ///< from draining to stopped
  std::size_t crashes_to_quarantine = 3;
  WorkDuration crash_window = std::chrono::seconds(60);
  WorkDuration quarantine = std::chrono::seconds(60);
  WorkDuration forget_after = std::chrono::minutes(10);  ///< dead or stopped workers

  // Leases.
  WorkDuration lease = std::chrono::seconds(15);
  WorkDuration renewal = std::chrono::seconds(5);  ///< how often a worker renews
  WorkDuration stall_floor = std::chrono::seconds(10);
  int stall_factor = 3;                                   ///< times the p95 run time
  std::size_t runs_to_know = 20;                          ///< before the p95 counts
  WorkDuration first_runs = std::chrono::minutes(2);      ///< stall limit before, if no deadline
  WorkDuration longest_run = std::chrono::minutes(30);    ///< with whatever progress
  WorkDuration unserved = std::chrono::minutes(10);       ///< ready tasks that nobody takes
  WorkDuration announce = std::chrono::milliseconds(50);  ///< between two work.available

  // Attempts. The last back-off is used where `attempts` is raised above the default.
  int attempts = 4;  ///< counted when leased
  std::array<WorkDuration, 4> back_off{
      std::chrono::milliseconds(200),
      std::chrono::seconds(1),
      std::chrono::seconds(5),
      std::chrono::seconds(20),
  };
  std::size_t workers_to_condemn = 2;  ///< that crashed on one task

  // Jobs.
  WorkDuration input = std::chrono::minutes(5);      ///< of an open job without any sign of input
  WorkDuration finalize = std::chrono::minutes(10);  ///< to render the outputs
  WorkDuration cancel = std::chrono::seconds(5);     ///< for workers to let go
};

}  // namespace subtide::work
