#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/media_time.h"

namespace subtide {

/// There is work that nobody has. Workers with free credit then ask for it.
struct WorkAvailable {
  static constexpr std::string_view kName = "work.available";
  std::string stage;  ///< "transcribe", "translate"
  std::uint64_t count = 0;
  std::chrono::milliseconds oldest{0};  ///< how long the oldest has waited
};

/// A task, and the lease under which something happened to it.
struct TaskNamed {
  std::uint64_t id = 0;
  std::string stage;
  std::string effect_key;
  std::uint32_t generation = 0;  ///< counts leases
  int attempt = 0;               ///< counts from 1
  std::string worker;
};
/// Why a task failed: a class that decides on the next try, and one line for people.
struct TaskFault {
  std::string error_class;  ///< stable lower-case name, such as "deadline"
  std::string message;
};

struct TaskLeased {
  static constexpr std::string_view kName = "task.leased";
  TaskNamed task;
  std::chrono::milliseconds queued{0};  ///< from ready to leased
};
struct TaskCompleted {
  static constexpr std::string_view kName = "task.completed";
  TaskNamed task;
  std::chrono::milliseconds queued{0};
  std::chrono::milliseconds ran{0};  ///< from leased to the result
  MediaDuration media{0};            ///< how much media it covers
  std::string model{};               ///< spec of the one that made the result; empty: unknown
};
struct TaskFailed {
  static constexpr std::string_view kName = "task.failed";
  TaskNamed task;
  TaskFault fault;
  std::chrono::milliseconds ran{0};
  std::optional<std::chrono::milliseconds> retry_in;  ///< nothing: not tried again
};
struct TaskDead {
  static constexpr std::string_view kName = "task.dead";
  TaskNamed task;
  TaskFault fault;  ///< the last one
};
struct LeaseExpired {
  static constexpr std::string_view kName = "lease.expired";
  TaskNamed task;
  std::string reason;  ///< stable lower-case name: "silent", "stalled", "worker_dead"
};

}  // namespace subtide
