// subtide doctor: what is installed, what is missing, and how to get it.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "engine/app/command.h"
#include "engine/app/console.h"
#include "engine/app/doctor_checks.h"
#include "engine/app/media_job.h"
#include "models/builtin.h"

namespace subtide {
namespace {

constexpr const char* kExample = "  subtide doctor\n  subtide doctor --json\n";

std::string_view name_of(CheckState state) {
  switch (state) {
    case CheckState::kGood:
      return "good";
    case CheckState::kMissing:
      return "missing";
    case CheckState::kOptional:
      return "optional";
  }
  return "missing";
}

std::string_view mark_of(CheckState state) {
  switch (state) {
    case CheckState::kGood:
      return "ok     ";
    case CheckState::kMissing:
      return "MISSING";
    case CheckState::kOptional:
      return "-      ";
  }
  return "MISSING";
}

void print_for_people(const std::vector<Check>& checks) {
  std::string group;
  for (const auto& check : checks) {
    if (check.group != group) fmt::print("{}{}\n", group.empty() ? "" : "\n", check.group);
    group = check.group;
    fmt::print("  {} {:<26} {}\n", mark_of(check.state), check.name, printable(check.found));
    if (!check.remedy.empty()) fmt::print("          {:<26} get it: {}\n", "", check.remedy);
  }
  fmt::print("\n{}\n", can_subtitle(checks)
                           ? "subtide can make subtitles here."
                           : "subtide cannot make subtitles here yet: get what is named above.");
}

void print_for_machines(const std::vector<Check>& checks) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const auto& check : checks) {
    list.push_back({{"group", check.group},
                    {"name", check.name},
                    {"state", name_of(check.state)},
                    {"found", check.found},
                    {"remedy", check.remedy}});
  }
  const nlohmann::ordered_json root = {{"can_subtitle", can_subtitle(checks)},
                                       {"checks", std::move(list)}};
  fmt::print("{}\n", root.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
}

ExitCode run(bool is_json) {
  if (const auto started = start_media_engine(make_builtin_provider()); !started) {
    Console(Verbosity::kNormal).error("subtide: {}", started.error().message);
    return ExitCode::kFailed;
  }
  const auto checks = run_checks();
  if (is_json) {
    print_for_machines(checks);
  } else {
    print_for_people(checks);
  }
  return can_subtitle(checks) ? ExitCode::kDone : ExitCode::kFailed;
}

}  // namespace

Command add_doctor_command(CLI::App& program) {
  const auto is_json = std::make_shared<bool>(false);
  CLI::App* app = program.add_subcommand(
      "doctor", "Says what is installed, what is missing, and how to get it");
  app->add_flag("--json", *is_json, "As JSON");
  return {app, kExample, [is_json](std::stop_token) { return run(*is_json); }};
}

}  // namespace subtide
