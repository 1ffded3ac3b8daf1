// What workers say, as the core wants to hear it.
#include <algorithm>

#include "engine/base/fault_point.h"
#include "engine/base/log.h"
#include "engine/work/link/mediator_loop.h"
#include "engine/work/store/effect_key.h"

namespace subtide {
namespace {

/// Whether the same work may well go better another time or elsewhere.
work::Retry retry_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kUnsupported:
    case ErrorCode::kBadInput:
    case ErrorCode::kDenied:
    case ErrorCode::kNotFound:
    case ErrorCode::kAlreadyExists:
      return work::Retry::kIsUseless;
    case ErrorCode::kUnavailable:
    case ErrorCode::kDeadline:
    case ErrorCode::kNoSpace:
    case ErrorCode::kIo:
    case ErrorCode::kBreakerOpen:
    case ErrorCode::kInternal:
      return work::Retry::kMayHelp;
  }
  return work::Retry::kMayHelp;
}

}  // namespace

void Mediator::Loop::take(WireArrival arrival) {
  if (!arrival.message) {
    log_warning("a worker's message was dropped: {}", arrival.message.error().message);
    return;
  }
  if (refused_.contains(arrival.peer)) {
    if (std::holds_alternative<wire::Leaving>(*arrival.message)) refused_.erase(arrival.peer);
    return;
  }
  if (const auto* hello = std::get_if<wire::Hello>(&*arrival.message)) {
    say_hello(arrival.peer, *hello);
    return;
  }
  const auto name = names_.find(arrival.peer);
  if (name == names_.end()) {
    socket_->send(arrival.peer, wire::HelloWanted{});
    return;
  }
  const std::string worker = name->second;
  std::visit([&](auto& message) { on(worker, std::move(message)); }, *arrival.message);
}

void Mediator::Loop::say_hello(const std::string& peer, const wire::Hello& hello) {
  const auto pid = static_cast<pid_t>(hello.pid);
  const auto process = processes_.find(pid);
  const bool is_ours = process != processes_.end();
  const Seat seat = is_ours ? process->second : Seat{hello.worker, 1};
  const auto former = workers_.find(seat.name);
  const bool is_known = former != workers_.end() && former->second.peer == peer;
  const bool is_other = former != workers_.end() && former->second.boot != hello.boot;
  if (is_other && !is_ours && is_there(seat.name)) {
    log_warning("a second worker calls itself {}: sent away; give it another name", seat.name);
    refused_.insert(peer);
    socket_->send(peer, wire::DrainOrder{});
    return;
  }
  const bool had_model = is_known && former->second.has_model;
  const bool has_model = !hello.traits.spec.empty();
  if (former != workers_.end()) names_.erase(former->second.peer);
  names_[peer] = seat.name;
  workers_[seat.name] = {peer, hello.stage, hello.names, has_model, pid, hello.boot};
  if (has_model) served_.serves(seat.name, hello.stage, hello.names, hello.traits);
  if (!is_known) {
    step(work::WorkerRegistered{seat.name, seat.boot, hello.stage, hello.names,
                                static_cast<std::size_t>(hello.lanes), is_ours});
  }
  if (has_model) step(work::WorkerReady{seat.name, hello.names});
  if (had_model && !has_model) step(work::WorkerReady{seat.name, {}});
  if (!is_known) fault_point(FaultPoint::kWorkerGreeted);
}

bool Mediator::Loop::is_there(const std::string& worker) const {
  const auto state = core_.worker(worker);
  return state && *state != work::WorkerState::kDead && !is_terminal(*state);
}

void Mediator::Loop::on(const std::string& worker, const wire::Beat& beat) {
  step(work::WorkerHeartbeat{worker, beat.is_loading});
}

void Mediator::Loop::on(const std::string& worker, wire::ModelNews news) {
  const Worker& known = workers_.at(worker);
  const bool is_hopeless = news.what == wire::ModelNews::What::kFailed && !known.has_model &&
                           retry_of(news.error.code) == work::Retry::kIsUseless;
  if (is_hopeless) served_.fails(known.stage, known.names, news.error);
  step(work::WorkerHeartbeat{worker, !known.has_model});
  if (!options_.listener) return;
  for (LogRow& row : options_.listener->to_log_of_model({worker, known.stage, std::move(news)})) {
    batch_.events.push_back(std::move(row));
  }
}

void Mediator::Loop::on(const std::string& worker, const wire::Claim& claim) {
  const Worker& known = workers_.at(worker);
  if (is_stopping()) return step(work::WorkerHeartbeat{worker, false});
  if (!known.has_model) {  // its last hello was lost: only who has a model claims
    socket_->send(known.peer, wire::HelloWanted{});
    return;
  }
  step(work::TaskClaim{worker, known.stage, known.names, static_cast<std::size_t>(claim.count)});
}

void Mediator::Loop::on(const std::string& worker, const wire::Renewal& renewal) {
  step(work::LeaseRenewed{worker, renewal.task, renewal.generation, renewal.progress});
}

void Mediator::Loop::on(const std::string& worker, wire::Answer answer) {
  const auto pending = tasks_.find(answer.task);
  if (pending != tasks_.end() && options_.check) {
    const Status checked = options_.check(pending->second.task.stage, answer.result);
    if (!checked) {
      log_warning("worker {}: not a result: {}", worker, checked.error().message);
      step(work::TaskFailed{worker, answer.task, answer.generation, "bad_result",
                            work::Retry::kMayHelp});
      return;
    }
  }
  fault_point(FaultPoint::kResultArrived);
  arrived_.push_back({worker, answer.task, answer.generation,
                      WorkResult{std::move(answer.result), std::move(answer.model)}});
}

void Mediator::Loop::on(const std::string& worker, const wire::Failure& failure) {
  const auto pending = tasks_.find(failure.task);
  if (pending != tasks_.end()) pending->second.fault = failure.error;
  step(work::TaskFailed{worker, failure.task, failure.generation,
                        std::string(to_string(failure.error.code)), retry_of(failure.error.code)});
}

void Mediator::Loop::on(const std::string& worker, const wire::Return& returned) {
  step(work::LeaseReturned{worker, returned.task, returned.generation});
}

void Mediator::Loop::on(const std::string& worker, wire::Draining /*draining*/) {
  step(work::WorkerDraining{worker});
}

void Mediator::Loop::on(const std::string& worker, wire::Leaving /*leaving*/) {
  const auto known = workers_.find(worker);
  if (processes_.contains(known->second.pid)) return;  // its end will be seen
  forget(worker, {worker, 1, work::WorkerExit::kClean});
}

/// Words of a mediator, out of a worker's mouth.
template <typename Other>
void Mediator::Loop::on(const std::string& worker, const Other& /*message*/) {
  log_warning("worker {} sent what only the engine sends; dropped", worker);
}

void Mediator::Loop::take_results() {
  for (const Arrived& arrived : arrived_) {
    const auto pending = tasks_.find(arrived.task);
    if (pending == tasks_.end()) continue;
    const Task& task = pending->second.task;
    Effect effect;
    effect.key = effect_key(pending->second.call->request.work_key, arrived.result.model.identity);
    effect.stage = task.stage;
    effect.model = arrived.result.model.spec;
    effect.job = task.job;
    effect.json = arrived.result.json;
    effect.time = std::chrono::system_clock::now();
    effects_.push_back(std::move(effect));
  }
  for (Arrived& arrived : std::exchange(arrived_, {})) {
    const bool is_open = core_.task(arrived.task).has_value();
    if (is_open) results_[arrived.task] = std::move(arrived.result);
    step(work::TaskFinished{arrived.worker, arrived.task, arrived.generation});
    const bool is_taken = is_open && !core_.task(arrived.task);  // else it was fenced
    if (is_taken) {
      fault_point(FaultPoint::kTaskDone);
    } else if (is_open) {
      results_.erase(arrived.task);
    }
  }
}

}  // namespace subtide
