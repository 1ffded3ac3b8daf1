#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "engine/base/result.h"
#include "engine/events/bus_socket.h"
#include "engine/events/event_log.h"
#include "engine/events/state_protocol.h"

namespace subtide {

/// Answers snapshot and replay out of a log.
///
/// It reads along in the log; nothing need be told to it. An answer has at most kMostRows rows and
/// about kMostBytes; a snapshot the newest kMostValues values. Just after the start, with a long
/// log, a snapshot takes its time: about ten seconds for a million rows.
///
/// Owner:   the caller; movable. The log outlives it.
/// Threads: its own.
/// Errors:  listen() as check_listen_endpoint(). Requests that are wrong are answered with an
/// error.
class EventStateServer {
 public:
  static constexpr std::size_t kMostRows = 500;
  static constexpr std::size_t kMostBytes = std::size_t{4} * 1024 * 1024;
  static constexpr std::size_t kMostValues = 1000;

  static Result<EventStateServer> listen(const std::string& endpoint,
                                         const std::optional<CurveListener>& keys,
                                         const EventLog& log);
  EventStateServer(EventStateServer&&) noexcept;
  EventStateServer& operator=(EventStateServer&&) noexcept;
  ~EventStateServer();

  /// As it can be reached.
  const std::string& endpoint() const;

 private:
  struct State;
  explicit EventStateServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace subtide
