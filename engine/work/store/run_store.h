#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/work/store/wall_time.h"
#include "engine/work/task.h"

namespace subtide {

/// A job as it is kept.
struct JobRecord {
  std::string id;
  JobState state = JobState::kAccepted;
  std::string request;  ///< what was asked for, as JSON
  std::string outcome;  ///< how it ended, as JSON; empty while it is open
  WallTime accepted_at;
};

struct TaskRecord {
  Task task;
  TaskProgress progress;
};

/// A task that moved on; the task itself never changes.
struct TaskChange {
  TaskId id = 0;
  TaskProgress progress;
};

using EventRow = std::uint64_t;  ///< position in the run's log, counts from 1

/// A fact of the log. Telemetry is not kept.
struct LogRow {
  EventRow row = 0;  ///< given by commit()
  std::string source;
  std::string family;          ///< what is numbered together: "job", "task"
  std::uint64_t sequence = 0;  ///< unique in its source and family
  std::string name;
  std::string subject;
  std::string json;  ///< the whole envelope
  WallTime time;
};

/// How far a consumer of the log has come.
struct Delivery {
  std::string consumer;
  EventRow row = 0;  ///< the last one it has
};

/// What goes to the disk together or not at all.
struct WorkBatch {
  std::vector<JobRecord> jobs;  ///< new ones, and new states of old ones
  std::vector<TaskRecord> new_tasks;
  std::vector<TaskChange> changes;
  std::vector<LogRow> events;
  std::vector<Delivery> deliveries;
};

/// What a restarted engine finds.
struct OpenWork {
  std::vector<JobRecord> jobs;    ///< those not ended, oldest first
  std::vector<TaskRecord> tasks;  ///< all of these jobs, by id; ended ones too
  TaskId last_task = 0;           ///< the highest id ever used
  EventRow last_event = 0;
};

/// Whether a commit that failed so may succeed later: the disk may have room again.
bool may_pass(ErrorCode code);

/// The truth of one engine process: jobs, tasks and the log of facts, in one SQLite file `work.db`
/// of its run folder.
///
/// State rows and the events that tell of them go into one transaction. The caller gathers several
/// steps into a batch (group commit), since each commit waits for the disk. Once commit() has
/// answered, the batch survives kill -9 and loss of power. At open all pages and rows are checked,
/// and that no answered commit is missing.
///
/// Time:    WorkTime values are those of the process that wrote them and mean nothing to the next:
///          after a restart leases are void and waits are over.
/// Owner:   the caller; movable. Not to be used after a fork.
/// Threads: any; calls wait for each other.
/// Errors:  open(): kAlreadyExists (another engine has the folder; names its process), kBadInput
///          (damaged; names the file and the way out), kUnsupported (newer version).
///          commit(): kNoSpace and kIo leave the store as it was before, and usable;
///          kInvalidArgument (a task without job, a change without task, an event twice).
class RunStore {
 public:
  /// Makes what is missing in `run_folder`, which must exist.
  static Result<RunStore> open(const std::filesystem::path& run_folder);
  RunStore(RunStore&&) noexcept;
  RunStore& operator=(RunStore&&) noexcept;
  ~RunStore();

  /// Writes all of it or nothing. Returns the row of the batch's last event; 0 without events.
  Result<EventRow> commit(const WorkBatch& batch);

  Result<OpenWork> load() const;

  /// At most `limit` events from row `from` on, in order.
  Result<std::vector<LogRow>> read_events(EventRow from, std::size_t limit) const;
  /// The newest row; 0 before the first.
  EventRow last_event() const;
  /// The last row that a consumer has; 0 for one never seen.
  Result<EventRow> delivered(std::string_view consumer) const;

  /// Lets the file grow to at most so many pages of 4 KiB; commits above it give kNoSpace.
  Status limit_pages(std::int64_t pages);

 private:
  struct State;
  explicit RunStore(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace subtide
