#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <vector>

#include "engine/work/task.h"
#include "engine/work/work_limits.h"

namespace subtide::work {

/// How long the last runs of one kind of work took, and what follows from it.
///
/// Time:    O(log n) to look up, O(n) moves of 8 bytes to add, n = 200.
/// Threads: one at a time. Errors: none.
class RunTimes {
 public:
  void add(WorkDuration run_time);
  std::size_t count() const { return recent_.size(); }

  /// 95 of 100 of the last runs took this long or less; none before the first run.
  std::optional<WorkDuration> p95() const;

  /// How long a worker may stay without progress. `time_left` is the task's, to its deadline;
  /// WorkDuration::max() without one.
  WorkDuration stall_limit(const WorkLimits& limits, WorkDuration time_left) const;

 private:
  std::deque<WorkDuration> recent_;
  std::vector<WorkDuration> sorted_;
};

}  // namespace subtide::work
