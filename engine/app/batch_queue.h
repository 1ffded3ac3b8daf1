#pragma once

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/app/batch_book.h"
#include "engine/base/result.h"

namespace subtide {

/// How a job ended, and why it did not end well.
struct JobEnd {
  JobEnding ending = JobEnding::kDone;
  std::optional<Error> error;
};

/// By this a running job tells how far it is. Threads: any.
class JobMeter {
 public:
  virtual ~JobMeter() = default;
  virtual void set_length(MediaDuration length) = 0;
  virtual void set_worked(MediaDuration worked) = 0;
};

struct BatchJob {
  std::string name;  ///< for messages
  std::optional<MediaDuration> length;
  /// What it throws is a failure. It should end soon after a stop, and say kStopped.
  std::function<JobEnd(JobMeter&, const std::stop_token&)> work;
};

/// Runs jobs, at most so many at once, in the order in which they were added. One that fails stops
/// no other. More may be added while it runs, as for a watched folder.
///
/// Owner:   the caller; it must outlive run(). Threads: run() starts its own and ends them; all
///          other functions from any thread, jobs included.
/// Errors:  none of its own.
class BatchQueue {
 public:
  explicit BatchQueue(std::size_t at_once) : at_once_(std::max<std::size_t>(at_once, 1)) {}
  BatchQueue(const BatchQueue&) = delete;
  BatchQueue& operator=(const BatchQueue&) = delete;

  /// The job's number; nothing, and no job, once the queue is closed or was stopped.
  std::optional<std::size_t> add(BatchJob job);
  /// No more are added: run() ends with the last one.
  void close();

  /// Runs until the queue is closed and empty, or stopped: then jobs that wait are not begun, and
  /// those under way are told and waited for. Call it once.
  /// Returns how each job ended, by its number.
  std::vector<JobEnd> run(const std::stop_token& stop);

  BatchProgress progress() const;

 private:
  using Clock = BatchBook::Clock;
  class Told;
  void work(const std::stop_token& stop);
  std::optional<std::size_t> wait_for_job(const std::stop_token& stop);
  JobEnd run_job(std::size_t number, const std::stop_token& stop);
  void stop_waiting();

  const std::size_t at_once_;
  mutable std::mutex mutex_;  ///< guards all below
  std::condition_variable_any changed_;
  BatchBook book_;
  std::deque<BatchJob> jobs_;  ///< by number; their places stay
  std::vector<JobEnd> ends_;
  bool is_closed_ = false;
};

}  // namespace subtide
