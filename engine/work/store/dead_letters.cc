#include "engine/work/store/dead_letters.h"

#include <utility>

#include "engine/base/fault_point.h"
#include "engine/base/log.h"
#include "engine/work/store/row_sum.h"
#include "engine/work/store/shared_state.h"

namespace subtide {
namespace {

constexpr std::string_view kColumns =
    "id, job, input, stage, model, effect_key, reason, attempts, span_begin, span_end, blob, "
    "payload, time, retried_at, sum";
constexpr std::int64_t kNever = 0;

std::int64_t retried_number(const DeadLetter& letter) {
  return letter.retried_at ? to_number(*letter.retried_at) : kNever;
}

std::int64_t sum_of(const DeadLetter& letter) {
  RowSum sum;
  for (const std::string* part :
       {&letter.id, &letter.job, &letter.input, &letter.stage, &letter.model, &letter.effect_key,
        &letter.reason, &letter.blob, &letter.payload}) {
    sum.add(*part);
  }
  return sum.add(std::int64_t{letter.attempts})
      .add(letter.span.begin.count())
      .add(letter.span.end.count())
      .add(to_number(letter.time))
      .add(retried_number(letter))
      .value();
}

Result<DeadLetter> read_letter(const Database& database, const Rows& rows) {
  DeadLetter letter{rows.text(0),
                    rows.text(1),
                    rows.text(2),
                    rows.text(3),
                    rows.text(4),
                    rows.text(5),
                    rows.text(6),
                    static_cast<int>(rows.number(7)),
                    {MediaTime(rows.number(8)), MediaTime(rows.number(9))},
                    rows.text(10),
                    rows.text(11),
                    to_wall_time(rows.number(12)),
                    std::nullopt};
  if (rows.number(13) != kNever) letter.retried_at = to_wall_time(rows.number(13));
  if (rows.number(14) == sum_of(letter)) return letter;
  return make_error(ErrorCode::kBadInput,
                    "dead letter '{}' in {} is not as it was written; discard it", letter.id,
                    database.path().string());
}

Result<std::optional<DeadLetter>> find_letter(Database& database, std::string_view id) {
  auto statement =
      database.prepare(fmt::format("SELECT {} FROM dead_letters WHERE id = ?1", kColumns));
  if (!statement) return statement.error();
  Rows rows = statement->start({id});
  const auto row = rows.next();
  if (!row) return row.error();
  if (!*row) return std::optional<DeadLetter>();
  auto letter = read_letter(database, rows);
  if (!letter) return letter.error();
  return std::optional(std::move(*letter));
}

Status write_letter(Database& database, const DeadLetter& letter) {
  auto statement = database.prepare(
      "INSERT OR REPLACE INTO dead_letters VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,"
      "?15)");
  if (!statement) return statement.error();
  return statement->run({letter.id, letter.job, letter.input, letter.stage, letter.model,
                         letter.effect_key, letter.reason, std::int64_t{letter.attempts},
                         letter.span.begin.count(), letter.span.end.count(), letter.blob,
                         letter.payload, to_number(letter.time), retried_number(letter),
                         sum_of(letter)});
}

Error unknown_letter(std::string_view id) {
  return make_error(ErrorCode::kNotFound, "there is no dead letter '{}'; list them first", id);
}

/// Runs `write` in a transaction of its own, again while another process holds the file.
template <typename Write>
auto in_transaction(SharedDatabase& shared, Write write)
    -> decltype(write(std::declval<Database&>())) {
  const std::lock_guard guard(shared.state().mutex);
  Database& database = *shared.state().database;
  return retry_while_locked([&]() -> decltype(write(database)) {
    auto transaction = Transaction::begin(database);
    if (!transaction) return transaction.error();
    auto written = write(database);
    if (!written) return written;
    fault_point(FaultPoint::kLetterWritten);
    if (auto committed = transaction->commit(); !committed) return committed.error();
    fault_point(FaultPoint::kLetterCommitted);
    return written;
  });
}

}  // namespace

DeadLetters::DeadLetters(std::shared_ptr<SharedDatabase> database) : shared_(std::move(database)) {}

Result<bool> DeadLetters::put(const DeadLetter& letter) {
  return in_transaction(*shared_, [&](Database& database) -> Result<bool> {
    const auto before = find_letter(database, letter.id);
    // A damaged letter is of no use to anyone: the new one takes its place.
    if (!before && before.error().code != ErrorCode::kBadInput) return before.error();
    if (before && *before && !(*before)->retried_at) return false;
    if (auto written = write_letter(database, letter); !written) return written.error();
    return true;
  });
}

Result<DeadLetter> DeadLetters::get(std::string_view id) const {
  const std::lock_guard guard(shared_->state().mutex);
  auto found = retry_while_locked([&] { return find_letter(*shared_->state().database, id); });
  if (!found) return found.error();
  if (!*found) return unknown_letter(id);
  return std::move(**found);
}

Result<std::vector<DeadLetter>> DeadLetters::list(Which which, std::string_view job_prefix) const {
  const std::lock_guard guard(shared_->state().mutex);
  Database& database = *shared_->state().database;
  auto statement = database.prepare(fmt::format(
      "SELECT {} FROM dead_letters WHERE substr(job, 1, length(?1)) = ?1 ORDER BY time, id",
      kColumns));
  if (!statement) return statement.error();
  Rows rows = statement->start({job_prefix});
  std::vector<DeadLetter> letters;
  for (;;) {
    const auto row = rows.next();
    if (!row) return row.error();
    if (!*row) return letters;
    auto letter = read_letter(database, rows);
    if (!letter) {
      log_warning("{}", letter.error().message);
    } else if (which == Which::kAll || !letter->retried_at) {
      letters.push_back(std::move(*letter));
    }
  }
}

Status DeadLetters::discard(std::string_view id) {
  return in_transaction(*shared_, [&](Database& database) -> Status {
    auto statement = database.prepare("DELETE FROM dead_letters WHERE id = ?1");
    if (!statement) return statement.error();
    if (auto removed = statement->run({id}); !removed) return removed;
    return database.changes() == 1 ? ok() : Status(unknown_letter(id));
  });
}

Status DeadLetters::mark_retried(std::string_view id, WallTime now) {
  return in_transaction(*shared_, [&](Database& database) -> Status {
    auto found = find_letter(database, id);
    if (!found) return found.error();
    if (!*found) return unknown_letter(id);
    (*found)->retried_at = now;
    return write_letter(database, **found);
  });
}

}  // namespace subtide
