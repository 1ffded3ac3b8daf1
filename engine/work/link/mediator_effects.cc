// What the core wants done: sent at once, kept soon, answered once it is kept.
#include <fmt/format.h>

#include "engine/base/fault_point.h"
#include "engine/base/log.h"
#include "engine/work/link/mediator_loop.h"
#include "engine/work/store/effect_key.h"

namespace subtide {
void Mediator::Loop::on(const work::TaskChanged& changed) {
  batch_.changes.push_back({changed.task, changed.progress});
  const auto pending = tasks_.find(changed.task);
  if (pending == tasks_.end()) return;
  pending->second.progress = changed.progress;
  if (is_terminal(changed.progress.state)) ended_.push_back(changed.task);
}

void Mediator::Loop::on(const work::JobChanged& changed) {
  JobRecord record;
  record.id = changed.job;
  record.state = changed.state;
  record.request = "{}";
  record.accepted_at = std::chrono::system_clock::now();
  batch_.jobs.push_back(std::move(record));
}

void Mediator::Loop::on(const work::EventHappened& event) {
  if (!options_.listener) return;
  work::EventHappened told = event;
  if (const auto worker = workers_.find(event.worker); worker != workers_.end()) {
    told.pid = worker->second.pid;
  }
  const auto pending = tasks_.find(event.task);
  const auto result = results_.find(event.task);
  if (event.kind == work::WorkEventKind::kTaskCompleted && pending != tasks_.end() &&
      result != results_.end()) {
    const MadeBy& model = result->second.model;
    told.model = model.spec;
    told.effect_key = effect_key(pending->second.call->request.work_key, model.identity);
  }
  for (LogRow& row : options_.listener->to_log(told)) batch_.events.push_back(std::move(row));
}

void Mediator::Loop::on(const work::LeaseGranted& granted) {
  const auto pending = tasks_.find(granted.task);
  if (pending == tasks_.end()) return;
  const Task& task = pending->second.task;
  send(granted.worker, wire::Offer{task.id, granted.generation, task.stage, task.payload});
}

void Mediator::Loop::on(const work::LeaseRevoked& revoked) {
  send(revoked.worker, wire::Revocation{revoked.task, revoked.generation});
}

void Mediator::Loop::on(const work::ResultFenced& fenced) {
  log_info("worker {}: late result of task {}, generation {}: fenced", fenced.worker, fenced.task,
           fenced.generation);
}

void Mediator::Loop::on(const work::WorkAvailable& available) {
  for (const auto& [name, worker] : workers_) {
    if (worker.stage == available.stage) {
      send(name, wire::Announcement{static_cast<int>(available.count)});
    }
  }
}

void Mediator::Loop::on(const work::KillWorker& kill) {
  served_.leaves(kill.worker);
  if (!kill.is_ours) {
    send(kill.worker, wire::DrainOrder{});
    return;
  }
  for (const auto& [pid, seat] : processes_) {
    const bool is_meant = seat.name == kill.worker && seat.boot == kill.boot;
    if (is_meant && options_.listener) options_.listener->on_kill(pid, kill.reason);
  }
}

void Mediator::Loop::on(const work::RegistrationWanted& wanted) {
  const auto worker = workers_.find(wanted.worker);
  if (worker == workers_.end()) return;
  const std::string peer = worker->second.peer;
  names_.erase(peer);
  workers_.erase(worker);
  socket_->send(peer, wire::HelloWanted{});
}

void Mediator::Loop::on(const work::JoinReady& join) {
  const auto closing = closing_.find(join.job);
  const bool is_whole = closing != closing_.end() && closing->second && join.gaps.empty();
  if (closing != closing_.end()) closing_.erase(closing);
  post([this, job = join.job, is_whole] {
    step(work::JobFinalized{
        job, is_whole ? work::FinalizeOutcome::kOk : work::FinalizeOutcome::kDegraded, ""});
  });
}

void Mediator::Loop::on(const work::DeadLetter& letter) {
  const auto pending = tasks_.find(letter.task);
  if (pending == tasks_.end() || !options_.listener) return;
  options_.listener->on_dead(pending->second.task, pending->second.progress);
}

void Mediator::Loop::send(const std::string& worker, wire::Message message) {
  outgoing_.emplace_back(worker, std::move(message));
}

/// The end of a turn. Leases go out before they are on the disk: at worst a killed engine forgets
/// that it gave them out, and its workers die with it. What is done is kept before anybody is told.
void Mediator::Loop::settle() {
  const bool has_mail = !outgoing_.empty();
  for (const auto& [name, message] : std::exchange(outgoing_, {})) {
    const auto worker = workers_.find(name);
    if (worker != workers_.end()) socket_->send(worker->second.peer, message);
  }
  if (has_mail) fault_point(FaultPoint::kTurnSent);
  keep_turn();
}

void Mediator::Loop::keep_turn() {
  std::vector<TaskId> ended = std::exchange(ended_, {});
  std::vector<std::shared_ptr<std::promise<void>>> closed;
  std::erase_if(closers_, [&](const auto& closer) {
    const bool has_ended = !core_.job(closer.first);
    if (has_ended) closed.push_back(closer.second);
    return has_ended;
  });
  const WorkBatch& batch = batch_;
  const bool has_news = !batch.jobs.empty() || !batch.new_tasks.empty() || !batch.changes.empty() ||
                        !batch.events.empty() || !effects_.empty();
  if (!has_news && ended.empty() && closed.empty()) return;
  WorkTurn turn{std::exchange(effects_, {}), std::exchange(batch_, {})};
  if (ended.empty() && closed.empty()) return keeper_.keep(std::move(turn), {});
  keeper_.keep(std::move(turn), [this, ended = std::move(ended), closed = std::move(closed)] {
    const auto tell = [this, ended, closed] {
      for (const TaskId id : ended) answer(id);
      for (const auto& closer : closed) closer->set_value();
    };
    if (!post(tell)) tell();  // the loop is ending, and this is its thread
  });
}

KeeperOptions Mediator::Loop::keeper_options() {
  KeeperOptions keeper;
  keeper.store = options_.store;
  keeper.effects = options_.effects;
  keeper.patience = options_.store_patience;
  keeper.on_store_lost = options_.on_store_lost;
  keeper.on_logged = [this](std::vector<LogRow> events) {
    post([this, events = std::move(events)] {
      if (options_.listener) options_.listener->on_logged(events);
    });
  };
  return keeper;
}

void Mediator::Loop::answer(TaskId id) {
  const auto pending = tasks_.find(id);
  if (pending == tasks_.end()) return;
  const auto result = results_.find(id);
  const TaskProgress& progress = pending->second.progress;
  if (progress.state == TaskState::kDone && result != results_.end()) {
    pending->second.call->answer(std::move(result->second));
  } else {
    const std::optional<Error>& fault = pending->second.fault;
    pending->second.call->answer(make_error(
        fault ? fault->code : ErrorCode::kUnavailable, "given up after {} attempts: {}{}{}",
        progress.attempts, progress.reason, fault ? ": " : "", fault ? fault->message : ""));
  }
  fault_point(FaultPoint::kResultAnswered);
  results_.erase(id);
  tasks_.erase(pending);
}

}  // namespace subtide
