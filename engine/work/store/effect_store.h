#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/work/store/shared_database.h"
#include "engine/work/store/wall_time.h"

namespace subtide {

/// A finished piece of model work.
struct Effect {
  std::string key;  ///< see effect_key.h
  std::string stage;
  std::string model;
  std::string job;    ///< the first that had it made
  std::string input;  ///< SHA-256 of the input file; may be empty
  std::string json;   ///< the result
  WallTime time;
};

enum class PutOutcome { kNew, kHadIt };

struct StageTotal {
  std::string stage;
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;
};

struct EffectTotals {
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;  ///< of the results' text
  std::optional<WallTime> oldest;
  std::vector<StageTotal> stages;  ///< by name
};

/// What trim() leaves. Both limits hold when both are given.
struct EffectLimits {
  std::optional<std::uint64_t> most_bytes;
  std::optional<WallTime> not_before;  ///< older ones go
};

/// The results of finished model work, by effect key, in the user's shared database.
///
/// At most one result per key: the first one stays, since the key makes a second one the same work.
/// Each row carries a SHA-256 over all of it. A row that does not match counts as missing: it is
/// removed, logged and counted, and the work is done again.
///
/// Owner:   the caller; movable; shares the database.
/// Threads: any; calls wait for each other. Other processes may write at the same time.
/// Errors:  as SharedDatabase; kNoSpace leaves everything as it was.
class EffectStore {
 public:
  static Result<EffectStore> create(std::shared_ptr<SharedDatabase> database);
  EffectStore(EffectStore&&) noexcept;
  EffectStore& operator=(EffectStore&&) noexcept;
  ~EffectStore();

  Result<std::optional<Effect>> find(std::string_view key);

  Result<PutOutcome> put(const Effect& effect);
  /// All of them or none, in one transaction: as slow as one alone.
  Result<std::vector<PutOutcome>> put(std::span<const Effect> effects);

  /// Removes the effects whose job or input begins with a text; kInvalidArgument when it is empty.
  enum class Field { kJob, kInput };
  Result<std::uint64_t> forget(Field field, std::string_view prefix);

  Result<EffectTotals> totals();
  /// Removes the oldest until the limits hold; returns how many.
  Result<std::uint64_t> trim(const EffectLimits& limits);

  /// Damaged rows found and removed since the start.
  std::uint64_t damaged() const;

 private:
  struct State;
  explicit EffectStore(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace subtide
