#include "engine/work/link/socket.h"

namespace subtide {
namespace {

/// Transcripts are longer than events, and a peer that is ten thousand messages behind is not
/// listening.
BusLimits limits() {
  BusLimits limits;
  limits.high_water_mark = 10'000;
  limits.linger = std::chrono::milliseconds(500);
  limits.longest_frame = std::size_t{32} << 20U;
  return limits;
}

/// So many at once that the loop still comes around.
constexpr std::size_t kMostAtOnce = 1000;

/// Frames: the sender (ROUTER only), kind, body.
WireArrival arrival_of(BusSocket::Message frames, bool is_router) {
  const std::size_t first = is_router ? 1 : 0;
  std::string peer = is_router ? std::move(frames[0]) : std::string();
  if (frames.size() != first + 2) {
    return {std::move(peer), make_error(ErrorCode::kBadInput, "{} frames instead of kind and body",
                                        frames.size() - first)};
  }
  return {std::move(peer), wire::from_frames(frames[first], frames[first + 1])};
}

}  // namespace

Result<std::unique_ptr<WireSocket>> WireSocket::listen(const std::string& endpoint,
                                                       const std::optional<CurveListener>& keys) {
  auto socket = BusSocket::listen(BusSocket::Kind::kRouter, endpoint, keys, limits());
  if (!socket) return socket.error();
  return std::unique_ptr<WireSocket>(new WireSocket(std::move(*socket), true));
}

Result<std::unique_ptr<WireSocket>> WireSocket::connect(const std::string& endpoint,
                                                        const std::optional<CurveClient>& keys) {
  auto socket = BusSocket::connect(BusSocket::Kind::kDealer, endpoint, keys, limits());
  if (!socket) return socket.error();
  return std::unique_ptr<WireSocket>(new WireSocket(std::move(*socket), false));
}

bool WireSocket::send(const std::string& peer, const wire::Message& message) {
  wire::Frames frames = wire::to_frames(message);
  BusSocket::Message all;
  if (is_router_) all.push_back(peer);
  all.push_back(std::move(frames.kind));
  all.push_back(std::move(frames.body));
  return socket_.send(all).has_value();
}

std::vector<WireArrival> WireSocket::wait(std::chrono::milliseconds timeout) {
  std::vector<WireArrival> arrivals;
  auto messages = socket_.receive_all(timeout, kMostAtOnce);
  if (!messages) return arrivals;
  arrivals.reserve(messages->size());
  for (BusSocket::Message& frames : *messages) {
    arrivals.push_back(arrival_of(std::move(frames), is_router_));
  }
  return arrivals;
}

}  // namespace subtide
