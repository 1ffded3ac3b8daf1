#include "engine/work/store/database.h"

#include <sqlite3.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace subtide {
namespace {

constexpr int kBusyWaitMs = 5000;

ErrorCode code_of_file_error(sqlite3* handle) {
  const int number = sqlite3_system_errno(handle);
  if (number == ENOSPC || number == EDQUOT) return ErrorCode::kNoSpace;
  if (number == EACCES || number == EPERM || number == EROFS) return ErrorCode::kDenied;
  return number == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo;
}

}  // namespace

Rows::~Rows() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

Result<bool> Rows::next() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return database_.error(code);
}

std::int64_t Rows::number(int column) const { return sqlite3_column_int64(statement_, column); }

std::string Rows::text(int column) const {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  if (bytes == nullptr) return {};
  return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

Statement::Statement(Statement&& other) noexcept
    : database_(other.database_), statement_(std::exchange(other.statement_, nullptr)) {}

Statement& Statement::operator=(Statement&& other) noexcept {
  std::swap(database_, other.database_);
  std::swap(statement_, other.statement_);
  return *this;
}

Statement::~Statement() { sqlite3_finalize(statement_); }

Rows Statement::start(std::initializer_list<SqlValue> values) {
  int index = 0;
  for (const SqlValue& value : values) {
    ++index;
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
      sqlite3_bind_int64(statement_, index, *number);
    } else {
      const auto text = std::get<std::string_view>(value);
      // A null pointer would bind NULL; no column takes it.
      sqlite3_bind_text64(statement_, index, text.data() ? text.data() : "", text.size(),
                          SQLITE_TRANSIENT, SQLITE_UTF8);
    }
  }
  return {*database_, statement_};
}

Status Statement::run(std::initializer_list<SqlValue> values) {
  Rows rows = start(values);
  for (;;) {
    const auto row = rows.next();
    if (!row) return row.error();
    if (!*row) return ok();
  }
}

Database::Database(std::filesystem::path path, const DatabaseKind& kind)
    : path_(std::move(path)), kind_(kind) {}

Database::~Database() { sqlite3_close(handle_); }

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return error(code);
  return Statement(*this, statement);
}

Status Database::execute(const std::string& sql) {
  const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return error(code);
  return ok();
}

std::int64_t Database::changes() const { return sqlite3_changes64(handle_); }

bool Database::is_in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }

Error Database::damage(std::string_view detail) const {
  return make_error(ErrorCode::kBadInput, "{} {} is damaged ({}); {}", kind_.name, path_.string(),
                    detail, kind_.way_out);
}

Error Database::error(int code) const {
  const std::string detail = sqlite3_errmsg(handle_);
  switch (code & 0xFF) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return damage(detail);
    case SQLITE_FULL:
      return make_error(ErrorCode::kNoSpace, "no space left to write {} {}; free some", kind_.name,
                        path_.string());
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return make_error(ErrorCode::kUnavailable, "{} {} is locked by another process; try again",
                        kind_.name, path_.string());
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return make_error(ErrorCode::kDenied, "{} {} may not be written: {}", kind_.name,
                        path_.string(), detail);
    case SQLITE_CONSTRAINT:
      return make_error(ErrorCode::kInvalidArgument, "{} {} does not take a row: {}", kind_.name,
                        path_.string(), detail);
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
      return make_error(code_of_file_error(handle_), "cannot read or write {} {}: {} ({})",
                        kind_.name, path_.string(), detail,
                        std::generic_category().message(sqlite3_system_errno(handle_)));
    default:
      return make_error(ErrorCode::kInternal, "{} {}: SQLite says '{}' ({})", kind_.name,
                        path_.string(), detail, code);
  }
}

Status Database::connect() {
  const int flags =
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int code = sqlite3_open_v2(path_.c_str(), &handle_, flags, nullptr);
  if (code != SQLITE_OK) return error(code);
  sqlite3_busy_timeout(handle_, kBusyWaitMs);
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  return ok();
}

Result<Transaction> Transaction::begin(Database& database) {
  if (auto begun = database.execute("BEGIN IMMEDIATE"); !begun) return begun.error();
  return Transaction(database);
}

Transaction::Transaction(Transaction&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)) {}

Transaction::~Transaction() {
  // SQLite has undone it already after some failures.
  if (database_ && database_->is_in_transaction()) (void)database_->execute("ROLLBACK");
}

Status Transaction::commit() {
  if (auto committed = database_->execute("COMMIT"); !committed) return committed;
  database_ = nullptr;
  return ok();
}

}  // namespace subtide
