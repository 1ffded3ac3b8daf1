#pragma once

#include <string>

#include "engine/work/store/database.h"
#include "engine/work/store/run_store.h"

namespace subtide {

extern const DatabaseKind kRunDatabase;

/// The columns in the order that the readers below expect.
inline constexpr std::string_view kJobColumns = "id, state, request, outcome, accepted_at, sum";
inline constexpr std::string_view kTaskColumns =
    "t.id, t.job, t.stage, t.model, t.effect_key, t.payload, t.span_begin, t.span_end, t.urgency, "
    "t.deadline, t.sum, p.state, p.generation, p.attempts, p.worker, p.until, p.reason, p.sum";
inline constexpr std::string_view kEventColumns =
    "row, source, family, sequence, name, subject, json, time, sum";
inline constexpr std::string_view kDeliveryColumns = "consumer, row, sum";

/// A row as a value. Errors: kBadInput when its checksum or a state's name is wrong.
Result<JobRecord> read_job(const Database& database, const Rows& rows);
Result<TaskRecord> read_task(const Database& database, const Rows& rows);
Result<LogRow> read_event(const Database& database, const Rows& rows);
Result<Delivery> read_delivery(const Database& database, const Rows& rows);

/// Writers of one row each. Their statements belong to one database.
struct RunStatements {
  Statement put_job;
  Statement add_task;
  Statement add_progress;
  Statement change_progress;
  Statement add_event;
  Statement put_delivery;
  Statement count_commit;
  Statement read_events;
  Statement read_delivery;

  static Result<RunStatements> prepare(Database& database);
};

Status write_job(RunStatements& statements, const JobRecord& job);
Status write_new_task(RunStatements& statements, const TaskRecord& record);
/// Errors: kInvalidArgument when there is no such task.
Status write_change(Database& database, RunStatements& statements, const TaskChange& change);
Status write_event(RunStatements& statements, const LogRow& event, EventRow row);
Status write_delivery(RunStatements& statements, const Delivery& delivery);

}  // namespace subtide
