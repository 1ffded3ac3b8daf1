#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <variant>

#include "engine/base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace subtide {

using SqlValue = std::variant<std::int64_t, std::string_view>;

/// What a database file is to its user.
struct DatabaseKind {
  std::string_view name;     ///< "run database"
  std::int32_t application;  ///< SQLite's application_id
  std::int64_t version;      ///< of the tables; a file of a newer one is refused
  std::string_view schema;   ///< the SQL that makes them
  std::string_view check;    ///< "integrity_check", or "quick_check" where indices need not match
  std::string_view way_out;  ///< what to do when the file is damaged
};

/// The rows of a running statement; the statement is free again when this goes.
class Rows {
 public:
  Rows(const Rows&) = delete;
  Rows& operator=(const Rows&) = delete;
  ~Rows();

  /// Goes to the next row; false when there is none.
  Result<bool> next();
  std::int64_t number(int column) const;
  std::string text(int column) const;

 private:
  friend class Statement;
  Rows(class Database& database, sqlite3_stmt* statement)
      : database_(database), statement_(statement) {}
  Database& database_;
  sqlite3_stmt* statement_;
};

/// A prepared statement, kept and used again. Its database must outlive it.
class Statement {
 public:
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&& other) noexcept;
  ~Statement();

  /// Starts it with values for ?1, ?2, …; one use at a time.
  Rows start(std::initializer_list<SqlValue> values = {});
  /// Runs it to the end.
  Status run(std::initializer_list<SqlValue> values = {});

 private:
  friend class Database;
  Statement(Database& database, sqlite3_stmt* statement)
      : database_(&database), statement_(statement) {}
  Database* database_;
  sqlite3_stmt* statement_;
};

/// One connection to an SQLite file: write-ahead log, every commit flushed to the disk, a wait of
/// five seconds for other writers, and a check of all pages and tables when it is opened.
///
/// Owner:   the caller, on the heap, since statements point to it. Not to be used after a fork.
/// Threads: one at a time.
/// Errors:  kBadInput (damaged, or another program's file), kUnsupported (newer version), kNoSpace,
///          kUnavailable (locked by another process), kDenied, kIo. All name the file.
class Database {
 public:
  enum class IfAbsent { kCreate, kRefuse };
  static Result<std::unique_ptr<Database>> open(const std::filesystem::path& path,
                                                const DatabaseKind& kind, IfAbsent if_absent);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database();

  Result<Statement> prepare(std::string_view sql);
  Status execute(const std::string& sql);
  /// Rows changed by the last statement that ran.
  std::int64_t changes() const;
  bool is_in_transaction() const;

  /// The last failure of SQLite as ours.
  Error error(int code) const;
  /// The way to say that a value in the file is not what was written.
  Error damage(std::string_view detail) const;

  const std::filesystem::path& path() const { return path_; }

 private:
  Database(std::filesystem::path path, const DatabaseKind& kind);
  Status connect();
  Status set_up(IfAbsent if_absent);
  Result<std::int64_t> read_pragma(const std::string& name);
  Result<bool> is_empty();
  Status check_owner();
  Status check_pages();
  Status check_schema();
  Status create_tables();

  std::filesystem::path path_;
  DatabaseKind kind_;
  sqlite3* handle_ = nullptr;
};

/// A write transaction; undone when it goes without commit().
class Transaction {
 public:
  static Result<Transaction> begin(Database& database);
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  Status commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  Database* database_;  // null when there is nothing left to undo
};

/// Repeats what failed because another process held the file: for two seconds, and twice at least.
template <typename Action>
auto retry_while_locked(Action action) {
  constexpr std::chrono::milliseconds kPause(5);
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(2);
  auto result = action();
  for (int again = 0; again < 2 || std::chrono::steady_clock::now() < until; ++again) {
    if (result || result.error().code != ErrorCode::kUnavailable) break;
    std::this_thread::sleep_for(kPause);
    result = action();
  }
  return result;
}

}  // namespace subtide
