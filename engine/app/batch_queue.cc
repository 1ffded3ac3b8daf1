#include "engine/app/batch_queue.h"

#include <exception>
#include <thread>
#include <utility>

namespace subtide {
namespace {

JobEnd failure(const std::string& name, std::string_view what) {
  return {JobEnding::kFailed, make_error(ErrorCode::kInternal, "{}: {}", name, what)};
}

}  // namespace

/// Writes what a job tells into the book.
class BatchQueue::Told : public JobMeter {
 public:
  Told(BatchQueue& queue, std::size_t number) : queue_(queue), number_(number) {}
  void set_length(MediaDuration length) override {
    const std::lock_guard lock(queue_.mutex_);
    queue_.book_.set_length(number_, length);
  }
  void set_worked(MediaDuration worked) override {
    const std::lock_guard lock(queue_.mutex_);
    queue_.book_.set_worked(number_, worked);
  }

 private:
  BatchQueue& queue_;
  const std::size_t number_;
};

std::optional<std::size_t> BatchQueue::add(BatchJob job) {
  const std::lock_guard lock(mutex_);
  if (is_closed_) return std::nullopt;
  const std::size_t number = book_.add(job.length);
  jobs_.push_back(std::move(job));
  ends_.emplace_back();
  changed_.notify_one();
  return number;
}

void BatchQueue::close() {
  const std::lock_guard lock(mutex_);
  is_closed_ = true;
  changed_.notify_all();
}

std::vector<JobEnd> BatchQueue::run(const std::stop_token& stop) {
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < at_once_; ++i) threads.emplace_back([this, stop] { work(stop); });
  }
  stop_waiting();
  const std::lock_guard lock(mutex_);
  return ends_;
}

void BatchQueue::stop_waiting() {
  const std::lock_guard lock(mutex_);
  is_closed_ = true;
  book_.stop_waiting();
  for (std::size_t i = 0; i < ends_.size(); ++i) {
    if (book_.ending(i) == JobEnding::kStopped) ends_[i].ending = JobEnding::kStopped;
  }
}

void BatchQueue::work(const std::stop_token& stop) {
  while (const auto number = wait_for_job(stop)) {
    JobEnd end = run_job(*number, stop);
    const std::lock_guard lock(mutex_);
    book_.end(*number, end.ending, Clock::now());
    ends_[*number] = std::move(end);
  }
}

std::optional<std::size_t> BatchQueue::wait_for_job(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, stop, [this] { return book_.has_waiting() || is_closed_; });
  if (stop.stop_requested()) return std::nullopt;
  return book_.begin_next(Clock::now());
}

JobEnd BatchQueue::run_job(std::size_t number, const std::stop_token& stop) {
  const BatchJob* job = nullptr;
  {
    const std::lock_guard lock(mutex_);
    job = &jobs_[number];
  }
  Told told(*this, number);
  try {
    return job->work(told, stop);
  } catch (const std::exception& thrown) {
    return failure(job->name, thrown.what());
  } catch (...) {
    return failure(job->name, "it failed in a way that cannot be named");
  }
}

BatchProgress BatchQueue::progress() const {
  const std::lock_guard lock(mutex_);
  return book_.progress(Clock::now());
}

}  // namespace subtide
