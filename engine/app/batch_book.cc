#include "engine/app/batch_book.h"

#include <algorithm>
#include <numeric>

namespace subtide {

std::string_view to_string(JobEnding ending) {
  switch (ending) {
    case JobEnding::kDone:
      return "done";
    case JobEnding::kSkipped:
      return "skipped";
    case JobEnding::kDegraded:
      return "degraded";
    case JobEnding::kFailed:
      return "failed";
    case JobEnding::kStopped:
      return "stopped";
  }
  return "unknown";
}

std::size_t BatchProgress::jobs() const {
  return std::accumulate(ended.begin(), ended.end(), waiting + running);
}

std::size_t BatchBook::add(std::optional<MediaDuration> length) {
  jobs_.push_back({length, MediaDuration(0), std::nullopt});
  return jobs_.size() - 1;
}

std::optional<std::size_t> BatchBook::begin_next(Clock::time_point now) {
  if (!has_waiting()) return std::nullopt;
  if (running_++ == 0) busy_since_ = now;
  return next_++;
}

void BatchBook::set_length(std::size_t job, MediaDuration length) { jobs_[job].length = length; }

void BatchBook::set_worked(std::size_t job, MediaDuration worked) {
  Job& one = jobs_[job];
  one.worked = std::max(one.worked, worked);
}

void BatchBook::end(std::size_t job, JobEnding ending, Clock::time_point now) {
  Job& one = jobs_[job];
  one.ending = ending;
  const bool is_whole = ending == JobEnding::kDone || ending == JobEnding::kDegraded;
  if (is_whole && one.length) one.worked = *one.length;
  busy_ = busy(now);
  busy_since_ = now;
  --running_;
}

void BatchBook::stop_waiting() {
  for (; next_ < jobs_.size(); ++next_) jobs_[next_].ending = JobEnding::kStopped;
}

BatchBook::Clock::duration BatchBook::busy(Clock::time_point now) const {
  return running_ == 0 ? busy_ : busy_ + (now - busy_since_);
}

/// Sums over jobs that were or will be worked on.
struct BatchBook::Lengths {
  MediaDuration worked{0};
  MediaDuration left{0};   ///< of open jobs whose length is known
  MediaDuration known{0};  ///< all lengths that are known
  std::size_t known_count = 0;
  std::size_t unknown_count = 0;  ///< open jobs without a length
  MediaDuration begun{0};         ///< what was gone through of those
};

BatchBook::Lengths BatchBook::lengths() const {
  Lengths sums;
  for (const Job& job : jobs_) {
    if (job.ending == JobEnding::kSkipped) continue;
    sums.worked += job.worked;
    if (job.length) {
      sums.known += *job.length;
      ++sums.known_count;
    }
    if (job.ending) continue;
    if (job.length) {
      sums.left += std::max(*job.length - job.worked, MediaDuration(0));
    } else {
      ++sums.unknown_count;
      sums.begun += job.worked;
    }
  }
  return sums;
}

BatchProgress BatchBook::progress(Clock::time_point now) const {
  BatchProgress result;
  result.waiting = jobs_.size() - next_;
  result.running = running_;
  for (const Job& job : jobs_) {
    if (job.ending) ++result.ended[static_cast<std::size_t>(*job.ending)];
  }
  const Lengths sums = lengths();
  result.worked = sums.worked;
  const double work_s = std::chrono::duration<double>(busy(now)).count();
  if (work_s > 0 && sums.worked > MediaDuration(0)) {
    result.speed = to_seconds(sums.worked) / work_s;
  }
  result.is_estimate = sums.unknown_count > 0;
  if (sums.known_count == 0) return result;
  const auto mean = sums.known / static_cast<std::int64_t>(sums.known_count);
  const auto guessed = mean * static_cast<std::int64_t>(sums.unknown_count) - sums.begun;
  const MediaDuration left = sums.left + std::max(guessed, MediaDuration(0));
  result.total = sums.worked + left;
  if (result.speed) result.left = from_seconds(to_seconds(left) / *result.speed);
  return result;
}

}  // namespace subtide
