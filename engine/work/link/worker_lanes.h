#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include "engine/work/link/worker_models.h"

namespace subtide {

/// A lease that was worked on, and what came of it.
struct FinishedLease {
  TaskId task = 0;
  std::uint32_t generation = 0;
  MadeBy model;
  Result<std::string> result;
};

/// The threads of a worker, and what each works on.
///
/// A lease keeps the model it was started with.
///
/// Owner:   the worker's loop; the destructor asks all work to stop and waits for it.
/// Threads: starts `lanes`; the functions from one thread. `on_finished` is called on a lane.
class WorkerLanes {
 public:
  WorkerLanes(int lanes, std::function<void()> on_finished);
  ~WorkerLanes();
  WorkerLanes(const WorkerLanes&) = delete;
  WorkerLanes& operator=(const WorkerLanes&) = delete;

  void start(wire::Offer lease, WorkerModels::Model model);
  void stop(TaskId task, std::uint32_t generation);
  void stop_all();
  /// What has ended since the last call.
  std::vector<FinishedLease> take_finished();
  /// What is under way, with the progress it made.
  std::vector<wire::Renewal> under_way() const;
  int free() const;

 private:
  struct Running {
    wire::Offer lease;
    WorkerModels::Model model;
    std::stop_source stop;
    std::atomic<std::uint64_t> progress = 0;
  };
  void serve(const std::stop_token& stop);
  static FinishedLease work_on(Running& running);

  const int lanes_;
  const std::function<void()> on_finished_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<std::shared_ptr<Running>> waiting_;
  std::vector<std::shared_ptr<Running>> running_;  ///< waiting ones too
  std::vector<FinishedLease> finished_;
  std::vector<std::jthread> threads_;
};

}  // namespace subtide
