#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "engine/base/result.h"
#include "engine/events/bus_socket.h"
#include "engine/events/state_protocol.h"

namespace subtide {

/// Asks an EventStateServer.
///
/// Owner:   the caller. Threads: one at a time.
/// Errors:  kDeadline when no answer came within `answer_within`, kNotFound for rows that are no
///          longer kept, kBadInput for an answer that makes no sense.
class EventReplay {
 public:
  /// Does not wait for the server.
  static Result<EventReplay> connect(const std::string& endpoint,
                                     const std::optional<CurveClient>& keys,
                                     std::chrono::milliseconds answer_within);

  /// Where things stand, with the last values.
  Result<EventSnapshot> snapshot();
  /// Where things stand, without values.
  Result<EventSnapshot> heads();
  /// Rows from `from` on. There are more as long as the last one is below `last_row`.
  Result<ReplayPage> read_from(std::uint64_t from, std::size_t limit = 500);

 private:
  EventReplay(BusSocket socket, std::chrono::milliseconds answer_within);
  Result<StateFrames> ask(const StateRequest& request);

  BusSocket socket_;
  std::chrono::milliseconds answer_within_;
  std::uint64_t asked_ = 0;
};

}  // namespace subtide
