#include "engine/work/link/worker_lanes.h"

#include <algorithm>
#include <exception>

namespace subtide {

WorkerLanes::WorkerLanes(int lanes, std::function<void()> on_finished)
    : lanes_(std::max(lanes, 1)), on_finished_(std::move(on_finished)) {
  for (int i = 0; i < lanes_; ++i) {
    threads_.emplace_back([this](const std::stop_token& stop) { serve(stop); });
  }
}

WorkerLanes::~WorkerLanes() {
  stop_all();
  for (std::jthread& thread : threads_) thread.request_stop();
}

void WorkerLanes::start(wire::Offer lease, WorkerModels::Model model) {
  auto running = std::make_shared<Running>();
  running->lease = std::move(lease);
  running->model = std::move(model);
  const std::lock_guard lock(mutex_);
  running_.push_back(running);
  waiting_.push_back(std::move(running));
  changed_.notify_one();
}

void WorkerLanes::stop(TaskId task, std::uint32_t generation) {
  const std::lock_guard lock(mutex_);
  for (const auto& running : running_) {
    const wire::Offer& lease = running->lease;
    if (lease.task == task && lease.generation == generation) running->stop.request_stop();
  }
}

void WorkerLanes::stop_all() {
  const std::lock_guard lock(mutex_);
  for (const auto& running : running_) running->stop.request_stop();
}

std::vector<FinishedLease> WorkerLanes::take_finished() {
  const std::lock_guard lock(mutex_);
  return std::exchange(finished_, {});
}

std::vector<wire::Renewal> WorkerLanes::under_way() const {
  const std::lock_guard lock(mutex_);
  std::vector<wire::Renewal> renewals;
  for (const auto& running : running_) {
    renewals.push_back({running->lease.task, running->lease.generation, running->progress});
  }
  return renewals;
}

int WorkerLanes::free() const {
  const std::lock_guard lock(mutex_);
  return std::max(lanes_ - static_cast<int>(running_.size()), 0);
}

void WorkerLanes::serve(const std::stop_token& stop) {
  while (true) {
    std::shared_ptr<Running> running;
    {
      std::unique_lock lock(mutex_);
      if (!changed_.wait(lock, stop, [&] { return !waiting_.empty(); })) return;
      running = std::move(waiting_.front());
      waiting_.pop_front();
    }
    FinishedLease finished = work_on(*running);
    {
      const std::lock_guard lock(mutex_);
      std::erase(running_, running);
      finished_.push_back(std::move(finished));
    }
    on_finished_();
  }
}

FinishedLease WorkerLanes::work_on(Running& running) {
  const wire::Offer& lease = running.lease;
  const MadeBy model = made_by(running.model->traits);
  if (running.stop.stop_requested()) {
    return {lease.task, lease.generation, model, make_error(ErrorCode::kUnavailable, "stopped")};
  }
  try {
    return {lease.task, lease.generation, model,
            running.model->work({lease, running.stop.get_token(), &running.progress})};
  } catch (const std::exception& error) {
    return {lease.task, lease.generation, model,
            make_error(ErrorCode::kInternal, "{}", error.what())};
  }
}

}  // namespace subtide
