#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <set>
#include <utility>

#include "engine/work/task.h"

namespace subtide {

/// Which leases a worker was given lately, so that one whose message came twice is not worked on,
/// or given back, a second time.
///
/// Owner:   the worker's loop. Threads: one at a time.
class RecentLeases {
 public:
  static constexpr std::size_t kMost = 1000;

  /// False when it was added before and is not forgotten yet.
  bool add(TaskId task, std::uint32_t generation) {
    const auto [place, is_new] = known_.insert({task, generation});
    if (!is_new) return false;
    order_.push_back(*place);
    if (order_.size() > kMost) {
      known_.erase(order_.front());
      order_.pop_front();
    }
    return true;
  }
  /// A mediator that asks who is there counts its leases anew.
  void forget() {
    known_.clear();
    order_.clear();
  }

 private:
  using Lease = std::pair<TaskId, std::uint32_t>;
  std::set<Lease> known_;
  std::deque<Lease> order_;
};

}  // namespace subtide
