#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace subtide {

/// What one engine process left in its run folder, read by SQLite alone.
struct RunRecord {
  struct Event {
    std::int64_t row = 0;
    std::string source;
    std::string family;
    std::int64_t sequence = 0;
    std::string name;
    std::int64_t time = 0;
    nlohmann::json data;
  };

  std::filesystem::path folder;
  std::map<std::string, std::string> jobs;         ///< id -> state
  std::map<std::int64_t, std::string> tasks;       ///< id -> state
  std::map<std::int64_t, std::string> tasks_jobs;  ///< id -> job
  std::vector<Event> events;                       ///< by row

  std::int64_t last_time() const { return events.empty() ? 0 : events.back().time; }
};

/// The runs of a state folder, oldest first; those that died before their tables were made are left
/// out. Works on copies, so that looking changes nothing.
/// Throws std::runtime_error when a database does not read.
std::vector<RunRecord> read_runs(const std::filesystem::path& state);

/// How many results each effect key has in the shared store.
std::map<std::string, int> read_effect_keys(const std::filesystem::path& state);

}  // namespace subtide
