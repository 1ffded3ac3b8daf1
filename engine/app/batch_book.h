#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/base/media_time.h"

namespace subtide {

/// How a job of a batch ended.
enum class JobEnding {
  kDone,
  kSkipped,   ///< an earlier run did it
  kDegraded,  ///< done, with gaps
  kFailed,
  kStopped,  ///< not begun, or not ended, since the batch was stopped
};
constexpr std::size_t kJobEndings = 5;

/// "done", "skipped", "degraded", "failed", "stopped"
std::string_view to_string(JobEnding ending);

/// How far a batch is. Skipped jobs count in no length, failed ones as far as they came.
struct BatchProgress {
  std::size_t waiting = 0;
  std::size_t running = 0;
  std::array<std::size_t, kJobEndings> ended{};  ///< by JobEnding
  MediaDuration worked{0};                       ///< media that was gone through
  /// Of all jobs; absent while no length is known.
  std::optional<MediaDuration> total;
  bool is_estimate = false;  ///< some lengths are not known yet: taken for the mean of the others
  std::optional<double> speed;                   ///< media seconds in a second of work
  std::optional<std::chrono::nanoseconds> left;  ///< time until the end

  std::size_t count(JobEnding ending) const { return ended[static_cast<std::size_t>(ending)]; }
  std::size_t jobs() const;
};

/// What became of each job of a batch, and what that says of the whole.
///
/// Jobs are known by their number, 0, 1, …, in the order in which they were added, and begin in
/// that order.
///
/// Time:    `now` of each call, which never runs backwards. Time in which nothing runs, as in a
///          watched folder, does not count. Owner: the caller; a value. Threads: one at a time.
/// Errors:  none.
class BatchBook {
 public:
  using Clock = std::chrono::steady_clock;

  std::size_t add(std::optional<MediaDuration> length = std::nullopt);
  /// The next job, which runs from now on; nothing when none waits.
  std::optional<std::size_t> begin_next(Clock::time_point now);
  void set_length(std::size_t job, MediaDuration length);
  /// How much of the job's media was gone through.
  void set_worked(std::size_t job, MediaDuration worked);
  void end(std::size_t job, JobEnding ending, Clock::time_point now);
  /// All that wait end as stopped.
  void stop_waiting();

  std::size_t size() const { return jobs_.size(); }
  bool has_waiting() const { return next_ < jobs_.size(); }
  std::size_t running() const { return running_; }
  /// Absent while it waits or runs.
  std::optional<JobEnding> ending(std::size_t job) const { return jobs_[job].ending; }
  BatchProgress progress(Clock::time_point now) const;

 private:
  struct Job {
    std::optional<MediaDuration> length;
    MediaDuration worked{0};
    std::optional<JobEnding> ending;
  };
  struct Lengths;
  Lengths lengths() const;
  Clock::duration busy(Clock::time_point now) const;

  std::vector<Job> jobs_;
  std::size_t next_ = 0;  ///< the first that waits
  std::size_t running_ = 0;
  Clock::duration busy_{0};  ///< up to `busy_since_`
  Clock::time_point busy_since_;
};

}  // namespace subtide
