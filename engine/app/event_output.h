#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "engine/events/event.h"
#include "engine/events/event_bus.h"
#include "engine/work/store/run_store.h"

namespace subtide {

/// The events of one run: as lines of JSON on standard output when the user asked for them, into
/// the run's log, and onto the bus.
///
/// Facts are in the log before they are announced: while the disk is full they wait in memory.
/// Lines are flushed one by one; when nobody reads any more, the rest of them is dropped and the
/// work goes on.
///
/// Owner:   the batch. Threads: any; starts one once attached.
class EventOutput {
 public:
  enum class Mode { kSilent, kJsonLines };
  explicit EventOutput(Mode mode);
  ~EventOutput();
  EventOutput(const EventOutput&) = delete;
  EventOutput& operator=(const EventOutput&) = delete;

  /// Lines of JSON are wanted, or there is a log.
  bool is_on() const;
  void emit(std::string_view job, EventBody body);
  /// What concerns the whole run, such as its disk.
  void emit_of_run(EventBody body);
  /// Tells of a fact once it is on the disk, with all that came before it. Waits for that.
  /// Errors: as RunStore::commit(); the fact is then tried again with the next ones.
  Status emit_kept(std::string_view job, EventBody body);

  /// From now on facts are kept and all events are announced. Once.
  void attach(std::shared_ptr<RunStore> log, EventPublisher publisher);
  /// Waits until all is kept and announced, then lets go of the log and the bus.
  void detach();

  /// For who keeps facts with state of their own: the fact as a row, and later, once it is kept.
  /// They are a source of their own, since they write in an order of their own.
  LogRow row_of(EventSubject subject, EventBody body);
  void announce(std::span<const LogRow> kept);

  /// Names the run, and the jobs of it: "<run>-<number>".
  const std::string& run_id() const { return run_; }
  std::string job_id(std::size_t number) const;

 private:
  void emit(EventSubject subject, EventBody body);
  struct Waiting {
    LogRow row;
    bool is_to_keep = false;
  };
  LogRow make_row(EventSource& source, EventSubject subject, EventBody body);
  void print(const std::string& json);
  void queue(LogRow row, bool is_to_keep);
  void write_on(const std::stop_token& stop);
  void take(std::vector<Waiting> some);
  Status keep_and_announce();
  void hold_or_drop(const Error& error);

  std::string run_;
  mutable std::mutex mutex_;  ///< guards all but the log and the publisher
  Mode mode_;
  EventSource source_;
  EventSource work_source_;
  std::deque<Waiting> waiting_;
  std::condition_variable_any changed_;
  std::uint64_t queued_ = 0;
  std::uint64_t tried_ = 0;  ///< of those queued
  Status kept_;              ///< how the last try to keep went
  std::condition_variable_any tried_more_;
  std::vector<LogRow> held_;                   ///< the thread's: facts not on the disk yet
  bool is_holding_ = false;                    ///< the thread's: and it was said
  std::shared_ptr<RunStore> log_;              ///< the thread's, once it runs
  std::unique_ptr<EventPublisher> publisher_;  ///< the thread's, once it runs
  std::jthread thread_;
};

}  // namespace subtide
