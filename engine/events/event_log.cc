#include "engine/events/event_log.h"

#include <algorithm>
#include <utility>

namespace subtide {

Result<std::uint64_t> MemoryEventLog::append(std::string json) {
  const std::lock_guard lock(mutex_);
  rows_.push_back({++last_row_, std::move(json)});
  if (rows_.size() > capacity_) rows_.pop_front();
  return last_row_;
}

Result<std::vector<LoggedEvent>> MemoryEventLog::read_from(std::uint64_t row,
                                                           std::size_t limit) const {
  const std::lock_guard lock(mutex_);
  const auto from = std::ranges::lower_bound(rows_, row, {}, &LoggedEvent::row);
  const auto count = std::min(limit, static_cast<std::size_t>(rows_.end() - from));
  return std::vector<LoggedEvent>(from, from + static_cast<std::ptrdiff_t>(count));
}

Result<std::uint64_t> MemoryEventLog::first_row() const {
  const std::lock_guard lock(mutex_);
  return rows_.empty() ? last_row_ + 1 : rows_.front().row;
}

Result<std::uint64_t> MemoryEventLog::last_row() const {
  const std::lock_guard lock(mutex_);
  return last_row_;
}

}  // namespace subtide
