#include "engine/work/link/mediator_loop.h"

#include <algorithm>
#include <atomic>

#include "engine/base/fault_point.h"
#include "engine/base/log.h"
#include "engine/work/link/worker_link.h"
#include "engine/work/store/effect_key.h"

namespace subtide {
namespace {

using std::chrono::milliseconds;

/// The core is asked at least this often.
constexpr milliseconds kLongestWait(1000);

/// A claim counts on the room that the results before it make; who leaves leaves after them.
bool is_after_results(const WireArrival& arrival) {
  return arrival.message && (std::holds_alternative<wire::Claim>(*arrival.message) ||
                             std::holds_alternative<wire::Leaving>(*arrival.message));
}

}  // namespace

Mediator::Loop::Loop(MediatorOptions options, std::unique_ptr<WireSocket> socket)
    : options_(std::move(options)),
      socket_(std::move(socket)),
      core_(options_.limits, options_.seed),
      keeper_(keeper_options()),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

Mediator::Loop::~Loop() {
  thread_.request_stop();
  socket_->ring();
  thread_.join();
}

bool Mediator::Loop::post(std::function<void()> action) {
  {
    const std::lock_guard lock(mutex_);
    if (has_ended_) return false;
    actions_.push_back(std::move(action));
  }
  socket_->ring();
  return true;
}

work::WorkCounts Mediator::Loop::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

bool Mediator::Loop::wait_for(milliseconds patience,
                              const std::function<bool(const work::WorkCounts&)>& is_so) {
  // What was posted before counts: the answer is that of the turn after it.
  const auto has_turned = std::make_shared<std::atomic<bool>>(false);
  if (!post([has_turned] { *has_turned = true; })) return false;
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, patience, [&] { return has_ended_ || (*has_turned && is_so(counts_)); });
  return !has_ended_ && is_so(counts_);
}

void Mediator::Loop::tell_counts() {
  const std::lock_guard lock(mutex_);
  counts_ = core_.counts();
  changed_.notify_all();
}

WorkTime Mediator::Loop::now() const { return std::chrono::steady_clock::now() - start_; }

milliseconds Mediator::Loop::time_to_next() const {
  const auto due = core_.next_due();
  if (!due) return kLongestWait;
  return std::clamp(std::chrono::ceil<milliseconds>(*due - now()), milliseconds(0), kLongestWait);
}

void Mediator::Loop::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    std::vector<WireArrival> later;
    for (WireArrival& arrival : socket_->wait(time_to_next())) {
      if (is_after_results(arrival)) {
        later.push_back(std::move(arrival));
      } else {
        take(std::move(arrival));
      }
    }
    take_results();  // before the end of their workers is told
    std::vector<std::function<void()>> actions;
    {
      const std::lock_guard lock(mutex_);
      actions.swap(actions_);
    }
    for (const auto& action : actions) action();
    // Claims last: the results that came with them make the room they speak of.
    for (WireArrival& arrival : later) take(std::move(arrival));
    step(work::Tick{});
    settle();
    tell_counts();
  }
  end_calls();
}

void Mediator::Loop::end_calls() {
  keeper_.finish();  // what it has to say is posted
  served_.close();
  {
    const std::lock_guard lock(mutex_);
    has_ended_ = true;
    changed_.notify_all();
  }
  for (const auto& action : actions_) action();  // calls that came last get their answer too
  keep_turn();
  for (auto& [id, pending] : tasks_) {
    pending.call->answer(make_error(ErrorCode::kUnavailable, "the engine is stopping"));
  }
}

void Mediator::Loop::step(const work::WorkInput& input) {
  for (const work::WorkEffect& effect : core_.step(input, now())) {
    std::visit([this](const auto& wanted) { on(wanted); }, effect);
  }
}

void Mediator::Loop::submit(const std::shared_ptr<WorkCall>& call) {
  const WorkRequest& request = call->request;
  Task task;
  task.id = ++last_task_;
  task.job = request.job;
  task.stage = request.stage;
  task.model = request.model;
  const auto models = served_.of({request.stage, request.model});
  task.effect_key = effect_key(request.work_key, models.empty() ? "" : models.front().identity);
  task.payload = request.payload;
  task.span = request.span;
  task.urgency = request.urgency;
  call->task = task.id;
  tasks_[task.id] = {task, {}, call, std::nullopt};
  batch_.new_tasks.push_back({task, {}});
  fault_point(FaultPoint::kTaskAdded);
  step(work::TaskAdded{std::move(task), {}});
}

void Mediator::Loop::give_up(const std::shared_ptr<WorkCall>& call) {
  if (call->task == 0) return;
  const auto progress = core_.task(call->task);
  const bool is_leased = progress && progress->state == TaskState::kLeased;
  if (is_leased && is_stopping()) return;  // another run will be glad of the result
  step(work::TaskGivenUp{call->task, "stopped"});
}

void Mediator::Loop::give_up_all() {
  std::vector<TaskId> open;
  for (const auto& [id, pending] : tasks_) open.push_back(id);
  for (const TaskId id : open) step(work::TaskGivenUp{id, "stopped"});
}

void Mediator::Loop::close_job(const std::string& job, bool is_whole,
                               std::shared_ptr<std::promise<void>> ended) {
  closing_[job] = is_whole;
  closers_[job] = std::move(ended);
  step(work::JobClosed{job});
  fault_point(FaultPoint::kJobClosed);
}

void Mediator::Loop::process_started(const std::string& slot, pid_t pid) {
  processes_[pid] = {slot, ++boots_[slot]};
  // Where the machine is busy it may be quicker than whoever started it, and came as a stranger.
  const auto stranger = workers_.find(worker_name(pid));
  if (stranger == workers_.end()) return;
  const std::string peer = stranger->second.peer;
  forget(stranger->first, work::WorkerGone{stranger->first, 1, work::WorkerExit::kClean});
  socket_->send(peer, wire::HelloWanted{});
}

void Mediator::Loop::forget(std::string worker, const work::WorkerGone& gone) {
  step(gone);
  const auto known = workers_.find(worker);
  if (known == workers_.end()) return;
  served_.leaves(worker);
  names_.erase(known->second.peer);
  workers_.erase(known);
}

void Mediator::Loop::process_ended(pid_t pid, bool is_crash, const std::string& how) {
  const auto process = processes_.find(pid);
  if (process == processes_.end()) return;
  const Seat seat = process->second;
  processes_.erase(process);
  log_debug("worker {} (process {}) ended: {}", seat.name, pid, how);
  step(work::WorkerGone{seat.name, seat.boot,
                        is_crash ? work::WorkerExit::kCrashed : work::WorkerExit::kClean});
  const auto worker = workers_.find(seat.name);
  if (worker == workers_.end() || worker->second.pid != pid) return;
  names_.erase(worker->second.peer);
  workers_.erase(worker);
}

}  // namespace subtide
