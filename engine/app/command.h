#pragma once

#include <functional>
#include <stop_token>
#include <string>

#include "engine/app/exit_code.h"

namespace CLI {
class App;
}

namespace subtide {

/// One word of the command line, such as `subtide subtitle`.
struct Command {
  CLI::App* app = nullptr;
  std::string example;  ///< what --help shows first
  /// Does the work with the values that were parsed. Called once.
  std::function<ExitCode(std::stop_token)> run;
};

/// Each adds its command, with its options, to `program`.
Command add_subtitle_command(CLI::App& program);
Command add_transcode_command(CLI::App& program);
Command add_live_command(CLI::App& program);
Command add_inject_command(CLI::App& program);
Command add_models_command(CLI::App& program);
Command add_doctor_command(CLI::App& program);
Command add_worker_command(CLI::App& program);
Command add_events_command(CLI::App& program);
Command add_dlq_command(CLI::App& program);
Command add_cache_command(CLI::App& program);

}  // namespace subtide
