#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace subtide {

struct ProgramOptions {
  std::string input;                               ///< standard input
  std::chrono::milliseconds timeout{60'000};       ///< then it is killed
  std::filesystem::path folder;                    ///< working folder; empty: the test's own
  std::map<std::string, std::string> environment;  ///< added to the test's own
};

/// How a program ended, and all it printed.
struct ProgramResult {
  std::optional<int> exit_code;  ///< nothing when a signal ended it
  int signal = 0;                ///< the signal that ended it
  bool timed_out = false;
  std::string out;
  std::string err;

  bool succeeded() const { return exit_code == 0; }
  /// One text for a failed assertion: how it ended, and what it printed on standard error.
  std::string summary() const;
};

/// Runs a program to its end. `argv[0]` is a path, or a name looked up on PATH; there is no shell.
/// Throws std::runtime_error when it cannot be started. Threads: any.
ProgramResult run_program(const std::vector<std::string>& argv, const ProgramOptions& options = {});

/// A program that runs beside the test, such as a server. It is killed with the object.
/// Threads: one at a time.
class RunningProgram {
 public:
  explicit RunningProgram(const std::vector<std::string>& argv, const ProgramOptions& options = {});
  RunningProgram(const RunningProgram&) = delete;
  RunningProgram& operator=(const RunningProgram&) = delete;
  ~RunningProgram();

  pid_t pid() const;
  void send_signal(int signal);
  /// Waits for the end, at most `timeout` (then kills).
  ProgramResult wait(std::chrono::milliseconds timeout);
  /// True when it ended within `timeout`.
  bool ends_within(std::chrono::milliseconds timeout);
  /// What it printed so far.
  std::string out() const;
  std::string err() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace subtide
