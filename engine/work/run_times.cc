#include "engine/work/run_times.h"

#include <algorithm>

namespace subtide::work {
namespace {

constexpr std::size_t kRemembered = 200;

}  // namespace

void RunTimes::add(WorkDuration run_time) {
  if (recent_.size() == kRemembered) {
    sorted_.erase(std::lower_bound(sorted_.begin(), sorted_.end(), recent_.front()));
    recent_.pop_front();
  }
  recent_.push_back(run_time);
  sorted_.insert(std::upper_bound(sorted_.begin(), sorted_.end(), run_time), run_time);
}

std::optional<WorkDuration> RunTimes::p95() const {
  if (sorted_.empty()) return std::nullopt;
  const std::size_t rank = (sorted_.size() * 95 + 99) / 100;  // nearest rank, counted from 1
  return sorted_[rank - 1];
}

// A deadline nearer than the floor skips the task; it does not make its worker a stalled one, as
// nobody knows yet how fast that worker is.
WorkDuration RunTimes::stall_limit(const WorkLimits& limits, WorkDuration time_left) const {
  if (count() >= std::max<std::size_t>(limits.runs_to_know, 1)) {
    return std::max(limits.stall_floor, limits.stall_factor * *p95());
  }
  if (time_left == WorkDuration::max()) return limits.first_runs;
  return std::max(limits.stall_floor, time_left);
}

}  // namespace subtide::work
