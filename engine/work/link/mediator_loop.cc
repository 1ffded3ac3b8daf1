#include "engine/work/link/mediator_loop.h"

#include <algorithm>

#include "engine/base/fault_point.h"
#include "engine/base/log.h"

namespace subtide {
namespace {

using std::chrono::milliseconds;

/// The core is asked at least this often.
constexpr milliseconds kLongestWait(1000);

bool is_claim(const WireArrival& arrival) {
  return arrival.message && std::holds_alternative<wire::Claim>(*arrival.message);
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

Result<ModelTraits> Mediator::Loop::traits_of(const std::string& stage, milliseconds patience,
                                              const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  const bool is_there = changed_.wait_for(lock, stop, patience,
                                          [&] { return has_ended_ || traits_.contains(stage); });
  const auto found = traits_.find(stage);
  if (is_there && found != traits_.end()) return found->second;
  return make_error(ErrorCode::kUnavailable, "no worker for '{}' came within {} s: see its log",
                    stage, std::chrono::duration_cast<std::chrono::seconds>(patience).count());
}

WorkTime Mediator::Loop::now() const { return std::chrono::steady_clock::now() - start_; }

milliseconds Mediator::Loop::time_to_next() const {
  const auto due = core_.next_due();
  if (!due) return kLongestWait;
  return std::clamp(std::chrono::ceil<milliseconds>(*due - now()), milliseconds(0), kLongestWait);
}

void Mediator::Loop::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    std::vector<WireArrival> claims;
    for (WireArrival& arrival : socket_->wait(time_to_next())) {
      if (is_claim(arrival)) {
        claims.push_back(std::move(arrival));
      } else {
        take(std::move(arrival));
      }
    }
    std::vector<std::function<void()>> actions;
    {
      const std::lock_guard lock(mutex_);
      actions.swap(actions_);
    }
    for (const auto& action : actions) action();
    take_results();
    // Claims last: the results that came with them make the room they speak of.
    for (WireArrival& claim : claims) take(std::move(claim));
    step(work::Tick{});
    settle();
  }
  end_calls();
}

void Mediator::Loop::end_calls() {
  keeper_.finish();  // what it has to say is posted
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
  task.effect_key = request.effect_key;
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
  if (call->task != 0) step(work::TaskGivenUp{call->task, "stopped"});
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
}

void Mediator::Loop::process_ended(pid_t pid, bool is_crash, const std::string& how) {
  const auto process = processes_.find(pid);
  if (process == processes_.end()) return;
  const Seat seat = process->second;
  processes_.erase(process);
  const auto worker = workers_.find(seat.name);
  if (worker != workers_.end() && worker->second.pid == pid) {
    names_.erase(worker->second.peer);
    workers_.erase(worker);
  }
  log_debug("worker {} (process {}) ended: {}", seat.name, pid, how);
  step(work::WorkerGone{seat.name, seat.boot,
                        is_crash ? work::WorkerExit::kCrashed : work::WorkerExit::kClean});
}

}  // namespace subtide
