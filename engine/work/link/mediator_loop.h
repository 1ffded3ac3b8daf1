#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "engine/work/link/mediator.h"
#include "engine/work/link/served_models.h"
#include "engine/work/link/socket.h"
#include "engine/work/link/work_keeper.h"
#include "engine/work/mediator_core.h"

namespace subtide {

/// A call of run() that waits for its answer.
class WorkCall {
 public:
  explicit WorkCall(WorkRequest asked) : request(std::move(asked)) {}

  const WorkRequest request;
  TaskId task = 0;  ///< the loop's alone

  void answer(Result<WorkResult> result);
  /// Nothing when asked to stop first.
  std::optional<Result<WorkResult>> wait(const std::stop_token& stop);

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::optional<Result<WorkResult>> result_;
};

/// The mediator's thread and all that only it touches.
class Mediator::Loop {
 public:
  Loop(MediatorOptions options, std::unique_ptr<WireSocket> socket);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  const MediatorOptions& options() const { return options_; }
  const std::string& endpoint() const { return socket_->endpoint(); }

  /// Runs `action` on the loop's thread; false when the loop has ended.
  bool post(std::function<void()> action);
  ServedModels& served() { return served_; }
  work::WorkCounts counts() const;
  /// Waits until `is_so` of the counts, asked after each turn; false when it took too long.
  bool wait_for(std::chrono::milliseconds patience,
                const std::function<bool(const work::WorkCounts&)>& is_so);

  // On the loop's thread, by post().
  void step(const work::WorkInput& input);
  void submit(const std::shared_ptr<WorkCall>& call);
  void give_up(const std::shared_ptr<WorkCall>& call);
  void give_up_all();
  void close_job(const std::string& job, bool is_whole, std::shared_ptr<std::promise<void>> ended);
  void process_started(const std::string& slot, pid_t pid);
  void process_ended(pid_t pid, bool is_crash, const std::string& how);

 private:
  struct Pending {
    Task task;
    TaskProgress progress;
    std::shared_ptr<WorkCall> call;
    std::optional<Error> fault;  ///< what the last attempt that was told of failed of
  };
  /// A worker's place: the same over restarts of a process of ours.
  struct Seat {
    std::string name;
    std::uint64_t boot = 1;
  };
  struct Worker {
    std::string peer;  ///< its socket
    std::string stage;
    std::vector<std::string> names;  ///< of models that it serves
    bool has_model = false;
    pid_t pid = 0;
    std::uint64_t boot = 0;  ///< of its link: the same one may come by another socket
  };
  struct Arrived {
    std::string worker;
    TaskId task = 0;
    std::uint32_t generation = 0;
    WorkResult result;
  };

  void run(const std::stop_token& stop);
  WorkTime now() const;
  std::chrono::milliseconds time_to_next() const;
  bool is_stopping() const { return options_.stop.stop_requested(); }
  void end_calls();
  /// Tells the core that it is gone, and knows nothing of it any more.
  void forget(std::string worker, const work::WorkerGone& gone);

  // Messages (mediator_messages.cc).
  void take(WireArrival arrival);
  void on(const std::string& worker, const wire::Beat& beat);
  void on(const std::string& worker, wire::ModelNews news);
  void on(const std::string& worker, const wire::Claim& claim);
  void on(const std::string& worker, const wire::Renewal& renewal);
  void on(const std::string& worker, wire::Answer answer);
  void on(const std::string& worker, const wire::Failure& failure);
  void on(const std::string& worker, const wire::Return& returned);
  void on(const std::string& worker, wire::Draining draining);
  void on(const std::string& worker, wire::Leaving leaving);
  template <typename Other>
  void on(const std::string& worker, const Other& message);
  void say_hello(const std::string& peer, const wire::Hello& hello);
  bool is_there(const std::string& worker) const;
  void take_results();

  // What the core wants done (mediator_effects.cc).
  void on(const work::TaskChanged& changed);
  void on(const work::JobChanged& changed);
  void on(const work::EventHappened& event);
  void on(const work::LeaseGranted& granted);
  void on(const work::LeaseRevoked& revoked);
  void on(const work::ResultFenced& fenced);
  void on(const work::WorkAvailable& available);
  void on(const work::KillWorker& kill);
  void on(const work::RegistrationWanted& wanted);
  void on(const work::JoinReady& join);
  void on(const work::DeadLetter& letter);
  void settle();
  void tell_counts();
  void keep_turn();
  KeeperOptions keeper_options();
  void answer(TaskId id);
  void send(const std::string& worker, wire::Message message);

  const MediatorOptions options_;
  const std::unique_ptr<WireSocket> socket_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  work::MediatorCore core_;

  TaskId last_task_ = 0;
  std::map<TaskId, Pending> tasks_;
  std::map<std::string, bool> closing_;  ///< jobs that were closed, and whether whole
  std::map<std::string, std::shared_ptr<std::promise<void>>> closers_;  ///< wait for jobs to end
  std::map<std::string, Worker> workers_;                               ///< by name
  std::map<std::string, std::string> names_;                            ///< by socket
  std::set<std::string> refused_;               ///< sockets of workers whose name was taken
  std::map<pid_t, Seat> processes_;             ///< those of ours
  std::map<std::string, std::uint64_t> boots_;  ///< of their seats

  // Gathered in one turn of the loop.
  std::vector<Arrived> arrived_;
  std::vector<Effect> effects_;
  WorkBatch batch_;
  std::vector<std::pair<std::string, wire::Message>> outgoing_;
  std::map<TaskId, WorkResult> results_;
  std::vector<TaskId> ended_;

  ServedModels served_;

  mutable std::mutex mutex_;  ///< guards what is below
  std::condition_variable_any changed_;
  std::vector<std::function<void()>> actions_;
  work::WorkCounts counts_;  ///< after the last turn
  bool has_ended_ = false;

  WorkKeeper keeper_;  ///< posts to what is above
  std::jthread thread_;
};

}  // namespace subtide
