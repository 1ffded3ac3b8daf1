#include "engine/work/store/effect_store.h"

#include <utility>

#include "engine/base/fault_point.h"
#include "engine/base/log.h"
#include "engine/work/store/sha256.h"
#include "engine/work/store/shared_state.h"

namespace subtide {
namespace {

constexpr std::string_view kFind =
    "SELECT id, key, stage, model, job, input, json, time, sum FROM effects WHERE key = ?1";
constexpr std::string_view kAdd =
    "INSERT INTO effects(key, stage, model, job, input, json, time, sum) "
    "VALUES(?1,?2,?3,?4,?5,?6,?7,?8)";
// The sum is compared again, in case another process has put a whole row there meanwhile.
constexpr std::string_view kRemove = "DELETE FROM effects WHERE id = ?1 AND sum = ?2";
constexpr std::string_view kForgetJob = "DELETE FROM effects WHERE substr(job, 1, length(?1)) = ?1";
constexpr std::string_view kForgetInput =
    "DELETE FROM effects WHERE substr(input, 1, length(?1)) = ?1";
constexpr std::string_view kTotals =
    "SELECT stage, count(*), sum(octet_count), min(time) FROM "
    "(SELECT stage, length(CAST(json AS BLOB)) AS octet_count, time FROM effects) "
    "GROUP BY stage ORDER BY stage";
constexpr std::string_view kTrimAge = "DELETE FROM effects WHERE time < ?1";
// Keeps the newest as long as they and all newer ones fit.
constexpr std::string_view kTrimBytes =
    "DELETE FROM effects WHERE id IN (SELECT id FROM (SELECT id, sum(length(CAST(json AS BLOB))) "
    "OVER (ORDER BY time DESC, id DESC) AS reached FROM effects) WHERE reached > ?1)";

std::string sum_of(const Effect& effect) {
  Sha256 sum;
  for (const std::string* part :
       {&effect.key, &effect.stage, &effect.model, &effect.job, &effect.input, &effect.json}) {
    sum.add_framed(*part);
  }
  sum.add_framed(std::to_string(to_number(effect.time)));
  return sum.finish();
}

/// A row as it lies in the file, whole or not.
struct KeptEffect {
  std::int64_t id = 0;
  Effect effect;
  std::string sum;
  bool is_whole = false;
};

KeptEffect read_effect(const Rows& rows) {
  KeptEffect kept{rows.number(0),
                  {rows.text(1), rows.text(2), rows.text(3), rows.text(4), rows.text(5),
                   rows.text(6), to_wall_time(rows.number(7))},
                  rows.text(8),
                  false};
  kept.is_whole = kept.sum == sum_of(kept.effect);
  return kept;
}

}  // namespace

struct EffectStore::State {
  std::shared_ptr<SharedDatabase> shared;
  Statement find;
  Statement add;
  Statement remove;
  std::uint64_t damaged = 0;

  Database& database() { return *shared->state().database; }
  std::mutex& mutex() { return shared->state().mutex; }

  Result<std::optional<KeptEffect>> find_row(std::string_view key);
  Status remove_damaged(const KeptEffect& kept);
  Result<PutOutcome> put_row(const Effect& effect);
  Result<std::vector<PutOutcome>> put_all(std::span<const Effect> effects);
  /// Runs statements that remove, in one transaction; returns how many rows went.
  Result<std::uint64_t> remove_by(
      std::span<const std::pair<std::string_view, SqlValue>> statements);
};

EffectStore::EffectStore(std::unique_ptr<State> state) : state_(std::move(state)) {}
EffectStore::EffectStore(EffectStore&&) noexcept = default;
EffectStore& EffectStore::operator=(EffectStore&&) noexcept = default;
EffectStore::~EffectStore() = default;

Result<EffectStore> EffectStore::create(std::shared_ptr<SharedDatabase> database) {
  const std::lock_guard guard(database->state().mutex);
  Database& sqlite = *database->state().database;
  auto find = sqlite.prepare(kFind);
  if (!find) return find.error();
  auto add = sqlite.prepare(kAdd);
  if (!add) return add.error();
  auto remove = sqlite.prepare(kRemove);
  if (!remove) return remove.error();
  return EffectStore(std::unique_ptr<State>(
      new State{std::move(database), std::move(*find), std::move(*add), std::move(*remove)}));
}

Result<std::optional<KeptEffect>> EffectStore::State::find_row(std::string_view key) {
  Rows rows = find.start({key});
  const auto row = rows.next();
  if (!row) return row.error();
  if (!*row) return std::optional<KeptEffect>();
  return std::optional(read_effect(rows));
}

Status EffectStore::State::remove_damaged(const KeptEffect& kept) {
  if (auto removed = remove.run({kept.id, kept.sum}); !removed) return removed;
  fault_point(FaultPoint::kEffectRemoving);
  if (database().changes() == 0) return ok();
  ++damaged;
  log_warning("{}: the damaged result {} was removed; the work is done again",
              database().path().string(), kept.effect.key);
  return ok();
}

Result<std::optional<Effect>> EffectStore::find(std::string_view key) {
  const std::lock_guard guard(state_->mutex());
  auto found = retry_while_locked([&] { return state_->find_row(key); });
  if (!found) return found.error();
  if (!*found) return std::optional<Effect>();
  if ((*found)->is_whole) return std::optional(std::move((*found)->effect));
  const auto removed = retry_while_locked([&]() -> Status {
    auto transaction = Transaction::begin(state_->database());
    if (!transaction) return transaction.error();
    if (auto gone = state_->remove_damaged(**found); !gone) return gone;
    return transaction->commit();
  });
  if (!removed) return removed.error();
  fault_point(FaultPoint::kEffectRemoved);
  return std::optional<Effect>();
}

Result<PutOutcome> EffectStore::State::put_row(const Effect& effect) {
  const auto found = find_row(effect.key);
  if (!found) return found.error();
  if (*found && (*found)->is_whole) return PutOutcome::kHadIt;
  if (*found) {
    if (auto removed = remove_damaged(**found); !removed) return removed.error();
  }
  auto added = add.run({effect.key, effect.stage, effect.model, effect.job, effect.input,
                        effect.json, to_number(effect.time), sum_of(effect)});
  if (!added) return added.error();
  return PutOutcome::kNew;
}

Result<std::vector<PutOutcome>> EffectStore::State::put_all(std::span<const Effect> effects) {
  auto transaction = Transaction::begin(database());
  if (!transaction) return transaction.error();
  fault_point(FaultPoint::kEffectPutBegun);
  std::vector<PutOutcome> outcomes;
  for (const Effect& effect : effects) {
    const auto outcome = put_row(effect);
    if (!outcome) return outcome.error();
    outcomes.push_back(*outcome);
  }
  fault_point(FaultPoint::kEffectPutWritten);
  if (auto committed = transaction->commit(); !committed) return committed.error();
  fault_point(FaultPoint::kEffectPutCommitted);
  return outcomes;
}

Result<PutOutcome> EffectStore::put(const Effect& effect) {
  const auto outcomes = put(std::span(&effect, 1));
  if (!outcomes) return outcomes.error();
  return outcomes->front();
}

Result<std::vector<PutOutcome>> EffectStore::put(std::span<const Effect> effects) {
  const std::lock_guard guard(state_->mutex());
  return retry_while_locked([&] { return state_->put_all(effects); });
}

Result<std::uint64_t> EffectStore::State::remove_by(
    std::span<const std::pair<std::string_view, SqlValue>> statements) {
  const std::lock_guard guard(mutex());
  const auto once = [&]() -> Result<std::uint64_t> {
    auto transaction = Transaction::begin(database());
    if (!transaction) return transaction.error();
    std::uint64_t removed = 0;
    for (const auto& [sql, value] : statements) {
      auto statement = database().prepare(sql);
      if (!statement) return statement.error();
      if (auto run = statement->run({value}); !run) return run.error();
      removed += static_cast<std::uint64_t>(database().changes());
    }
    fault_point(FaultPoint::kEffectRemoving);
    if (auto committed = transaction->commit(); !committed) return committed.error();
    fault_point(FaultPoint::kEffectRemoved);
    return removed;
  };
  return retry_while_locked(once);
}

Result<std::uint64_t> EffectStore::forget(Field field, std::string_view prefix) {
  if (prefix.empty()) {
    return make_error(ErrorCode::kInvalidArgument,
                      "name the job or the input whose results are to be forgotten");
  }
  const std::pair<std::string_view, SqlValue> statement{
      field == Field::kJob ? kForgetJob : kForgetInput, prefix};
  return state_->remove_by(std::span(&statement, 1));
}

Result<std::uint64_t> EffectStore::trim(const EffectLimits& limits) {
  std::vector<std::pair<std::string_view, SqlValue>> statements;
  if (limits.not_before) statements.emplace_back(kTrimAge, to_number(*limits.not_before));
  if (limits.most_bytes) {
    statements.emplace_back(kTrimBytes, static_cast<std::int64_t>(*limits.most_bytes));
  }
  return state_->remove_by(statements);
}

Result<EffectTotals> EffectStore::totals() {
  const std::lock_guard guard(state_->mutex());
  auto statement = state_->database().prepare(kTotals);
  if (!statement) return statement.error();
  Rows rows = statement->start();
  EffectTotals totals;
  for (;;) {
    const auto row = rows.next();
    if (!row) return row.error();
    if (!*row) return totals;
    const StageTotal stage{rows.text(0), static_cast<std::uint64_t>(rows.number(1)),
                           static_cast<std::uint64_t>(rows.number(2))};
    const WallTime oldest = to_wall_time(rows.number(3));
    totals.count += stage.count;
    totals.bytes += stage.bytes;
    if (!totals.oldest || oldest < *totals.oldest) totals.oldest = oldest;
    totals.stages.push_back(stage);
  }
}

std::uint64_t EffectStore::damaged() const {
  const std::lock_guard guard(state_->mutex());
  return state_->damaged;
}

}  // namespace subtide
