// subtide models list | pull | verify | path.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "engine/app/command.h"
#include "engine/app/console.h"
#include "models/store.h"

namespace subtide {
namespace {

constexpr const char* kExample =
    "  subtide models list\n"
    "  subtide models pull base.en\n";
constexpr const char* kPullExample = "  subtide models pull base.en silero\n";

std::string format_size(std::uint64_t bytes) {
  const double mebibytes = static_cast<double>(bytes) / (1024.0 * 1024.0);
  if (mebibytes >= 1024) return fmt::format("{:.1f} GiB", mebibytes / 1024);
  return fmt::format("{:.{}f} MiB", mebibytes, mebibytes < 10 ? 1 : 0);
}

std::string languages_of(const ModelEntry& entry) {
  if (entry.kind == ModelKind::kDetector) return "any";
  return entry.languages.empty() ? "many" : fmt::format("{}", fmt::join(entry.languages, ","));
}

ExitCode list(const ModelStore& store) {
  fmt::print("{:<20} {:<9} {:<10} {:<10} {}\n", "MODEL", "SIZE", "LANGUAGES", "STATE", "WHERE");
  for (const auto& entry : store.list()) {
    const std::string where =
        entry.installed_path.empty() ? entry.note : printable(entry.installed_path.string());
    fmt::print("{:<20} {:<9} {:<10} {:<10} {}\n", entry.name, format_size(entry.size),
               languages_of(entry), to_string(entry.state), where);
  }
  return ExitCode::kDone;
}

/// One line on a terminal, a line at each tenth elsewhere.
class PullShown {
 public:
  PullShown(Console& console, std::string name) : console_(console), name_(std::move(name)) {}

  void show(std::uint64_t done, std::optional<std::uint64_t> total) {
    const std::chrono::duration<double> elapsed = Clock::now() - start_;
    const bool is_done = total && done >= *total;
    if (!is_done && elapsed.count() - shown_ < 0.1) return;
    shown_ = elapsed.count();
    console_.fetch_progress(name_, done, total, elapsed.count());
  }

 private:
  using Clock = std::chrono::steady_clock;
  Console& console_;
  const std::string name_;
  const Clock::time_point start_ = Clock::now();
  double shown_ = -1;
};

ExitCode pull(ModelStore& store, const std::vector<std::string>& names, std::stop_token stop) {
  Console console(Verbosity::kNormal);
  for (const auto& name : names) {
    PullShown shown(console, name);
    const auto path = store.pull(
        name,
        [&shown](std::uint64_t done, std::optional<std::uint64_t> total) {
          shown.show(done, total);
        },
        stop);
    console.end_progress();
    if (!path) {
      console.error("subtide: {}", path.error().message);
      return stop.stop_requested() ? ExitCode::kInterrupted : exit_code_of(path.error().code);
    }
    console.line("{}: {}", name, path->string());
  }
  return ExitCode::kDone;
}

ExitCode verify(const ModelStore& store, std::vector<std::string> names) {
  Console console(Verbosity::kNormal);
  if (names.empty()) {
    for (const auto& entry : store.list()) {
      if (entry.state == ModelState::kInstalled) names.push_back(entry.name);
    }
  }
  if (names.empty()) console.line("no model is installed; see: subtide models list");
  ExitCode code = ExitCode::kDone;
  for (const auto& name : names) {
    if (const auto verified = store.verify(name)) {
      console.line("{}: whole", name);
    } else {
      console.error("subtide: {}", verified.error().message);
      code = ExitCode::kFailed;
    }
  }
  return code;
}

ExitCode print_path(const ModelStore& store, const std::string& name) {
  const auto path = store.path_of(name);
  if (!path) {
    Console(Verbosity::kNormal).error("subtide: {}", path.error().message);
    return exit_code_of(path.error().code);
  }
  fmt::print("{}\n", path->string());
  return ExitCode::kDone;
}

/// The words after `models`.
struct ModelWords {
  CLI::App* list = nullptr;
  CLI::App* pull = nullptr;
  CLI::App* verify = nullptr;
  CLI::App* path = nullptr;
  std::vector<std::string> names;
  std::string name;
};

ExitCode run(const ModelWords& words, std::stop_token stop) {
  auto store = ModelStore::from_environment();
  if (!store) {
    Console(Verbosity::kNormal).error("subtide: {}", store.error().message);
    return exit_code_of(store.error().code);
  }
  if (words.pull->parsed()) return pull(*store, words.names, std::move(stop));
  if (words.verify->parsed()) return verify(*store, words.names);
  if (words.path->parsed()) return print_path(*store, words.name);
  return list(*store);
}

}  // namespace

Command add_models_command(CLI::App& program) {
  const auto words = std::make_shared<ModelWords>();
  CLI::App* app = program.add_subcommand("models", "Lists, gets and checks models");
  app->require_subcommand(1);
  words->list = app->add_subcommand("list", "All models, and which are here");
  words->pull = app->add_subcommand("pull", std::string("Downloads models, goes on where it broke "
                                                        "off, and checks them. Example:\n") +
                                                kPullExample);
  words->pull->add_option("name", words->names, "Names from the list")->required();
  words->verify = app->add_subcommand("verify", "Compares checksums of installed models");
  words->verify->add_option("name", words->names, "Names from the list (default: all installed)");
  words->path = app->add_subcommand("path", "Prints where a model is");
  words->path->add_option("name", words->name, "A name from the list")->required();
  return {app, kExample, [words](std::stop_token stop) { return run(*words, std::move(stop)); }};
}

}  // namespace subtide
