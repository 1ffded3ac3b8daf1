#include "engine/app/run_log.h"

#include <utility>

namespace subtide {

LogRow to_log_row(const Event& event) {
  LogRow row;
  row.source = event.source;
  row.name = name_of(event.body);
  row.family = family_of(row.name);
  row.sequence = event.sequence.value_or(0);
  row.subject = event.subject;
  row.json = to_json(event);
  row.time = event.time;
  return row;
}

RunLog::RunLog(std::shared_ptr<RunStore> store) : store_(std::move(store)) {}

Result<std::uint64_t> RunLog::append(std::string /*json*/) {
  return make_error(ErrorCode::kUnsupported, "the run's log is written with the run's state");
}

Result<std::vector<LoggedEvent>> RunLog::read_from(std::uint64_t row, std::size_t limit) const {
  auto rows = store_->read_events(row, limit);
  if (!rows) return rows.error();
  std::vector<LoggedEvent> events;
  for (LogRow& each : *rows) events.push_back({each.row, std::move(each.json)});
  return events;
}

Result<std::uint64_t> RunLog::first_row() const { return 1; }
Result<std::uint64_t> RunLog::last_row() const { return store_->last_event(); }

}  // namespace subtide
