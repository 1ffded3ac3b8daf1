#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "engine/base/result.h"
#include "engine/events/event_bus.h"
#include "engine/events/event_replay.h"

namespace subtide {

struct FollowerOptions {
  /// Facts from this row of the log on; without it the last values first, then what comes.
  std::optional<std::uint64_t> from_row;
  std::optional<CurveClient> keys;
  BusLimits limits;
  std::chrono::milliseconds answer_within{1000};  ///< for snapshot and replay
  /// How often the log is asked whether something is missing that no later fact gave away.
  std::chrono::milliseconds check_every{500};
  int most_tries = 3;  ///< of a replay that is not answered; then it goes on with the gap
};

/// Listens to the bus and gets from the log what the bus lost: every fact of the wanted families
/// comes once and in order per source and family. Telemetry comes as it comes.
///
/// A gap is told first (`replay` or `snapshot` as its action), then what was missing. With a
/// snapshot only the last values come; with `none` the log could not be reached and facts are
/// missing.
///
/// Owner:   the caller. Threads: one at a time.
/// Errors:  connect() as EventReplay, for a late joiner needs to know where things stand.
///          receive() gives kBadInput for a message that is no event and kDeadline for a replay
///          that was not answered; the next call goes on.
class EventFollower {
 public:
  static Result<EventFollower> connect(const BusEndpoints& endpoints, EventFilter filter,
                                       const FollowerOptions& options = {});

  /// What comes next; nothing when it did not come in time. A replay may take `answer_within`
  /// longer.
  Result<std::optional<Heard>> receive(std::chrono::milliseconds timeout);

 private:
  using Clock = std::chrono::steady_clock;
  /// Where the log stood, to be compared once what was under way has arrived.
  struct Comparison {
    EventSnapshot heads;
    Clock::time_point not_before;
  };

  EventFollower(EventFeed feed, EventReplay replay, EventFilter filter,
                const FollowerOptions& options);
  Status join();
  void take_live(ReceivedEvent event);
  void deliver(ReceivedEvent event, HeardEvent::Origin origin);
  void begin_catching_up(BusGap gap);
  Status catch_up();
  Status take_page(const ReplayPage& page);
  Status take_snapshot();
  Status fail_to_catch_up(const Error& error);
  void finish_catching_up();
  void settle_base();
  void tell_hole(const ReceivedEvent& event);
  void tell_gap(BusGap::Action action);
  void ask_for_heads();
  std::optional<BusGap> missing_since(const EventSnapshot& heads) const;
  void compare(bool is_idle);

  EventFeed feed_;
  EventReplay replay_;
  EventFilter filter_;
  FollowerOptions options_;
  SequenceWatch watch_;
  std::deque<Heard> waiting_;
  std::uint64_t known_row_ = 0;  ///< every fact up to it was seen
  bool is_catching_up_ = false;
  int failed_tries_ = 0;
  /// Where families stood that may have nothing after `from_row`, until it is caught up with.
  std::optional<EventSnapshot> base_;
  std::optional<BusGap> untold_gap_;
  std::optional<ReceivedEvent> held_;  ///< the event that gave the gap away
  std::optional<Comparison> comparison_;
  Clock::time_point next_check_;
  std::chrono::milliseconds check_pause_;
};

}  // namespace subtide
