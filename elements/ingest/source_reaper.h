#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <thread>

namespace subtide {

/// Ends sources on threads of their own, since a demuxer or a socket may hang on its way down.
///
/// Owner:   the session.
/// Threads: one caller; one thread for each source that is still going.
/// Errors:  none. What has not ended when this goes is left to itself.
class SourceReaper {
 public:
  SourceReaper() = default;
  ~SourceReaper();
  SourceReaper(const SourceReaper&) = delete;
  SourceReaper& operator=(const SourceReaper&) = delete;

  /// Runs `end`, and waits for it at most `patience`. False when it still runs.
  bool run(std::function<void()> end, std::chrono::milliseconds patience);
  std::size_t unfinished() const { return jobs_.size(); }

 private:
  struct Done {
    std::mutex mutex;
    std::condition_variable changed;
    bool is_done = false;

    bool wait(std::chrono::milliseconds patience);
  };
  struct Job {
    std::thread thread;
    std::shared_ptr<Done> done;
  };

  void collect();

  std::list<Job> jobs_;
};

}  // namespace subtide
