#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/work/ready_queues.h"
#include "engine/work/run_times.h"
#include "engine/work/task.h"
#include "engine/work/work_effect.h"
#include "engine/work/work_input.h"
#include "engine/work/work_limits.h"
#include "engine/work/work_timers.h"
#include "engine/work/worker_record.h"

namespace subtide::work {

struct WorkCounts {
  std::size_t jobs = 0;     ///< not terminal
  std::size_t tasks = 0;    ///< not terminal
  std::size_t ready = 0;    ///< of them
  std::size_t leased = 0;   ///< of them
  std::size_t workers = 0;  ///< known, in whatever state
  std::uint64_t fenced = 0;
};

/// Decides who works on what: jobs, their tasks, leases, and the workers' health.
///
/// It knows nothing of stores, sockets and processes: step() takes what happened and says what is
/// to be done. The same inputs, limits and seed give the same effects. Tasks and jobs are
/// forgotten once they are terminal; what is kept of them is in the effects.
///
/// Every state that is not terminal has a timed exit: with nothing but Tick, all of them end.
///
/// Time:    `now` of each step, the engine's steady clock; one before the last step's counts as
///          that one. Only Tick fires timers. O(log n) for each input; O(n) where n tasks end at
///          once (cancel, a queue without workers).
/// Owner:   the caller; movable.
/// Threads: starts none and takes no lock; use from one thread at a time.
/// Errors:  none. An input about something unknown or ended changes nothing; results are fenced.
class MediatorCore {
 public:
  /// `seed` is for the jitter of back-off.
  explicit MediatorCore(WorkLimits limits = {}, std::uint64_t seed = 1);

  std::vector<WorkEffect> step(const WorkInput& input, WorkTime now);

  /// When the next Tick is needed; none when nothing waits.
  std::optional<WorkTime> next_due() const { return timers_.next(); }

  /// None when unknown, or terminal and so forgotten.
  std::optional<TaskProgress> task(TaskId id) const;
  std::optional<JobState> job(std::string_view id) const;
  std::optional<WorkerState> worker(std::string_view id) const;
  WorkCounts counts() const;

 private:
  using JobNumber = std::uint64_t;

  struct Job {
    std::string id;
    JobState state = JobState::kAccepted;
    bool is_closed = false;
    WorkTime last_input{0};
    std::string reason;  ///< why it cannot be whole, gaps aside
    std::set<TaskId> open;
    std::map<TaskId, TaskGap> gaps;
  };
  struct OpenTask {
    TaskId id = 0;
    JobNumber job = 0;
    std::string stage;
    std::string model;
    std::string effect_key;
    TimeSpan span;
    ReadyPlace place;
    TaskProgress progress;
    WorkTime ready_since{0};
    LeaseNumber lease = 0;
    bool is_queued = false;
    std::set<std::string> crashed;  ///< workers
  };
  struct Lease {
    LeaseNumber number = 0;
    TaskId task = 0;
    std::uint32_t generation = 0;
    std::uint64_t worker = 0;
    QueueNumber queue = 0;
    WorkTime begun{0};
    WorkTime deadline{0};
    std::uint64_t progress = 0;
    bool is_renewed = false;
    bool is_revoked = false;
  };
  struct Stage {
    std::uint64_t number = 0;
    std::set<std::pair<WorkTime, TaskId>> waiting;
    WorkTime announced = WorkTime::min();
    bool has_news = false;
  };
  struct QueueService {
    std::string stage;
    WorkTime served{0};
    RunTimes run_times;
    QueueNumber times = 0;  ///< the queue whose run times count: a task takes as long alone
  };
  enum class Attempt { kCounts, kDoesNotCount };

  // Jobs (mediator_jobs.cc).
  void on(const JobAdded& added);
  void on(const JobInputAlive& alive);
  void on(const JobClosed& closed);
  void on(const JobCancelled& cancelled);
  void on(const JobFinalized& finalized);
  Job* find_job(std::string_view id, JobNumber* number = nullptr);
  void set_state(Job& job, JobState state, std::string_view reason = {});
  void end_job(JobNumber number, JobState state, std::string_view reason);
  void join_if_due(JobNumber number);
  void job_timer(JobNumber number);

  // Tasks (mediator_tasks.cc).
  void on(const TaskAdded& added);
  void on(const TaskFoundDone& found);
  void on(const TaskGivenUp& given_up);
  void on(const TaskFinished& finished);
  void on(const TaskFailed& failed);
  void refuse_task(const TaskAdded& added);
  OpenTask* find_task(TaskId id);
  void make_ready(OpenTask& task);
  void leave_ready(OpenTask& task);
  void retry_later(OpenTask& task);
  void end_task(OpenTask& task, TaskState state, std::string_view reason);
  /// After a lease without a result.
  void release_task(OpenTask& task, std::string_view reason, Attempt attempt);
  WorkDuration back_off(const OpenTask& task);
  void changed(const OpenTask& task);
  EventHappened event_about(const OpenTask& task, WorkEventKind kind, std::string_view reason);

  // Leases (mediator_leases.cc).
  void on(const TaskClaim& claim);
  void on(const LeaseRenewed& renewed);
  void on(const LeaseReturned& returned);
  void grant(WorkerRecord& worker, std::size_t count);
  void lease_task(WorkerRecord& worker, const ReadyPlace& place);
  void believe_claim(WorkerRecord& worker, std::size_t count);
  Lease* held_lease(const WorkerRecord& worker, TaskId task, std::uint32_t generation);
  void watch_progress(const Lease& lease);
  void revoke(Lease& lease, std::string_view reason);
  void drop_lease(LeaseNumber number);
  void lease_ended(LeaseNumber number);
  void lease_stalled(LeaseNumber number);
  void fence(std::string_view worker, TaskId task, std::uint32_t generation);
  void take_back(WorkerRecord& worker, std::string_view reason, Attempt attempt);

  // Workers (mediator_workers.cc, worker_health.cc).
  void on(const WorkerRegistered& registered);
  void on(const WorkerHeartbeat& heartbeat);
  void on(const WorkerReady& ready);
  void on(const WorkerDraining& draining);
  void on(const WorkerGone& gone);
  WorkerRecord* find_worker(std::string_view id);
  /// None when it has to register first.
  WorkerRecord* hear(std::string_view id);
  void note_life(WorkerRecord& worker);
  void end_former_life(WorkerRecord& worker);
  void begin_life(WorkerRecord& worker, const WorkerRegistered& registered);
  void offer_models(WorkerRecord& worker, const std::vector<std::string>& models);
  void tell_state(WorkerRecord& worker, std::string_view reason = {});
  void tell_worker(const WorkerRecord& worker, WorkEventKind kind, std::string_view reason);
  void end_life(WorkerRecord& worker, WorkerLife life, std::string_view reason);
  void crash(WorkerRecord& worker, std::string_view reason);
  void condemn(OpenTask& task);
  void kill(WorkerRecord& worker, std::string_view reason);
  void worker_silent(WorkerRecord& worker);
  void worker_timer(TimerKind kind, std::uint64_t number);

  // Time (mediator_core.cc).
  void on(const Tick& tick);
  void fire(WorkTimer timer);
  void queue_unserved(QueueNumber queue);
  void announce();
  void announce_stage(const std::string& name, Stage& stage);
  WorkTime after(WorkDuration wait) const;
  QueueNumber queue_of(std::string_view stage, std::string_view model, Company company);
  RunTimes& run_times(QueueNumber queue) { return services_[services_[queue].times].run_times; }

  WorkLimits limits_;
  std::mt19937_64 random_;
  WorkTime now_{0};
  std::vector<WorkEffect> effects_;

  std::unordered_map<JobNumber, Job> jobs_;
  std::unordered_map<std::string, JobNumber> job_numbers_;
  std::unordered_map<TaskId, OpenTask> tasks_;
  std::unordered_map<LeaseNumber, Lease> leases_;
  std::unordered_map<std::uint64_t, WorkerRecord> workers_;
  std::unordered_map<std::string, std::uint64_t> worker_numbers_;
  std::map<std::string, Stage> stages_;
  std::vector<QueueService> services_;  ///< by queue number
  std::vector<std::string> stages_with_news_;
  ReadyQueues queues_;
  WorkTimers timers_;
  std::uint64_t last_number_ = 0;  ///< of jobs, leases, workers, stages
  std::size_t ready_ = 0;
  std::size_t leased_ = 0;
  std::uint64_t fenced_ = 0;
};

}  // namespace subtide::work
