#include "engine/events/event_replay.h"

#include <fmt/format.h>

#include <utility>

namespace subtide {

EventReplay::EventReplay(BusSocket socket, std::chrono::milliseconds answer_within)
    : socket_(std::move(socket)), answer_within_(answer_within) {}

Result<EventReplay> EventReplay::connect(const std::string& endpoint,
                                         const std::optional<CurveClient>& keys,
                                         std::chrono::milliseconds answer_within) {
  BusLimits limits;
  limits.high_water_mark = 8;  // requests to a server that is gone are not piled up
  limits.linger = std::chrono::milliseconds(0);
  auto socket = BusSocket::connect(BusSocket::Kind::kDealer, endpoint, keys, limits);
  if (!socket) return socket.error();
  return EventReplay(std::move(*socket), answer_within);
}

Result<StateFrames> EventReplay::ask(const StateRequest& request) {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + answer_within_;
  const std::string number = fmt::format("{}", ++asked_);
  if (const auto sent = socket_.send({number, write_request(request)}); !sent) return sent.error();
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) break;
    auto reply = socket_.receive(left);
    if (!reply) return reply.error();
    if (!*reply || (*reply)->front() != number) continue;  // late: of an earlier request
    (*reply)->erase((*reply)->begin());
    return std::move(**reply);
  }
  return make_error(
      ErrorCode::kDeadline,
      "{}: no answer within {} ms; does the engine still run, and is the key allowed?",
      socket_.endpoint(), answer_within_.count());
}

Result<EventSnapshot> EventReplay::snapshot() {
  const auto frames = ask({StateRequest::Ask::kSnapshot});
  if (!frames) return frames.error();
  return read_snapshot(*frames);
}

Result<EventSnapshot> EventReplay::heads() {
  const auto frames = ask({StateRequest::Ask::kHeads});
  if (!frames) return frames.error();
  return read_snapshot(*frames);
}

Result<ReplayPage> EventReplay::read_from(std::uint64_t from, std::size_t limit) {
  const auto frames = ask({StateRequest::Ask::kReplay, from, limit});
  if (!frames) return frames.error();
  return read_page(*frames);
}

}  // namespace subtide
