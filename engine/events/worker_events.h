#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/events/job_events.h"

namespace subtide {

/// A worker as it introduced itself.
struct WorkerNamed {
  std::string id;
  std::string stage;                ///< "transcribe", "translate"
  std::vector<std::string> models;  ///< specs that it has loaded or can load
  std::int64_t pid = 0;
};

struct WorkerRegistered {
  static constexpr std::string_view kName = "worker.registered";
  WorkerNamed worker;
};
struct WorkerReady {
  static constexpr std::string_view kName = "worker.ready";
  WorkerNamed worker;
};
/// Silent for a while: it gets no new leases.
struct WorkerSuspect {
  static constexpr std::string_view kName = "worker.suspect";
  WorkerNamed worker;
  std::string reason;  ///< here and below a stable lower-case name, such as "silent"
};
struct WorkerDead {
  static constexpr std::string_view kName = "worker.dead";
  WorkerNamed worker;
  std::string reason;
};
/// It crashed too often and is not started again for a while.
struct WorkerQuarantined {
  static constexpr std::string_view kName = "worker.quarantined";
  WorkerNamed worker;
  std::string reason;
};
struct WorkerDraining {
  static constexpr std::string_view kName = "worker.draining";
  WorkerNamed worker;
  std::string reason;
};
struct WorkerStopped {
  static constexpr std::string_view kName = "worker.stopped";
  WorkerNamed worker;
  std::string reason;
};
struct WorkerHeartbeat {
  static constexpr std::string_view kName = "worker.heartbeat";
  std::string id;
  std::string state;           ///< "starting", "loading", "ready", "busy", "draining"
  std::uint64_t progress = 0;  ///< a token that changes while the model gets on
  std::uint64_t rss_bytes = 0;
  std::uint64_t queue = 0;  ///< tasks it holds
};

struct ModelLoading {
  static constexpr std::string_view kName = "model.loading";
  ModelNamed model;
  std::string device;  ///< "cpu", "cuda:0"; empty when unknown
};
/// What a load cost; known to whoever did it.
struct ModelLoad {
  std::string sha256;  ///< of the model's file; empty when it has none
  std::string device;
  std::chrono::milliseconds took{0};
  std::uint64_t bytes = 0;
};
struct ModelLoaded {
  static constexpr std::string_view kName = "model.loaded";
  ModelNamed model;
  std::optional<ModelLoad> load{};
};
struct ModelUnloaded {
  static constexpr std::string_view kName = "model.unloaded";
  ModelNamed model;
  std::string reason;  ///< stable lower-case name, such as "idle"
};
struct ModelFailed {
  static constexpr std::string_view kName = "model.failed";
  ModelNamed model;
  std::string device;
  std::string code;  ///< ErrorCode's name
  std::string message;
};

}  // namespace subtide
