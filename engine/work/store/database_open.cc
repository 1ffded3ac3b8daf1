// What happens when a database is opened: is it ours, is it whole, must it be made.
#include <sqlite3.h>

#include <utility>

#include "engine/base/fault_point.h"
#include "engine/work/store/database.h"

namespace subtide {
namespace {

/// The text of all tables and indices, to compare two databases by.
constexpr std::string_view kSchemaText =
    "SELECT coalesce(group_concat(type||' '||name||' '||tbl_name||' '||coalesce(sql,''),';'),'') "
    "FROM (SELECT * FROM sqlite_schema WHERE name <> 'sqlite_stat1' ORDER BY type, name)";

Result<std::string> read_text(Statement statement) {
  Rows rows = statement.start();
  const auto row = rows.next();
  if (!row) return row.error();
  return *row ? rows.text(0) : std::string();
}

}  // namespace

Result<std::unique_ptr<Database>> Database::open(const std::filesystem::path& path,
                                                 const DatabaseKind& kind, IfAbsent if_absent) {
  std::unique_ptr<Database> database(new Database(path, kind));
  auto opened = database->connect();
  // Changing to the write-ahead log, and looking while another changes, does not wait by itself.
  if (opened) opened = retry_while_locked([&] { return database->set_up(if_absent); });
  if (opened) return database;
  // What SQLite cannot name, such as a file format it does not know, is damage here.
  if (opened.error().code != ErrorCode::kInternal) return opened.error();
  return database->damage(sqlite3_errmsg(database->handle_));
}

Status Database::set_up(IfAbsent if_absent) {
  constexpr const char* kSettings =
      "PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA mmap_size=0;"
      "PRAGMA foreign_keys=ON; PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY;";
  if (auto set = execute(kSettings); !set) return set;
  const auto empty = is_empty();
  if (!empty) return empty.error();
  if (*empty && if_absent == IfAbsent::kRefuse) return damage("it has lost all its tables");
  if (!*empty) {
    if (auto ours = check_owner(); !ours) return ours;
  }
  if (auto changed = execute("PRAGMA journal_mode=WAL"); !changed) return changed;
  if (*empty) {
    if (auto created = create_tables(); !created) return created;
  }
  if (auto whole = check_pages(); !whole) return whole;
  return check_schema();
}

Result<std::int64_t> Database::read_pragma(const std::string& name) {
  auto statement = prepare("PRAGMA " + name);
  if (!statement) return statement.error();
  Rows rows = statement->start();
  const auto row = rows.next();
  if (!row) return row.error();
  return *row ? rows.number(0) : 0;
}

Result<bool> Database::is_empty() {
  auto statement = prepare("SELECT count(*) FROM sqlite_schema");
  if (!statement) return statement.error();
  Rows rows = statement->start();
  const auto row = rows.next();
  if (!row) return row.error();
  return rows.number(0) == 0;
}

Status Database::check_owner() {
  const auto application = read_pragma("application_id");
  if (!application) return application.error();
  if (*application != kind_.application) {
    return make_error(ErrorCode::kBadInput, "{} is not a {} of subtide; {}", path_.string(),
                      kind_.name, kind_.way_out);
  }
  const auto version = read_pragma("user_version");
  if (!version) return version.error();
  if (*version > kind_.version) {
    return make_error(ErrorCode::kUnsupported,
                      "{} {} has version {}, this program knows {}: a newer subtide wrote it, or "
                      "it is damaged; use the newer one, or else {}",
                      kind_.name, path_.string(), *version, kind_.version, kind_.way_out);
  }
  if (*version != kind_.version) {
    return damage(fmt::format("its version reads {}", *version));
  }
  return ok();
}

Status Database::check_pages() {
  auto statement = prepare(fmt::format("PRAGMA {}(1)", kind_.check));
  if (!statement) return statement.error();
  const auto verdict = read_text(std::move(*statement));
  if (!verdict) return verdict.error();
  if (*verdict == "ok") return ok();
  return damage(verdict->substr(0, verdict->find('\n')));
}

Status Database::check_schema() {
  sqlite3* memory = nullptr;
  int code = sqlite3_open(":memory:", &memory);
  if (code == SQLITE_OK) {
    code = sqlite3_exec(memory, std::string(kind_.schema).c_str(), nullptr, nullptr, nullptr);
  }
  sqlite3_stmt* query = nullptr;
  if (code == SQLITE_OK) {
    code = sqlite3_prepare_v2(memory, kSchemaText.data(), static_cast<int>(kSchemaText.size()),
                              &query, nullptr);
  }
  std::string wanted;
  if (code == SQLITE_OK && sqlite3_step(query) == SQLITE_ROW) {
    wanted = reinterpret_cast<const char*>(sqlite3_column_text(query, 0));
  }
  sqlite3_finalize(query);
  sqlite3_close(memory);
  if (wanted.empty()) return make_error(ErrorCode::kInternal, "no memory to check the tables");
  auto statement = prepare(kSchemaText);
  if (!statement) return statement.error();
  const auto found = read_text(std::move(*statement));
  if (!found) return found.error();
  return *found == wanted ? ok() : Status(damage("its tables are not as they were made"));
}

Status Database::create_tables() {
  auto transaction = Transaction::begin(*this);
  if (!transaction) return transaction.error();
  // Another process may have made them since.
  const auto empty = is_empty();
  if (!empty) return empty.error();
  if (!*empty) return check_owner();
  const std::string sql = fmt::format("{} PRAGMA application_id={}; PRAGMA user_version={};",
                                      kind_.schema, kind_.application, kind_.version);
  if (auto made = execute(sql); !made) return made;
  fault_point(FaultPoint::kDatabaseCreating);
  if (auto committed = transaction->commit(); !committed) return committed;
  fault_point(FaultPoint::kDatabaseCreated);
  return ok();
}

}  // namespace subtide
