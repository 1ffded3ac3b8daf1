#include "engine/work/store/run_rows.h"

#include <array>
#include <optional>
#include <utility>

#include "engine/work/store/row_sum.h"

namespace subtide {
namespace {

constexpr std::array kTaskStates = {TaskState::kReady, TaskState::kLeased,  TaskState::kRetryWait,
                                    TaskState::kDone,  TaskState::kSkipped, TaskState::kDead};
constexpr std::array kJobStates = {
    JobState::kAccepted,   JobState::kQueued,     JobState::kRunning,
    JobState::kFinalizing, JobState::kCompleted,  JobState::kCompletedDegraded,
    JobState::kFailed,     JobState::kCancelling, JobState::kCancelled};

template <typename States>
auto find_state(const States& states, std::string_view name)
    -> std::optional<typename States::value_type> {
  for (const auto state : states) {
    if (to_string(state) == name) return state;
  }
  return std::nullopt;
}

std::string_view urgency_name(Urgency urgency) {
  return urgency == Urgency::kLive ? "live" : "batch";
}

std::int64_t number(std::uint64_t value) { return static_cast<std::int64_t>(value); }

std::int64_t sum_of(const JobRecord& job) {
  return RowSum()
      .add(job.id)
      .add(to_string(job.state))
      .add(job.request)
      .add(job.outcome)
      .add(to_number(job.accepted_at))
      .value();
}

std::int64_t sum_of(const Task& task) {
  return RowSum()
      .add(number(task.id))
      .add(task.job)
      .add(task.stage)
      .add(task.model)
      .add(task.effect_key)
      .add(task.payload)
      .add(task.span.begin.count())
      .add(task.span.end.count())
      .add(urgency_name(task.urgency))
      .add(task.deadline.count())
      .value();
}

std::int64_t sum_of(TaskId id, const TaskProgress& progress) {
  return RowSum()
      .add(number(id))
      .add(to_string(progress.state))
      .add(std::int64_t{progress.generation})
      .add(std::int64_t{progress.attempts})
      .add(progress.worker)
      .add(progress.until.count())
      .add(progress.reason)
      .value();
}

std::int64_t sum_of(const LogRow& event, EventRow row) {
  return RowSum()
      .add(number(row))
      .add(event.source)
      .add(event.family)
      .add(number(event.sequence))
      .add(event.name)
      .add(event.subject)
      .add(event.json)
      .add(to_number(event.time))
      .value();
}

std::int64_t sum_of(const Delivery& delivery) {
  return RowSum().add(delivery.consumer).add(number(delivery.row)).value();
}

}  // namespace

const DatabaseKind kRunDatabase = {
    "run database",
    0x53745275,
    1,
    R"sql(
CREATE TABLE meta(name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
CREATE TABLE jobs(
  id TEXT PRIMARY KEY NOT NULL, state TEXT NOT NULL, request TEXT NOT NULL, outcome TEXT NOT NULL,
  accepted_at INTEGER NOT NULL, sum INTEGER NOT NULL) STRICT;
CREATE TABLE tasks(
  id INTEGER PRIMARY KEY, job TEXT NOT NULL REFERENCES jobs(id), stage TEXT NOT NULL,
  model TEXT NOT NULL, effect_key TEXT NOT NULL, payload TEXT NOT NULL,
  span_begin INTEGER NOT NULL, span_end INTEGER NOT NULL, urgency TEXT NOT NULL,
  deadline INTEGER NOT NULL, sum INTEGER NOT NULL) STRICT;
CREATE TABLE progress(
  task INTEGER PRIMARY KEY REFERENCES tasks(id), state TEXT NOT NULL, generation INTEGER NOT NULL,
  attempts INTEGER NOT NULL, worker TEXT NOT NULL, until INTEGER NOT NULL, reason TEXT NOT NULL,
  sum INTEGER NOT NULL) STRICT;
CREATE TABLE events(
  row INTEGER PRIMARY KEY, source TEXT NOT NULL, family TEXT NOT NULL, sequence INTEGER NOT NULL,
  name TEXT NOT NULL, subject TEXT NOT NULL, json TEXT NOT NULL, time INTEGER NOT NULL,
  sum INTEGER NOT NULL, UNIQUE(source, family, sequence)) STRICT;
CREATE TABLE deliveries(
  consumer TEXT PRIMARY KEY NOT NULL, row INTEGER NOT NULL, sum INTEGER NOT NULL) STRICT;
INSERT INTO meta VALUES('commits', 0);
)sql",
    "integrity_check",
    "move the run folder away and start again: finished work is kept in the store and found there"};

Result<JobRecord> read_job(const Database& database, const Rows& rows) {
  const auto state = find_state(kJobStates, rows.text(1));
  JobRecord job{rows.text(0), state.value_or(JobState::kAccepted), rows.text(2), rows.text(3),
                to_wall_time(rows.number(4))};
  if (state && rows.number(5) == sum_of(job)) return job;
  return database.damage("a job's row is not as it was written");
}

Result<TaskRecord> read_task(const Database& database, const Rows& rows) {
  TaskRecord record;
  Task& task = record.task;
  task.id = static_cast<TaskId>(rows.number(0));
  task.job = rows.text(1);
  task.stage = rows.text(2);
  task.model = rows.text(3);
  task.effect_key = rows.text(4);
  task.payload = rows.text(5);
  task.span = {MediaTime(rows.number(6)), MediaTime(rows.number(7))};
  const std::string urgency = rows.text(8);
  task.urgency = urgency == "live" ? Urgency::kLive : Urgency::kBatch;
  task.deadline = WorkTime(rows.number(9));
  TaskProgress& progress = record.progress;
  const auto state = find_state(kTaskStates, rows.text(11));
  progress.state = state.value_or(TaskState::kReady);
  progress.generation = static_cast<std::uint32_t>(rows.number(12));
  progress.attempts = static_cast<int>(rows.number(13));
  progress.worker = rows.text(14);
  progress.until = WorkTime(rows.number(15));
  progress.reason = rows.text(16);
  if (state && urgency == urgency_name(task.urgency) && rows.number(10) == sum_of(task) &&
      rows.number(17) == sum_of(task.id, progress)) {
    return record;
  }
  return database.damage(fmt::format("the row of task {} is not as it was written", task.id));
}

Result<LogRow> read_event(const Database& database, const Rows& rows) {
  LogRow event{static_cast<EventRow>(rows.number(0)),
               rows.text(1),
               rows.text(2),
               static_cast<std::uint64_t>(rows.number(3)),
               rows.text(4),
               rows.text(5),
               rows.text(6),
               to_wall_time(rows.number(7))};
  if (rows.number(8) == sum_of(event, event.row)) return event;
  return database.damage(fmt::format("event {} is not as it was written", event.row));
}

Result<Delivery> read_delivery(const Database& database, const Rows& rows) {
  Delivery delivery{rows.text(0), static_cast<EventRow>(rows.number(1))};
  if (rows.number(2) == sum_of(delivery)) return delivery;
  return database.damage("a consumer's cursor is not as it was written");
}

Status write_job(RunStatements& statements, const JobRecord& job) {
  return statements.put_job.run({job.id, to_string(job.state), job.request, job.outcome,
                                 to_number(job.accepted_at), sum_of(job)});
}

Status write_new_task(RunStatements& statements, const TaskRecord& record) {
  const auto& [task, progress] = record;
  auto added =
      statements.add_task.run({number(task.id), task.job, task.stage, task.model, task.effect_key,
                               task.payload, task.span.begin.count(), task.span.end.count(),
                               urgency_name(task.urgency), task.deadline.count(), sum_of(task)});
  if (!added) return added;
  return statements.add_progress.run(
      {number(task.id), to_string(progress.state), std::int64_t{progress.generation},
       std::int64_t{progress.attempts}, progress.worker, progress.until.count(), progress.reason,
       sum_of(task.id, progress)});
}

Status write_change(Database& database, RunStatements& statements, const TaskChange& change) {
  const TaskProgress& progress = change.progress;
  auto changed = statements.change_progress.run(
      {number(change.id), to_string(progress.state), std::int64_t{progress.generation},
       std::int64_t{progress.attempts}, progress.worker, progress.until.count(), progress.reason,
       sum_of(change.id, progress)});
  if (!changed) return changed;
  if (database.changes() == 1) return ok();
  return make_error(ErrorCode::kInvalidArgument, "run database {} has no task {} to change",
                    database.path().string(), change.id);
}

Status write_event(RunStatements& statements, const LogRow& event, EventRow row) {
  return statements.add_event.run({number(row), event.source, event.family, number(event.sequence),
                                   event.name, event.subject, event.json, to_number(event.time),
                                   sum_of(event, row)});
}

Status write_delivery(RunStatements& statements, const Delivery& delivery) {
  return statements.put_delivery.run({delivery.consumer, number(delivery.row), sum_of(delivery)});
}

Result<RunStatements> RunStatements::prepare(Database& database) {
  std::vector<Statement> made;
  const std::string events =
      fmt::format("SELECT {} FROM events WHERE row >= ?1 ORDER BY row LIMIT ?2", kEventColumns);
  const std::string delivery =
      fmt::format("SELECT {} FROM deliveries WHERE consumer = ?1", kDeliveryColumns);
  for (const std::string_view sql : std::initializer_list<std::string_view>{
           "INSERT INTO jobs VALUES(?1,?2,?3,?4,?5,?6) ON CONFLICT(id) DO UPDATE SET state=?2, "
           "request=?3, outcome=?4, accepted_at=?5, sum=?6",
           "INSERT INTO tasks VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11)",
           "INSERT INTO progress VALUES(?1,?2,?3,?4,?5,?6,?7,?8)",
           "UPDATE progress SET state=?2, generation=?3, attempts=?4, worker=?5, until=?6, "
           "reason=?7, sum=?8 WHERE task=?1",
           "INSERT INTO events VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9)",
           "INSERT INTO deliveries VALUES(?1,?2,?3) ON CONFLICT(consumer) DO UPDATE SET row=?2, "
           "sum=?3",
           "UPDATE meta SET value = ?1 WHERE name = 'commits'", events, delivery}) {
    auto statement = database.prepare(sql);
    if (!statement) return statement.error();
    made.push_back(std::move(*statement));
  }
  return RunStatements{std::move(made[0]), std::move(made[1]), std::move(made[2]),
                       std::move(made[3]), std::move(made[4]), std::move(made[5]),
                       std::move(made[6]), std::move(made[7]), std::move(made[8])};
}

}  // namespace subtide
