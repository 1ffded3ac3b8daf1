#include "engine/work/store/shared_database.h"

#include <utility>

#include "engine/base/folders.h"
#include "engine/work/store/shared_state.h"

namespace subtide {
namespace {

const DatabaseKind kKind = {
    "shared store",
    0x53744566,
    1,
    R"sql(
CREATE TABLE effects(
  id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, stage TEXT NOT NULL, model TEXT NOT NULL,
  job TEXT NOT NULL, input TEXT NOT NULL, json TEXT NOT NULL, time INTEGER NOT NULL,
  sum TEXT NOT NULL) STRICT;
CREATE INDEX effects_by_time ON effects(time);
CREATE TABLE dead_letters(
  id TEXT PRIMARY KEY NOT NULL, job TEXT NOT NULL, input TEXT NOT NULL, stage TEXT NOT NULL,
  model TEXT NOT NULL, effect_key TEXT NOT NULL, reason TEXT NOT NULL, attempts INTEGER NOT NULL,
  span_begin INTEGER NOT NULL, span_end INTEGER NOT NULL, blob TEXT NOT NULL,
  payload TEXT NOT NULL, time INTEGER NOT NULL, retried_at INTEGER NOT NULL,
  sum INTEGER NOT NULL) STRICT;
CREATE TABLE inputs(
  path TEXT PRIMARY KEY NOT NULL, device INTEGER NOT NULL, inode INTEGER NOT NULL,
  size INTEGER NOT NULL, mtime INTEGER NOT NULL, sha256 TEXT NOT NULL,
  sum INTEGER NOT NULL) STRICT;
)sql",
    "quick_check",
    "move it away with its -wal and -shm files: finished work is then done again, dead letters are "
    "lost"};

}  // namespace

SharedDatabase::SharedDatabase(std::unique_ptr<State> state) : state_(std::move(state)) {}
SharedDatabase::~SharedDatabase() = default;

Result<std::shared_ptr<SharedDatabase>> SharedDatabase::open(
    const std::filesystem::path& store_folder) {
  if (auto made = make_folder(store_folder); !made) return made.error();
  auto database = Database::open(store_folder / "effects.db", kKind, Database::IfAbsent::kCreate);
  if (!database) return database.error();
  if (auto synced = sync_folder(store_folder); !synced) return synced.error();
  std::unique_ptr<State> state(new State{std::move(*database), {}});
  return std::shared_ptr<SharedDatabase>(new SharedDatabase(std::move(state)));
}

}  // namespace subtide
