#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/media_time.h"
#include "engine/base/result.h"
#include "engine/work/store/shared_database.h"
#include "engine/work/store/wall_time.h"

namespace subtide {

/// Work that was given up, with all that is needed to try it again.
struct DeadLetter {
  std::string id;  ///< chosen by the caller; the same for the same death
  std::string job;
  std::string input;  ///< the input's name, for people
  std::string stage;
  std::string model;
  std::string effect_key;
  std::string reason;
  int attempts = 0;
  TimeSpan span;
  std::string blob;     ///< the sound's key in the blob store; empty when there is none
  std::string payload;  ///< the request as JSON
  WallTime time;
  std::optional<WallTime> retried_at;
};

/// The dead letters of all of a user's runs, in the shared database.
///
/// Owner:   the caller; movable; shares the database.
/// Threads: any; calls wait for each other. Other processes may write at the same time.
/// Errors:  as SharedDatabase; kNotFound names the letter; kBadInput when its row is damaged.
class DeadLetters {
 public:
  explicit DeadLetters(std::shared_ptr<SharedDatabase> database);

  /// Keeps a letter. One of the same id that waits stays as it is (false); one that was retried is
  /// replaced, since the work has died again.
  Result<bool> put(const DeadLetter& letter);

  Result<DeadLetter> get(std::string_view id) const;
  /// Oldest first. `job_prefix` may be empty. Damaged ones are left out and logged.
  enum class Which { kWaiting, kAll };
  Result<std::vector<DeadLetter>> list(Which which, std::string_view job_prefix = {}) const;

  Status discard(std::string_view id);
  Status mark_retried(std::string_view id, WallTime now);

 private:
  std::shared_ptr<SharedDatabase> shared_;
};

}  // namespace subtide
