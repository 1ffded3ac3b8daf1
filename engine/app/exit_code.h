#pragma once

#include <vector>

#include "engine/base/result.h"

namespace subtide {

/// What the program answers to its caller.
enum class ExitCode {
  kDone = 0,
  kFailed = 1,
  kUsage = 2,
  kDegraded = 3,  ///< done with gaps, or only some of several inputs
  kNoInput = 4,   ///< no input was readable
  kInterrupted = 130,
};

/// How one of several inputs ended.
enum class Ending { kDone, kDegraded, kFailed, kUnreadable, kInterrupted };

/// The exit code for all inputs together.
ExitCode exit_code_of(const std::vector<Ending>& endings);

/// The exit code for a command that does one thing.
ExitCode exit_code_of(ErrorCode code);

/// How an input ended that could not be opened, recognised as media or decoded at all.
Ending ending_of_input_error(ErrorCode code);

}  // namespace subtide
