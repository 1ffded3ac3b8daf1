#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "engine/base/result.h"
#include "engine/work/link/socket.h"

namespace subtide {

/// What a lane does with a lease.
struct LaneWork {
  wire::Offer lease;
  std::stop_token stop;                  ///< somebody else has the task now, or the worker stops
  std::atomic<std::uint64_t>* progress;  ///< counts up with every step of real work
};
/// Gives the result as JSON. Called from several threads at once; must not throw.
using LaneFunction = std::function<Result<std::string>(const LaneWork&)>;

struct WorkerLinkOptions {
  std::string endpoint;
  std::optional<CurveClient> keys;  ///< for an endpoint over TCP
  wire::Hello hello;
  std::chrono::milliseconds heartbeat{1000};
  std::chrono::milliseconds renewal{5000};
  std::chrono::milliseconds claim_pause{250};  ///< at most four times that, with jitter
  /// Asked with every heartbeat: true when there is nobody left to work for. May be empty.
  std::function<bool()> is_over;
};

/// The worker's side of the work plane: says hello, claims, works in lanes, renews, answers,
/// drains.
///
/// A lease whose answer cannot be sent is lost here and given out again there: nothing is kept.
/// The mediator may go and come back; it then asks who is there.
///
/// Owner:   the caller. Threads: run() blocks the caller and starts `hello.lanes` threads.
/// Errors:  create() as WireSocket::connect(). run(): kInternal only.
class WorkerLink {
 public:
  static Result<std::unique_ptr<WorkerLink>> create(WorkerLinkOptions options, LaneFunction work);
  ~WorkerLink();

  /// Serves until drained by order, or until `stop`: then what is under way is given back, and the
  /// call returns when the lanes have noticed their stop tokens.
  Status run(std::stop_token stop);

 private:
  class Loop;
  explicit WorkerLink(std::unique_ptr<Loop> loop);
  std::unique_ptr<Loop> loop_;
};

}  // namespace subtide
