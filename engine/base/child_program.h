#pragma once

#include <chrono>
#include <cstddef>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/base/result.h"

namespace subtide {

/// A program to be run to its end.
struct ChildOrder {
  std::vector<std::string> command;  ///< the program, looked for on PATH, and its arguments
  std::vector<int> descriptors;  ///< become 3, 4, … of the child: child_path(0), child_path(1), …
  std::chrono::milliseconds timeout{30'000};
  std::size_t most_output = 1U << 20U;  ///< bytes of standard output
};

/// How it ended, and what it wrote.
struct ChildEnd {
  int exit_code = -1;  ///< -1: a signal ended it
  int signal = 0;
  std::string output;
  std::string errors;  ///< the first 64 KiB of standard error

  bool succeeded() const { return exit_code == 0; }
  /// The last line of `errors`, else "exit 1" or "killed by signal 11".
  std::string reason() const;
};

/// The path by which the child opens the descriptor of that index.
std::string child_path(std::size_t index);

/// Runs a program argument by argument, without a shell: standard input empty, a folder of its own
/// that nobody fills, no descriptors but those named, the signals of a fresh process. At the end of
/// its time, at a stop and behind too much output it is killed with all that it started.
///
/// Threads: any. Errors: kNotFound (not installed), kDeadline, kUnavailable (stopped), kBadInput
///          (too much output), kIo.
Result<ChildEnd> run_child(const ChildOrder& order, const std::stop_token& stop = {});

}  // namespace subtide
