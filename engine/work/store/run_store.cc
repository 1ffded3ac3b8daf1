#include "engine/work/store/run_store.h"

#include <mutex>
#include <utility>

#include "engine/base/fault_point.h"
#include "engine/base/folders.h"
#include "engine/work/store/database.h"
#include "engine/work/store/run_lock.h"
#include "engine/work/store/run_rows.h"

namespace subtide {
namespace fs = std::filesystem;

namespace {

Result<std::int64_t> read_number(Database& database, std::string_view sql) {
  auto statement = database.prepare(sql);
  if (!statement) return statement.error();
  Rows rows = statement->start();
  const auto row = rows.next();
  if (!row) return row.error();
  if (!*row) return database.damage("a row that is always there is gone");
  return rows.number(0);
}

/// Reads all rows of a query; `values` may be null when only their checksums matter.
template <typename Value>
Status read_all(Database& database, const std::string& sql,
                Result<Value> (*read)(const Database&, const Rows&), std::vector<Value>* values) {
  auto statement = database.prepare(sql);
  if (!statement) return statement.error();
  Rows rows = statement->start();
  for (;;) {
    const auto row = rows.next();
    if (!row) return row.error();
    if (!*row) return ok();
    auto value = read(database, rows);
    if (!value) return value.error();
    if (values) values->push_back(std::move(*value));
  }
}

std::string select_jobs(std::string_view rest) {
  return fmt::format("SELECT {} FROM jobs {}", kJobColumns, rest);
}

std::string select_tasks(std::string_view rest) {
  // An outer join, so that a task whose progress is lost is seen as damaged.
  return fmt::format("SELECT {} FROM tasks t LEFT JOIN progress p ON p.task = t.id {}",
                     kTaskColumns, rest);
}

constexpr std::string_view kJobIsOpen =
    "state NOT IN ('completed', 'completed_degraded', 'failed', 'cancelled')";

Status check_rows(Database& database) {
  if (auto good = read_all<JobRecord>(database, select_jobs(""), read_job, nullptr); !good) {
    return good;
  }
  if (auto good = read_all<TaskRecord>(database, select_tasks(""), read_task, nullptr); !good) {
    return good;
  }
  const auto events = fmt::format("SELECT {} FROM events", kEventColumns);
  if (auto good = read_all<LogRow>(database, events, read_event, nullptr); !good) return good;
  const auto deliveries = fmt::format("SELECT {} FROM deliveries", kDeliveryColumns);
  return read_all<Delivery>(database, deliveries, read_delivery, nullptr);
}

}  // namespace

bool may_pass(ErrorCode code) {
  return code == ErrorCode::kNoSpace || code == ErrorCode::kIo || code == ErrorCode::kUnavailable;
}

struct RunStore::State {
  RunLock lock;  // declared first: given back last
  std::unique_ptr<Database> database;
  RunStatements statements;
  std::int64_t commits;
  EventRow last_event;
  std::mutex mutex;

  Status write(const WorkBatch& batch);
};

RunStore::RunStore(std::unique_ptr<State> state) : state_(std::move(state)) {}
RunStore::RunStore(RunStore&&) noexcept = default;
RunStore& RunStore::operator=(RunStore&&) noexcept = default;
RunStore::~RunStore() = default;

Result<RunStore> RunStore::open(const fs::path& run_folder) {
  auto lock = RunLock::take(run_folder);
  if (!lock) return lock.error();
  const std::int64_t witnessed = lock->witnessed().value_or(0);
  auto opened =
      Database::open(run_folder / "work.db", kRunDatabase,
                     witnessed > 0 ? Database::IfAbsent::kRefuse : Database::IfAbsent::kCreate);
  if (!opened) return opened.error();
  Database& database = **opened;
  if (auto synced = sync_folder(run_folder); !synced) return synced.error();
  const auto commits = read_number(database, "SELECT value FROM meta WHERE name = 'commits'");
  if (!commits) return commits.error();
  if (*commits < witnessed) {
    return database.damage(
        fmt::format("{} of {} commits are missing", witnessed - *commits, witnessed));
  }
  if (auto good = check_rows(database); !good) return good.error();
  const auto last = read_number(database, "SELECT coalesce(max(row), 0) FROM events");
  if (!last) return last.error();
  auto statements = RunStatements::prepare(database);
  if (!statements) return statements.error();
  return RunStore(std::unique_ptr<State>(new State{std::move(*lock),
                                                   std::move(*opened),
                                                   std::move(*statements),
                                                   *commits,
                                                   static_cast<EventRow>(*last),
                                                   {}}));
}

Status RunStore::State::write(const WorkBatch& batch) {
  for (const JobRecord& job : batch.jobs) {
    if (auto written = write_job(statements, job); !written) return written;
  }
  fault_point(FaultPoint::kRunCommitJobs);
  for (const TaskRecord& record : batch.new_tasks) {
    if (auto written = write_new_task(statements, record); !written) return written;
  }
  for (const TaskChange& change : batch.changes) {
    if (auto written = write_change(*database, statements, change); !written) return written;
  }
  fault_point(FaultPoint::kRunCommitTasks);
  EventRow row = last_event;
  for (const LogRow& event : batch.events) {
    if (auto written = write_event(statements, event, ++row); !written) return written;
  }
  for (const Delivery& delivery : batch.deliveries) {
    if (auto written = write_delivery(statements, delivery); !written) return written;
  }
  fault_point(FaultPoint::kRunCommitEvents);
  return statements.count_commit.run({commits + 1});
}

Result<EventRow> RunStore::commit(const WorkBatch& batch) {
  State& state = *state_;
  const std::lock_guard guard(state.mutex);
  auto transaction = Transaction::begin(*state.database);
  if (!transaction) return transaction.error();
  fault_point(FaultPoint::kRunCommitBegun);
  if (auto written = state.write(batch); !written) return written.error();
  if (auto committed = transaction->commit(); !committed) return committed.error();
  fault_point(FaultPoint::kRunCommitted);
  state.lock.witness(++state.commits);
  fault_point(FaultPoint::kRunWitnessed);
  state.last_event += batch.events.size();
  return batch.events.empty() ? EventRow{0} : state.last_event;
}

Result<OpenWork> RunStore::load() const {
  const std::lock_guard guard(state_->mutex);
  Database& database = *state_->database;
  OpenWork work;
  const std::string jobs = select_jobs(fmt::format("WHERE {} ORDER BY rowid", kJobIsOpen));
  if (auto read = read_all(database, jobs, read_job, &work.jobs); !read) return read.error();
  const std::string tasks = select_tasks(
      fmt::format("WHERE t.job IN (SELECT id FROM jobs WHERE {}) ORDER BY t.id", kJobIsOpen));
  if (auto read = read_all(database, tasks, read_task, &work.tasks); !read) return read.error();
  const auto last = read_number(database, "SELECT coalesce(max(id), 0) FROM tasks");
  if (!last) return last.error();
  work.last_task = static_cast<TaskId>(*last);
  work.last_event = state_->last_event;
  return work;
}

Result<std::vector<LogRow>> RunStore::read_events(EventRow from, std::size_t limit) const {
  const std::lock_guard guard(state_->mutex);
  Rows rows = state_->statements.read_events.start(
      {static_cast<std::int64_t>(from), static_cast<std::int64_t>(limit)});
  std::vector<LogRow> events;
  for (;;) {
    const auto row = rows.next();
    if (!row) return row.error();
    if (!*row) return events;
    auto event = read_event(*state_->database, rows);
    if (!event) return event.error();
    events.push_back(std::move(*event));
  }
}

EventRow RunStore::last_event() const {
  const std::lock_guard guard(state_->mutex);
  return state_->last_event;
}

Result<EventRow> RunStore::delivered(std::string_view consumer) const {
  const std::lock_guard guard(state_->mutex);
  Rows rows = state_->statements.read_delivery.start({consumer});
  const auto row = rows.next();
  if (!row) return row.error();
  if (!*row) return EventRow{0};
  const auto delivery = read_delivery(*state_->database, rows);
  if (!delivery) return delivery.error();
  return delivery->row;
}

Status RunStore::limit_pages(std::int64_t pages) {
  const std::lock_guard guard(state_->mutex);
  return state_->database->execute(fmt::format("PRAGMA max_page_count={}", pages));
}

}  // namespace subtide
