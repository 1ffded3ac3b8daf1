#pragma once

#include <filesystem>

#include "engine/app/exit_code.h"
#include "engine/app/run_folder.h"

namespace subtide {

/// What this process was started with, without the program. Empty when it is very long.
std::vector<std::string> own_command();

/// Does again what the user typed for a run, in the same folder, and waits for it. What the run
/// finished is found again, so only the rest is done.
///
/// Errors: kNotFound (the command or its folder is not known any more), kUnavailable (the run still
/// goes on), kIo.
Result<ExitCode> run_again(const RunDescription& run, const std::filesystem::path& state);

}  // namespace subtide
