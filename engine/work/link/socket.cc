// The one file of this folder that knows ZeroMQ.
#include "engine/work/link/socket.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <utility>
#include <zmq.hpp>

namespace subtide {
namespace {

constexpr int kLingerMs = 500;
/// A peer that is this far behind is not listening.
constexpr int kHighWaterMark = 10'000;
constexpr int kLargestMessage = 32 << 20;

/// The other end of a broken network is noticed in some seconds.
void set_options(zmq::socket_t& socket) {
  socket.set(zmq::sockopt::linger, kLingerMs);
  socket.set(zmq::sockopt::sndhwm, kHighWaterMark);
  socket.set(zmq::sockopt::rcvhwm, kHighWaterMark);
  socket.set(zmq::sockopt::maxmsgsize, std::int64_t{kLargestMessage});
  socket.set(zmq::sockopt::sndtimeo, 0);
  socket.set(zmq::sockopt::heartbeat_ivl, 2000);
  socket.set(zmq::sockopt::heartbeat_timeout, 6000);
  socket.set(zmq::sockopt::reconnect_ivl, 50);
  socket.set(zmq::sockopt::reconnect_ivl_max, 1000);
}

Error open_error(const std::string& endpoint, const zmq::error_t& error) {
  const ErrorCode code = error.num() == EADDRINUSE ? ErrorCode::kAlreadyExists
                         : error.num() == EINVAL   ? ErrorCode::kInvalidArgument
                                                   : ErrorCode::kIo;
  return make_error(code, "{}: {}", endpoint, error.what());
}

}  // namespace

struct WireSocket::State {
  zmq::context_t context;
  zmq::socket_t socket;
  bool is_router;
  std::string endpoint;
  int bell = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

  explicit State(zmq::socket_type type)
      : context(1), socket(context, type), is_router(type == zmq::socket_type::router) {
    set_options(socket);
  }
  ~State() { ::close(bell); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  std::optional<WireArrival> receive() {
    std::vector<zmq::message_t> frames;
    while (true) {
      zmq::message_t frame;
      if (!socket.recv(frame, zmq::recv_flags::dontwait)) return std::nullopt;
      const bool is_more = frame.more();
      frames.push_back(std::move(frame));
      if (!is_more) break;
    }
    const std::size_t first = is_router ? 1 : 0;
    if (frames.size() != first + 2) {
      return WireArrival{is_router ? frames[0].to_string() : std::string(),
                         make_error(ErrorCode::kBadInput, "{} frames", frames.size())};
    }
    return WireArrival{
        is_router ? frames[0].to_string() : std::string(),
        wire::from_frames(frames[first].to_string_view(), frames[first + 1].to_string_view())};
  }
};

WireSocket::WireSocket(std::unique_ptr<State> state) : state_(std::move(state)) {}
WireSocket::~WireSocket() = default;

Result<std::unique_ptr<WireSocket>> WireSocket::listen(const std::string& endpoint) try {
  auto state = std::make_unique<State>(zmq::socket_type::router);
  state->socket.set(zmq::sockopt::router_mandatory, true);
  state->socket.bind(endpoint);
  state->endpoint = state->socket.get(zmq::sockopt::last_endpoint);
  return std::unique_ptr<WireSocket>(new WireSocket(std::move(state)));
} catch (const zmq::error_t& error) {
  return open_error(endpoint, error);
}

Result<std::unique_ptr<WireSocket>> WireSocket::connect(const std::string& endpoint) try {
  auto state = std::make_unique<State>(zmq::socket_type::dealer);
  state->socket.connect(endpoint);
  state->endpoint = endpoint;
  return std::unique_ptr<WireSocket>(new WireSocket(std::move(state)));
} catch (const zmq::error_t& error) {
  return open_error(endpoint, error);
}

const std::string& WireSocket::endpoint() const { return state_->endpoint; }

bool WireSocket::send(const std::string& peer, const wire::Message& message) try {
  const wire::Frames frames = wire::to_frames(message);
  zmq::socket_t& socket = state_->socket;
  if (state_->is_router && !socket.send(zmq::buffer(peer), zmq::send_flags::sndmore)) return false;
  if (!socket.send(zmq::buffer(frames.kind), zmq::send_flags::sndmore)) return false;
  return socket.send(zmq::buffer(frames.body), zmq::send_flags::none).has_value();
} catch (const zmq::error_t&) {
  return false;  // EHOSTUNREACH: the worker is gone
}

std::vector<WireArrival> WireSocket::wait(std::chrono::milliseconds timeout) try {
  std::array<zmq::pollitem_t, 2> items = {
      zmq::pollitem_t{state_->socket.handle(), 0, ZMQ_POLLIN, 0},
      zmq::pollitem_t{nullptr, state_->bell, ZMQ_POLLIN, 0}};
  zmq::poll(items.data(), items.size(), timeout);
  std::uint64_t rings = 0;
  while (::read(state_->bell, &rings, sizeof rings) > 0) {
  }
  std::vector<WireArrival> arrivals;
  while (auto arrival = state_->receive()) arrivals.push_back(std::move(*arrival));
  return arrivals;
} catch (const zmq::error_t&) {
  return {};  // a signal came
}

void WireSocket::ring() {
  const std::uint64_t one = 1;
  // The counter cannot overflow in the life of a process, so this cannot fail.
  [[maybe_unused]] const ssize_t written = ::write(state_->bell, &one, sizeof one);
}

}  // namespace subtide
