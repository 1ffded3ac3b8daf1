#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/result.h"

namespace subtide {

/// How a process of ours ended.
struct ProcessEnd {
  int slot = 0;  ///< which of them: it stays the same over restarts
  pid_t pid = 0;
  int exit_code = -1;  ///< -1: a signal ended it
  int signal = 0;

  /// It fell by itself. One that somebody killed from outside did nothing wrong.
  bool is_crash() const;
  /// "killed by signal 11", "exit 1"
  std::string text() const;
};

struct SupervisorOptions {
  int count = 1;                     ///< processes kept running
  std::vector<std::string> command;  ///< program and its arguments
  std::function<void(int slot, pid_t)> on_start;
  std::function<void(const ProcessEnd&)> on_end;
  /// Before the second start of a process that fell, the third, …; the last stays.
  std::vector<std::chrono::milliseconds> pauses = {
      std::chrono::seconds(0), std::chrono::seconds(1), std::chrono::seconds(2),
      std::chrono::seconds(4), std::chrono::seconds(8), std::chrono::seconds(16),
      std::chrono::seconds(32)};
  /// One that lived this long had no trouble: the pauses begin anew.
  std::chrono::milliseconds good_life{60'000};
};

/// Keeps a number of child processes running: sees at once when one ends, starts it again.
///
/// Children get SIGTERM first when the supervisor goes, SIGKILL when they do not go within their
/// time. They should ask the system to die with their parent (PR_SET_PDEATHSIG).
///
/// Owner:   the caller. Threads: starts one; the callbacks come on it. kill() and pids() from any.
/// Errors:  start(): kNotFound or kIo when the program cannot be started.
class ProcessSupervisor {
 public:
  static Result<std::unique_ptr<ProcessSupervisor>> start(SupervisorOptions options);
  ~ProcessSupervisor();  ///< as stop()

  /// Kills one of them at once (SIGKILL); it is then started again like after any crash.
  void kill(pid_t pid);
  std::vector<pid_t> pids() const;
  /// Asks all to end, waits up to `patience`, kills the rest. No callbacks come after it.
  void stop(std::chrono::milliseconds patience = std::chrono::seconds(5));

 private:
  class Watch;
  explicit ProcessSupervisor(std::unique_ptr<Watch> watch);
  std::unique_ptr<Watch> watch_;
};

}  // namespace subtide
