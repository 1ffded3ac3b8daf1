#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "engine/base/result.h"

namespace subtide {

/// One row of the log: an envelope as it was published.
struct LoggedEvent {
  std::uint64_t row = 0;
  std::string json;
};

/// All facts of a run in the order in which they happened, by row number.
///
/// Rows count from 1 and rise; some may be missing. Old rows may be given up: then first_row()
/// rises.
///
/// Owner:   the caller. Threads: safe from any.
/// Errors:  of the place where it is kept.
class EventLog {
 public:
  virtual ~EventLog() = default;
  /// Adds a fact and returns its row.
  virtual Result<std::uint64_t> append(std::string json) = 0;
  /// At most `limit` rows from `row` on, in order; none when there are none yet. Rows that were
  /// given up are left out.
  virtual Result<std::vector<LoggedEvent>> read_from(std::uint64_t row,
                                                     std::size_t limit) const = 0;
  /// The oldest row still kept; one past last_row() when none is.
  virtual Result<std::uint64_t> first_row() const = 0;
  /// The newest row; 0 before the first.
  virtual Result<std::uint64_t> last_row() const = 0;
};

/// A log that is gone with the process and keeps the newest `capacity` rows.
class MemoryEventLog : public EventLog {
 public:
  explicit MemoryEventLog(std::size_t capacity) : capacity_(capacity) {}

  Result<std::uint64_t> append(std::string json) override;
  Result<std::vector<LoggedEvent>> read_from(std::uint64_t row, std::size_t limit) const override;
  Result<std::uint64_t> first_row() const override;
  Result<std::uint64_t> last_row() const override;

 private:
  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::deque<LoggedEvent> rows_;
  std::uint64_t last_row_ = 0;
};

}  // namespace subtide
