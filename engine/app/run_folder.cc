#include "engine/app/run_folder.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>

#include "engine/base/atomic_file.h"
#include "engine/base/folders.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kRunFile = "run.json";
constexpr std::size_t kLongestRunFile = 1U << 16U;

fs::path environment_path(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? fs::path() : fs::path(value);
}

std::optional<RunDescription> read_run(const fs::path& folder) {
  const auto text = read_file(folder / kRunFile, kLongestRunFile);
  if (!text) return std::nullopt;
  try {
    const Json json = Json::parse(*text);
    RunDescription run;
    run.folder = folder;
    json.at("id").get_to(run.id);
    json.at("pid").get_to(run.pid);
    json.at("started").get_to(run.started);
    json.at("input").get_to(run.input);
    json.at("command").get_to(run.command);
    run.folder_of_command = json.at("folder").get<std::string>();
    json.at("work").get_to(run.work);
    json.at("subscribe").get_to(run.subscribe);
    json.at("event_state").get_to(run.event_state);
    run.requests = json.value("requests", "");
    return run;
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

std::vector<RunDescription> all_runs(const fs::path& state) {
  std::vector<RunDescription> runs;
  std::error_code unreadable;
  for (const auto& entry : fs::directory_iterator(state / "runs", unreadable)) {
    if (auto run = read_run(entry.path())) runs.push_back(std::move(*run));
  }
  std::ranges::sort(runs, {}, &RunDescription::started);
  return runs;
}

/// A process that has ended and waits to be buried does not live.
bool is_living(const RunDescription& run) {
  std::ifstream file(fmt::format("/proc/{}/stat", run.pid));
  std::string stat;
  std::getline(file, stat);
  const auto name_end = stat.rfind(')');
  return name_end != std::string::npos && name_end + 2 < stat.size() && stat[name_end + 2] != 'Z';
}

}  // namespace

fs::path state_folder(const std::optional<fs::path>& asked) {
  if (asked) return *asked;
  if (const fs::path named = environment_path("SUBTIDE_STATE"); !named.empty()) return named;
  if (const fs::path home = environment_path("XDG_STATE_HOME"); home.is_absolute()) {
    return home / "subtide";
  }
  return environment_path("HOME") / ".local/state/subtide";
}

Result<fs::path> make_run_folder(const fs::path& state, const std::string& id) {
  const fs::path folder = state / "runs" / id;
  if (Status made = make_folder(folder); !made) return made.error();
  return folder;
}

Status write_run_file(const RunDescription& run) {
  const Json json = {{"id", run.id},
                     {"pid", run.pid},
                     {"started", run.started},
                     {"input", run.input},
                     {"command", run.command},
                     {"folder", run.folder_of_command.string()},
                     {"work", run.work},
                     {"subscribe", run.subscribe},
                     {"event_state", run.event_state},
                     {"requests", run.requests}};
  return write_file_atomically(run.folder / kRunFile,
                               json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n",
                               AtomicFile::IfExists::kReplace);
}

std::vector<RunDescription> living_runs(const fs::path& state) {
  std::vector<RunDescription> runs = all_runs(state);
  std::erase_if(runs, [](const RunDescription& run) { return !is_living(run); });
  return runs;
}

bool is_living(const fs::path& state, const std::string& id) {
  const auto run = read_run(state / "runs" / id);
  return run && is_living(*run);
}

Result<RunDescription> find_run(const fs::path& state, const std::string& id) {
  std::vector<RunDescription> runs = id.empty() ? living_runs(state) : all_runs(state);
  if (!id.empty()) std::erase_if(runs, [&](const RunDescription& run) { return run.id != id; });
  if (runs.size() == 1) return runs.front();
  if (runs.empty() && !id.empty()) {
    return make_error(ErrorCode::kNotFound, "no run '{}' in {}", id, (state / "runs").string());
  }
  if (runs.empty()) {
    return make_error(ErrorCode::kNotFound, "nothing runs; start 'subtide subtitle' first");
  }
  std::string names;
  for (const auto& run : runs) names += fmt::format(" {} ({})", run.id, run.input);
  return make_error(ErrorCode::kInvalidArgument, "several runs live; name one with --connect:{}",
                    names);
}

void remove_old_runs(const fs::path& state, std::size_t kept) {
  std::vector<RunDescription> ended = all_runs(state);
  std::erase_if(ended, [](const RunDescription& run) { return is_living(run); });
  if (ended.size() <= kept) return;
  ended.resize(ended.size() - kept);
  for (const RunDescription& run : ended) {
    std::error_code ignored;
    fs::remove_all(run.folder, ignored);
  }
}

}  // namespace subtide
