#include "tests/faults/run_record.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <functional>
#include <stdexcept>

#include "tests/support/shared_files.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;

/// A copy of a database with its log, open as long as this lives.
class Copy {
 public:
  explicit Copy(const fs::path& path) : path_(path) {
    for (const char* suffix : {"", "-wal"}) {
      std::error_code missing;
      fs::copy_file(path.string() + suffix, (folder_ / "copy.db").string() + suffix, missing);
    }
    if (sqlite3_open((folder_ / "copy.db").c_str(), &handle_) != SQLITE_OK) fail();
  }
  Copy(const Copy&) = delete;
  Copy& operator=(const Copy&) = delete;
  ~Copy() { sqlite3_close(handle_); }

  using Row = std::function<void(sqlite3_stmt*)>;
  void each(const char* sql, const Row& row) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(handle_, sql, -1, &statement, nullptr) != SQLITE_OK) fail();
    int code = SQLITE_ROW;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) row(statement);
    sqlite3_finalize(statement);
    if (code != SQLITE_DONE) fail();
  }

  bool has_tables() {
    std::int64_t count = 0;
    each("SELECT count(*) FROM sqlite_schema",
         [&](sqlite3_stmt* row) { count = sqlite3_column_int64(row, 0); });
    return count > 0;
  }

 private:
  [[noreturn]] void fail() const {
    throw std::runtime_error(fmt::format("{}: {}", path_.string(), sqlite3_errmsg(handle_)));
  }

  const fs::path path_;
  const TemporaryFolder folder_;
  sqlite3* handle_ = nullptr;
};

std::string text(sqlite3_stmt* row, int column) {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(row, column));
  return bytes == nullptr ? "" : bytes;
}

RunRecord::Event event_of(sqlite3_stmt* row) {
  RunRecord::Event event;
  event.row = sqlite3_column_int64(row, 0);
  event.source = text(row, 1);
  event.family = text(row, 2);
  event.sequence = sqlite3_column_int64(row, 3);
  event.name = text(row, 4);
  event.time = sqlite3_column_int64(row, 5);
  const auto json = nlohmann::json::parse(text(row, 6), nullptr, false);
  if (json.is_object() && json.contains("data")) event.data = json.at("data");
  return event;
}

RunRecord read_run(Copy& copy, const fs::path& folder) {
  RunRecord run;
  run.folder = folder;
  copy.each("SELECT id, state FROM jobs",
            [&](sqlite3_stmt* row) { run.jobs[text(row, 0)] = text(row, 1); });
  copy.each("SELECT t.id, p.state, t.job FROM tasks t LEFT JOIN progress p ON p.task = t.id",
            [&](sqlite3_stmt* row) {
              run.tasks[sqlite3_column_int64(row, 0)] = text(row, 1);
              run.tasks_jobs[sqlite3_column_int64(row, 0)] = text(row, 2);
            });
  copy.each("SELECT row, source, family, sequence, name, time, json FROM events ORDER BY row",
            [&](sqlite3_stmt* row) { run.events.push_back(event_of(row)); });
  return run;
}

}  // namespace

std::vector<RunRecord> read_runs(const fs::path& state) {
  std::vector<RunRecord> runs;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(state / "runs", none)) {
    if (!fs::exists(entry.path() / "work.db")) continue;
    Copy copy(entry.path() / "work.db");
    if (copy.has_tables()) runs.push_back(read_run(copy, entry.path()));
  }
  std::ranges::sort(runs, {}, &RunRecord::last_time);
  return runs;
}

std::map<std::string, int> read_effect_keys(const fs::path& state) {
  std::map<std::string, int> keys;
  const fs::path path = state / "store/effects.db";
  if (!fs::exists(path)) return keys;
  Copy copy(path);
  if (!copy.has_tables()) return keys;
  copy.each("SELECT key FROM effects", [&](sqlite3_stmt* row) { ++keys[text(row, 0)]; });
  return keys;
}

}  // namespace subtide
