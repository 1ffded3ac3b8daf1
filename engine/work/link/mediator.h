#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/events/bus_endpoint.h"
#include "engine/speech/ports.h"
#include "engine/work/store/effect_store.h"
#include "engine/work/store/run_store.h"
#include "engine/work/task.h"
#include "engine/work/work_effect.h"
#include "engine/work/work_limits.h"

namespace subtide {

/// A piece of model work as somebody wants it done.
struct WorkRequest {
  std::string job;
  std::string stage;
  std::string model;       ///< a spec that workers tell they have
  std::string effect_key;  ///< what its result is kept under, and found again
  std::string payload;     ///< JSON for the worker
  TimeSpan span;           ///< of the media
  Urgency urgency = Urgency::kBatch;
  bool is_fresh = false;  ///< a result of before is not looked for
};

/// What is told of the work. All calls come on the mediator's own thread.
class WorkListener {
 public:
  virtual ~WorkListener() = default;
  /// A fact as rows of the log, written in the transaction that makes it true.
  virtual std::vector<LogRow> to_log(const work::EventHappened& event) = 0;
  /// They are on the disk now: announce them.
  virtual void on_logged(std::span<const LogRow> events) = 0;
  /// It was given up. The mediator has no use for it any more.
  virtual void on_dead(const Task& task, const TaskProgress& progress) = 0;
  /// End the process; it hangs.
  virtual void on_kill(pid_t pid, const std::string& reason) = 0;
};

struct MediatorOptions {
  std::string endpoint;  ///< where workers find it: "ipc:///run/…/work"
  /// For workers on other machines: with keys the endpoint may be "tcp://10.0.0.2:7400".
  std::optional<CurveListener> keys;
  work::WorkLimits limits;
  std::uint64_t seed = 1;
  std::shared_ptr<RunStore> store;       ///< null: nothing is kept but in memory
  std::shared_ptr<EffectStore> effects;  ///< null: results are not kept
  std::shared_ptr<WorkListener> listener;
  /// Whether a result of `stage` is one; results are never trusted.
  std::function<Status(const std::string& stage, const std::string& result)> check;
  std::chrono::seconds store_patience{30};  ///< how long a full disk is waited for
  /// The store took nothing for so long, or never will again: the run cannot be carried on.
  std::function<void(const Error&)> on_store_lost;
};

/// Gives model work to worker processes and brings back what they made of it: MediatorCore with
/// sockets, clocks and stores around it.
///
/// A result is kept in the effect store first, then its task is marked done, then the caller gets
/// it. Whatever happens to workers, run() ends with a result or with the reason why there is none.
/// While the disk is full the work goes on in memory; results that do not fit are not kept.
///
/// Owner:   the caller. Threads: starts two; the functions may be called from any.
/// Errors:  start() as WireSocket::listen().
class Mediator {
 public:
  static Result<std::unique_ptr<Mediator>> start(MediatorOptions options);
  ~Mediator();  ///< waits for nobody: callers of run() get kUnavailable
  Mediator(const Mediator&) = delete;
  Mediator& operator=(const Mediator&) = delete;

  const std::string& endpoint() const;

  void open_job(const std::string& job);
  /// Its last task was asked for and answered; `is_whole` without gaps. Waits until its end is
  /// kept, some seconds at most.
  void close_job(const std::string& job, bool is_whole);

  /// Waits for the result: from the store when it is there, else from a worker.
  /// Errors: kUnavailable (stopped, or given up: the reason in one line); when a worker told what
  ///         the last attempt failed of, that error's code.
  Result<std::string> run(const WorkRequest& request, std::stop_token stop);

  /// The model of a worker for `stage`, as soon as one has told; waits for it.
  Result<ModelTraits> traits_of(const std::string& stage, std::chrono::milliseconds patience,
                                const std::stop_token& stop);

  /// A process of ours started or ended; `slot` names it over restarts.
  void process_started(const std::string& slot, pid_t pid);
  void process_ended(pid_t pid, bool is_crash, const std::string& how);

 private:
  class Loop;
  explicit Mediator(std::unique_ptr<Loop> loop);
  std::unique_ptr<Loop> loop_;
};

}  // namespace subtide
