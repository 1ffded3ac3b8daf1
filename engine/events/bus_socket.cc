#include "engine/events/bus_socket.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <utility>
#include <zmq.hpp>

#include "engine/base/log.h"
#include "engine/events/socket_options.h"

namespace subtide {
namespace {

zmq::socket_type type_of(BusSocket::Kind kind) {
  switch (kind) {
    case BusSocket::Kind::kPublish:
      return zmq::socket_type::pub;
    case BusSocket::Kind::kSubscribe:
      return zmq::socket_type::sub;
    case BusSocket::Kind::kRouter:
      return zmq::socket_type::router;
    case BusSocket::Kind::kDealer:
      return zmq::socket_type::dealer;
  }
  return zmq::socket_type::dealer;
}

}  // namespace

struct BusSocket::State {
  State(Kind kind, const BusLimits& limits, const std::string& wanted)
      : zmq_context(1), socket(zmq_context, type_of(kind)), endpoint(wanted) {
    set_limits(socket, wanted, limits);
    // A publisher rather says that there is no room than to drop in silence.
    if (kind == Kind::kPublish) socket.set(zmq::sockopt::xpub_nodrop, true);
    if (kind == Kind::kRouter) socket.set(zmq::sockopt::router_mandatory, true);
  }
  ~State() {
    if (gate) zmq_context.shutdown();
    gate.reset();
    socket.close();
    ::close(bell);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  /// Nothing when there is no message now; one with too many frames is refused when it is read.
  std::optional<Result<Message>> take() {
    zmq::message_t frame;
    if (!socket.recv(frame, zmq::recv_flags::dontwait)) return std::nullopt;
    Message message{frame.to_string()};
    std::size_t count = 1;
    while (frame.more()) {
      if (!socket.recv(frame)) break;
      if (++count <= kMostFrames) message.push_back(frame.to_string());
    }
    if (count <= kMostFrames) return message;
    return make_error(ErrorCode::kBadInput, "{}: message of {} frames refused; {} are the most",
                      endpoint, count, kMostFrames);
  }

  void wait(std::chrono::milliseconds timeout) {
    std::array<zmq::pollitem_t, 2> items = {zmq::pollitem_t{socket.handle(), 0, ZMQ_POLLIN, 0},
                                            zmq::pollitem_t{nullptr, bell, ZMQ_POLLIN, 0}};
    zmq::poll(items.data(), items.size(), timeout);
  }

  void silence() const {
    std::uint64_t rings = 0;
    while (::read(bell, &rings, sizeof rings) > 0) {
    }
  }

  zmq::context_t zmq_context;
  std::unique_ptr<KeyGate> gate;
  zmq::socket_t socket;
  std::string endpoint;
  int bell = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
};

BusSocket::BusSocket(std::unique_ptr<State> state) : state_(std::move(state)) {}
BusSocket::BusSocket(BusSocket&&) noexcept = default;
BusSocket& BusSocket::operator=(BusSocket&&) noexcept = default;
BusSocket::~BusSocket() = default;

Result<BusSocket> BusSocket::listen(Kind kind, const std::string& endpoint,
                                    const std::optional<CurveListener>& keys,
                                    const BusLimits& limits) {
  if (const auto fine = check_listen_endpoint(endpoint, keys); !fine) return fine.error();
  try {
    auto state = std::make_unique<State>(kind, limits, endpoint);
    if (keys) {
      state->gate = std::make_unique<KeyGate>(state->zmq_context, keys->allowed);
      set_keys(state->socket, *keys);
    }
    state->socket.bind(endpoint);
    state->endpoint = state->socket.get(zmq::sockopt::last_endpoint);
    return BusSocket(std::move(state));
  } catch (const zmq::error_t& failure) {
    return bus_error(failure, "listen on", endpoint);
  }
}

Result<BusSocket> BusSocket::connect(Kind kind, const std::string& endpoint,
                                     const std::optional<CurveClient>& keys,
                                     const BusLimits& limits) {
  if (const auto fine = check_connect_endpoint(endpoint, keys); !fine) return fine.error();
  try {
    auto state = std::make_unique<State>(kind, limits, endpoint);
    if (keys) set_keys(state->socket, *keys);
    state->socket.connect(endpoint);
    return BusSocket(std::move(state));
  } catch (const zmq::error_t& failure) {
    return bus_error(failure, "connect to", endpoint);
  }
}

const std::string& BusSocket::endpoint() const { return state_->endpoint; }

Status BusSocket::subscribe(std::string_view prefix) {
  try {
    state_->socket.set(zmq::sockopt::subscribe, prefix);
    return ok();
  } catch (const zmq::error_t& failure) {
    return bus_error(failure, "subscribe at", state_->endpoint);
  }
}

Status BusSocket::send(const Message& message) {
  try {
    for (std::size_t i = 0; i < message.size(); ++i) {
      const bool is_last = i + 1 == message.size();
      const auto flags = is_last ? zmq::send_flags::none : zmq::send_flags::sndmore;
      if (!state_->socket.send(zmq::buffer(message[i]), flags)) {
        return bus_error(zmq::error_t(EAGAIN), "send to", state_->endpoint);
      }
    }
    return ok();
  } catch (const zmq::error_t& failure) {
    return bus_error(failure, "send to", state_->endpoint);
  }
}

Result<std::optional<BusSocket::Message>> BusSocket::receive(std::chrono::milliseconds timeout) {
  try {
    auto taken = state_->take();
    if (!taken && timeout.count() > 0) {
      zmq::pollitem_t item{state_->socket.handle(), 0, ZMQ_POLLIN, 0};
      zmq::poll(&item, 1, timeout);
      taken = state_->take();
    }
    if (!taken) return std::nullopt;
    if (!*taken) return taken->error();
    return std::move(**taken);
  } catch (const zmq::error_t& failure) {
    if (failure.num() == EINTR) return std::nullopt;
    return bus_error(failure, "receive from", state_->endpoint);
  }
}

Result<std::vector<BusSocket::Message>> BusSocket::receive_all(std::chrono::milliseconds timeout,
                                                               std::size_t most) {
  std::vector<Message> messages;
  try {
    state_->wait(timeout);
    state_->silence();
    while (messages.size() < most) {
      auto taken = state_->take();
      if (!taken) break;
      if (*taken) {
        messages.push_back(std::move(**taken));
      } else {
        log_warning("{}", taken->error().message);
      }
    }
  } catch (const zmq::error_t& failure) {
    if (failure.num() != EINTR) return bus_error(failure, "receive from", state_->endpoint);
  }
  return messages;
}

void BusSocket::ring() {
  const std::uint64_t one = 1;
  // The counter cannot overflow in the life of a process, so this cannot fail.
  [[maybe_unused]] const ssize_t written = ::write(state_->bell, &one, sizeof one);
}

void BusSocket::interrupt() { state_->zmq_context.shutdown(); }

}  // namespace subtide
