#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "engine/work/task.h"
#include "engine/work/work_limits.h"

namespace subtide::work {

/// What happens and what does not, by a seed. While it is calm nothing bad happens.
class Chance {
 public:
  explicit Chance(std::uint64_t seed) : random_(seed) {}

  void calm_down() { is_calm_ = true; }
  bool is_calm() const { return is_calm_; }
  bool happens(double chance) {
    return static_cast<double>(random_() >> 11) * 0x1.0p-53 < (is_calm_ ? 0.0 : chance);
  }
  WorkDuration up_to(WorkDuration longest) {
    return WorkDuration(random_() % static_cast<std::uint64_t>(longest.count() + 1));
  }
  std::size_t below(std::size_t count) { return random_() % count; }

 private:
  std::mt19937_64 random_;
  bool is_calm_ = false;
};

/// In every other run stalls are seen late, so that leases run out first.
inline WorkLimits simulated_limits(std::uint64_t seed) {
  WorkLimits limits;
  if (seed % 2 == 0) limits.stall_floor = std::chrono::seconds(30);
  return limits;
}

struct SimulatedRun {
  TaskId task = 0;
  std::uint32_t generation = 0;
  WorkTime ends{0};
  WorkTime renews{0};
};
/// A process that works on tasks, or fails to.
struct SimulatedWorker {
  std::string id;
  std::size_t credit = 1;
  std::uint64_t boot = 0;
  bool is_up = false;
  bool is_draining = false;
  bool is_hung = false;  ///< its heart beats, its work stands still
  WorkTime paused_until{0};
  WorkTime starts{0};
  WorkTime beats{0};
  WorkTime claims{0};
  WorkTime ready{0};
  std::uint64_t progress = 0;
  std::vector<SimulatedRun> runs;

  void heal() {
    is_hung = false;
    paused_until = {};
  }
};

}  // namespace subtide::work
