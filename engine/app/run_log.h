#pragma once

#include <memory>

#include "engine/events/event.h"
#include "engine/events/event_log.h"
#include "engine/work/store/run_store.h"

namespace subtide {

/// An event as a row of the run's log.
LogRow to_log_row(const Event& event);

/// The run's log as the bus wants to read it. It is written with the run's state, not by append().
/// Threads: any. Errors: as RunStore.
class RunLog final : public EventLog {
 public:
  explicit RunLog(std::shared_ptr<RunStore> store);

  Result<std::uint64_t> append(std::string json) override;
  Result<std::vector<LoggedEvent>> read_from(std::uint64_t row, std::size_t limit) const override;
  Result<std::uint64_t> first_row() const override;
  Result<std::uint64_t> last_row() const override;

 private:
  const std::shared_ptr<RunStore> store_;
};

}  // namespace subtide
