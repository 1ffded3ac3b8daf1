#pragma once

#include <sys/types.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/program.h"

namespace subtide {

/// The most memory a process ever had, in MiB; 0 when it is gone.
inline double peak_mib(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stod(line.substr(6)) / 1024.0;
  }
  return 0;
}

/// A program that was run to its end under watch.
struct WatchedRun {
  ProgramResult result;
  double seconds = 0;
  double peak = 0;  ///< MiB, of the program itself, not of its workers
};

/// Runs `argv`, looking at its memory every few milliseconds.
inline WatchedRun run_watched(const std::vector<std::string>& argv, const ProgramOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  RunningProgram program(argv, options);
  WatchedRun run;
  const auto elapsed = [&] { return std::chrono::steady_clock::now() - start; };
  while (!program.ends_within(std::chrono::milliseconds(5)) && elapsed() < options.timeout) {
    run.peak = std::max(run.peak, peak_mib(program.pid()));
  }
  run.result = program.wait(std::chrono::milliseconds(1));
  run.seconds = std::chrono::duration<double>(elapsed()).count();
  return run;
}

}  // namespace subtide
