#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "engine/work/task.h"

namespace subtide::work {

using QueueNumber = std::size_t;

/// Whether a task may run beside others in one worker. One that was there when a worker crashed is
/// tried alone, so that a second crash says for certain which task it was.
enum class Company { kAny, kNone };

/// A task's place in the queues.
struct ReadyPlace {
  QueueNumber queue = 0;
  std::uint64_t job = 0;
  Urgency urgency = Urgency::kBatch;
  WorkTime deadline = WorkTime::max();
  TaskId task = 0;
};

/// Tasks that wait for a worker: one queue per stage, model and company.
///
/// Live comes before batch, then the earliest deadline, then the job that was served least; inside
/// a job the lowest task id. A job that comes late, or comes back, starts level with the others:
/// it neither waits for what they had nor takes what it missed. Of several queues with equal
/// fronts the one that waited longest is next.
///
/// Time:    O(log n) for each operation.
/// Threads: one at a time. Errors: none.
class ReadyQueues {
 public:
  /// The queue's number; makes the queue at its first mention.
  QueueNumber number_of(std::string_view stage, std::string_view model, Company company);
  Company company(QueueNumber queue) const { return queues_[queue].company; }

  void add(const ReadyPlace& place);
  /// Takes it out without counting it as served.
  void remove(const ReadyPlace& place);
  /// Takes it out and counts it as served.
  void take(const ReadyPlace& place);

  /// What is next among these queues; it stays where it is.
  std::optional<ReadyPlace> next_of(std::span<const QueueNumber> queues) const;

  std::size_t size(QueueNumber queue) const { return queues_[queue].size; }
  std::vector<TaskId> tasks_of(QueueNumber queue) const;

 private:
  using LaneKey = std::pair<std::uint64_t, Urgency>;  ///< a job's tasks of one urgency
  struct Lane {
    std::set<std::pair<WorkTime, TaskId>> tasks;
    std::uint64_t served = 0;
  };
  using Rank = std::tuple<Urgency, WorkTime, std::uint64_t, std::uint64_t>;  ///< last: the job
  struct Queue {
    Company company;
    std::map<LaneKey, Lane> lanes;          ///< never an empty one
    std::set<Rank> order;                   ///< one for each lane
    std::array<std::uint64_t, 2> served{};  ///< of the lane served last, by urgency
    std::uint64_t turn = 0;
    std::size_t size = 0;
  };

  static Rank rank_of(const LaneKey& key, const Lane& lane);

  std::map<std::tuple<std::string, std::string, Company>, QueueNumber> numbers_;
  std::vector<Queue> queues_;
  std::uint64_t turns_ = 0;
};

}  // namespace subtide::work
