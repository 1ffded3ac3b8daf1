// subtide: the program. Each command is a file of its own; see command.h.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <map>
#include <string>
#include <vector>

#include "engine/app/command.h"
#include "engine/app/interrupt.h"
#include "engine/app/version.h"

namespace {

using subtide::Command;
using subtide::ExitCode;

/// Shows the example before anything else.
class ExampleFirst : public CLI::Formatter {
 public:
  void set_example(const CLI::App* app, std::string example) {
    examples_[app] = std::move(example);
  }
  std::string make_description(const CLI::App* app) const override {
    const auto example = examples_.find(app);
    const std::string text = CLI::Formatter::make_description(app);
    return example == examples_.end() ? text : "Example:\n" + example->second + "\n" + text;
  }

 private:
  std::map<const CLI::App*, std::string> examples_;
};

constexpr const char* kProgramExample =
    "  subtide subtitle talk.mp4 --translate es --formats srt,vtt --preview\n";

int code_of(ExitCode code) { return static_cast<int>(code); }

int run(const std::vector<Command>& commands) {
  for (const auto& command : commands) {
    if (!command.app->parsed()) continue;
    const subtide::Interrupt interrupt;
    return code_of(command.run(interrupt.token()));
  }
  return code_of(ExitCode::kUsage);
}

int parse_and_run(int argc, char** argv) {
  CLI::App program(
      "Subtitles for any video or audio: speech detected, transcribed, translated and "
      "laid out.",
      "subtide");
  const auto formatter = std::make_shared<ExampleFirst>();
  program.formatter(formatter);
  program.set_version_flag("--version", std::string("subtide ") + std::string(subtide::version()));
  program.require_subcommand(1);
  const std::vector<Command> commands = {
      subtide::add_subtitle_command(program), subtide::add_transcode_command(program),
      subtide::add_live_command(program),     subtide::add_inject_command(program),
      subtide::add_models_command(program),   subtide::add_doctor_command(program),
      subtide::add_worker_command(program),   subtide::add_events_command(program),
      subtide::add_dlq_command(program),      subtide::add_cache_command(program)};
  formatter->set_example(&program, kProgramExample);
  for (const auto& command : commands) formatter->set_example(command.app, command.example);
  try {
    program.parse(argc, argv);
  } catch (const CLI::Success& help) {
    return program.exit(help);
  } catch (const CLI::ParseError& mistake) {
    std::fprintf(stderr, "subtide: %s\nRun 'subtide --help' for more.\n", mistake.what());
    return code_of(ExitCode::kUsage);
  }
  return run(commands);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return parse_and_run(argc, argv);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "subtide: stopped by an error of its own: %s\n", failure.what());
    return code_of(ExitCode::kFailed);
  }
}
