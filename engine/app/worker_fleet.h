#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/app/console.h"
#include "engine/speech/ports.h"
#include "engine/work/link/mediator.h"
#include "engine/work/link/process_supervisor.h"

namespace subtide {

struct FleetOptions {
  std::filesystem::path state;
  std::shared_ptr<Mediator> mediator;
  std::filesystem::path program;  ///< empty: this one
};

/// The worker processes of a run: some for each model that was asked for.
///
/// Owner:   the work plane. Threads: any. Errors: start() as ProcessSupervisor::start().
class WorkerFleet {
 public:
  WorkerFleet(FleetOptions options, Console& console);
  ~WorkerFleet();  ///< as stop()
  WorkerFleet(const WorkerFleet&) = delete;
  WorkerFleet& operator=(const WorkerFleet&) = delete;

  /// Keeps `count` processes with that model running. Nothing when it does so already.
  Status start(const std::string& stage, const std::string& spec, const ModelOptions& model,
               int count);
  /// One that hangs; another takes its place.
  void kill(pid_t pid);
  /// Asks them to end, one kind after the other, and ends those that do not within `patience`.
  void stop(std::chrono::milliseconds patience = std::chrono::seconds(5));

 private:
  std::vector<std::string> command(const std::string& stage, const std::string& spec,
                                   const ModelOptions& model) const;

  const FleetOptions options_;
  Console& console_;
  std::mutex mutex_;  ///< guards what is below; on_kill comes on the mediator's thread
  std::map<std::string, std::unique_ptr<ProcessSupervisor>> workers_;  ///< by stage and name
  int seats_ = 0;                                                      ///< given out
};

}  // namespace subtide
