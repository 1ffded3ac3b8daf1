#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "engine/base/result.h"
#include "engine/work/link/socket.h"
#include "engine/work/link/worker_models.h"

namespace subtide {

struct WorkerLinkOptions {
  std::string endpoint;
  std::optional<CurveClient> keys;  ///< for an endpoint over TCP
  wire::Hello hello;                ///< its traits: those of the model, where there is only the one
  std::chrono::milliseconds heartbeat{1000};
  std::chrono::milliseconds renewal{5000};
  std::chrono::milliseconds claim_pause{250};  ///< at most four times that, with jitter
  std::chrono::milliseconds drain{25'000};     ///< for what is under way, once it is to stop
  /// Asked with every heartbeat: true when there is nobody left to work for. May be empty.
  std::function<bool()> is_over;
};

/// "<host>-<pid>", for a process of this machine.
std::string worker_name(pid_t pid);

/// The worker's side of the work plane: says hello, claims, works in lanes, renews, answers,
/// drains.
///
/// Without a model it says so and waits for one. When another takes over it says hello again.
///
/// A lease whose answer cannot be sent is lost here and given out again there: nothing is kept.
/// The mediator may go and come back; it then asks who is there.
///
/// Owner:   the caller. Threads: run() blocks the caller and starts `hello.lanes` threads.
/// Errors:  create() as WireSocket::connect(). run(): kInternal only.
class WorkerLink {
 public:
  static Result<std::unique_ptr<WorkerLink>> create(WorkerLinkOptions options,
                                                    std::shared_ptr<WorkerModels> models);
  /// With one model, that of the hello.
  static Result<std::unique_ptr<WorkerLink>> create(WorkerLinkOptions options, LaneFunction work);
  ~WorkerLink();

  /// Serves until it is drained: by order, by drain(), or by `stop`. What is under way is finished
  /// within the time for it; the rest is given back, and the call returns when the lanes have
  /// noticed their stop tokens.
  Status run(std::stop_token stop);
  /// No new leases; run() ends with the last one. Threads: any.
  void drain();
  /// Tasks under way. Threads: any.
  std::size_t busy() const;

 private:
  class Loop;
  explicit WorkerLink(std::unique_ptr<Loop> loop);
  std::unique_ptr<Loop> loop_;
};

}  // namespace subtide
