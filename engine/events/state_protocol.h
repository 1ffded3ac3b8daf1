#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/events/event_log.h"
#include "engine/events/last_values.h"

namespace subtide {

/// How snapshot and replay are asked for and answered. A message is a JSON frame, then an envelope
/// in each further frame; over DEALER a frame with the request's number goes before.
///
///   {"ask":"snapshot"}                     -> {"row":17,"heads":[…]} and the last values
///   {"ask":"heads"}                        -> {"row":17,"heads":[…]}
///   {"ask":"replay","from":12,"limit":500} -> {"last_row":17,"rows":[12,13,…]} and these rows
///   anything that cannot be answered       -> {"error":"not_found","message":"…"}
///   heads: {"source":"/node/…","family":"job","sequence":9}

struct StateRequest {
  enum class Ask { kSnapshot, kHeads, kReplay };
  Ask ask = Ask::kSnapshot;
  std::uint64_t from = 0;  ///< kReplay only
  std::size_t limit = 0;   ///< kReplay only; the server may give fewer
};

struct ReplayPage {
  std::uint64_t last_row = 0;  ///< of the log when it answered
  std::vector<LoggedEvent> events;
};

using StateFrames = std::vector<std::string>;

std::string write_request(const StateRequest& request);
Result<StateRequest> read_request(std::string_view json);

/// Without values it answers kHeads.
StateFrames write_snapshot(const EventSnapshot& snapshot);
StateFrames write_page(const ReplayPage& page);
StateFrames write_error(const Error& error);

/// Errors:  kBadInput for what is no answer; else the error that was answered.
Result<EventSnapshot> read_snapshot(const StateFrames& frames);
Result<ReplayPage> read_page(const StateFrames& frames);

}  // namespace subtide
