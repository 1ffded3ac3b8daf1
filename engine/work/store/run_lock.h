#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "engine/base/result.h"

namespace subtide {

/// Holds a run folder for one engine, and witnesses how many commits its database answered.
///
/// SQLite takes a write-ahead log that lost its end for one that never had it, which is right after
/// a crash but hides lost facts. The witness is written after a commit, so a database with fewer
/// commits than it says has lost something.
///
/// Owner:   the caller; movable; the folder is free again when it goes or the process dies.
/// Threads: one at a time.
/// Errors:  kAlreadyExists (another engine; names its process), kNotFound, kDenied, kIo.
class RunLock {
 public:
  static Result<RunLock> take(const std::filesystem::path& folder);
  RunLock(RunLock&& other) noexcept;
  RunLock& operator=(RunLock&&) = delete;
  ~RunLock();

  /// What the run before left; nothing when there was none or it cannot be read.
  std::optional<std::int64_t> witnessed() const { return witnessed_; }
  /// Best effort and not flushed: a witness that is behind claims less and does no harm.
  void witness(std::int64_t commits);

 private:
  explicit RunLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
  std::optional<std::int64_t> witnessed_;
};

}  // namespace subtide
