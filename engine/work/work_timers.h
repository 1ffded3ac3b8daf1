#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <tuple>
#include <unordered_map>

#include "engine/work/task.h"

namespace subtide::work {

enum class TimerKind {
  kTaskRetry,
  kTaskDeadline,
  kLeaseEnd,
  kLeaseStall,
  kWorkerSilence,
  kWorkerLoad,
  kWorkerDrain,
  kWorkerQuarantine,
  kWorkerForget,
  kJob,
  kQueueUnserved,
  kAnnounce
};

/// What a timer is for; `id` is a task, a lease, a worker, …, as the kind says.
struct WorkTimer {
  TimerKind kind;
  std::uint64_t id;

  bool operator==(const WorkTimer&) const = default;
};

/// Moments at which something is due, in order. Each timer is armed for one moment at most.
///
/// Time:    O(log n) for each operation.
/// Threads: one at a time. Errors: none.
class WorkTimers {
 public:
  /// Arms it; a timer that was armed already moves.
  void arm(WorkTimer timer, WorkTime at);
  void disarm(WorkTimer timer);
  std::optional<WorkTime> next() const;
  /// Takes out the first timer that is due; equal moments come in the order of kind and id.
  std::optional<WorkTimer> take_due(WorkTime now);

 private:
  struct Hash {
    std::size_t operator()(const WorkTimer& timer) const;
  };

  std::set<std::tuple<WorkTime, TimerKind, std::uint64_t>> order_;
  std::unordered_map<WorkTimer, WorkTime, Hash> moments_;
};

}  // namespace subtide::work
