#include "engine/events/socket_options.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <set>
#include <thread>
#include <utility>
#include <zmq.hpp>

namespace subtide {
namespace {

constexpr const char* kDomain = "subtide";
constexpr std::size_t kRawKey = 32;

std::string to_z85(const zmq::message_t& key) {
  std::array<char, 41> text{};
  zmq_z85_encode(text.data(), key.data<std::uint8_t>(), key.size());
  return text.data();
}

/// Frames: version, request, domain, address, identity, mechanism, credentials.
bool may_enter(const std::vector<zmq::message_t>& request, const std::set<std::string>& allowed) {
  return request.size() == 7 && request[5].to_string_view() == "CURVE" &&
         request[6].size() == kRawKey && allowed.contains(to_z85(request[6]));
}

void answer(zmq::socket_t& socket, const std::vector<zmq::message_t>& request, bool is_welcome) {
  const std::string number = request.size() > 1 ? request[1].to_string() : "";
  const std::array<std::string, 6> reply = {
      "1.0", number, is_welcome ? "200" : "400", is_welcome ? "" : "key not allowed", "", ""};
  for (std::size_t i = 0; i < reply.size(); ++i) {
    const bool is_last = i + 1 == reply.size();
    socket.send(zmq::buffer(reply[i]), is_last ? zmq::send_flags::none : zmq::send_flags::sndmore);
  }
}

void answer_all(zmq::socket_t& socket, const std::set<std::string>& allowed) {
  while (true) {
    std::vector<zmq::message_t> request;
    do {
      request.emplace_back();
      if (!socket.recv(request.back())) return;
    } while (request.back().more());
    answer(socket, request, may_enter(request, allowed));
  }
}

}  // namespace

struct KeyGate::State {
  zmq::socket_t socket;
  std::set<std::string> allowed;
  std::thread thread;
};

KeyGate::KeyGate(zmq::context_t& zmq_context, const std::vector<std::string>& allowed)
    : state_(std::make_unique<State>()) {
  state_->allowed = {allowed.begin(), allowed.end()};
  state_->socket = zmq::socket_t(zmq_context, zmq::socket_type::rep);
  state_->socket.set(zmq::sockopt::linger, 0);
  state_->socket.bind("inproc://zeromq.zap.01");
  state_->thread = std::thread([state = state_.get()] {
    try {
      answer_all(state->socket, state->allowed);
    } catch (const zmq::error_t&) {  // the context was shut down: nobody asks any more
    }
  });
}

KeyGate::~KeyGate() { state_->thread.join(); }

void set_limits(zmq::socket_t& socket, const std::string& endpoint, const BusLimits& limits) {
  socket.set(zmq::sockopt::sndhwm, limits.high_water_mark);
  socket.set(zmq::sockopt::rcvhwm, limits.high_water_mark);
  socket.set(zmq::sockopt::sndtimeo, static_cast<int>(limits.longest_send.count()));
  socket.set(zmq::sockopt::linger, static_cast<int>(limits.linger.count()));
  socket.set(zmq::sockopt::maxmsgsize, static_cast<std::int64_t>(limits.longest_frame));
  socket.set(zmq::sockopt::handshake_ivl, 5000);
  socket.set(zmq::sockopt::reconnect_ivl, 50);
  socket.set(zmq::sockopt::reconnect_ivl_max, 1000);
  if (!endpoint.starts_with("tcp://")) return;
  socket.set(zmq::sockopt::heartbeat_ivl, 2000);  // half-open connections end after 6 s
  socket.set(zmq::sockopt::heartbeat_timeout, 6000);
  socket.set(zmq::sockopt::ipv6, endpoint.starts_with("tcp://["));
}

void set_keys(zmq::socket_t& socket, const CurveListener& keys) {
  socket.set(zmq::sockopt::zap_domain, kDomain);
  socket.set(zmq::sockopt::curve_server, true);
  socket.set(zmq::sockopt::curve_publickey, keys.own.public_key);
  socket.set(zmq::sockopt::curve_secretkey, keys.own.secret_key);
}

void set_keys(zmq::socket_t& socket, const CurveClient& keys) {
  socket.set(zmq::sockopt::curve_serverkey, keys.server_key);
  socket.set(zmq::sockopt::curve_publickey, keys.own.public_key);
  socket.set(zmq::sockopt::curve_secretkey, keys.own.secret_key);
}

Error bus_error(const zmq::error_t& failure, const char* verb, const std::string& endpoint) {
  switch (failure.num()) {
    case EADDRINUSE:
      return make_error(ErrorCode::kAlreadyExists,
                        "cannot {} {}: another process has it; take another port", verb, endpoint);
    case EINVAL:
      return make_error(ErrorCode::kInvalidArgument, "cannot {} {}: {}; check the address and port",
                        verb, endpoint, failure.what());
    case EACCES:
      return make_error(ErrorCode::kDenied, "cannot {} {}: {}", verb, endpoint, failure.what());
    case EAGAIN:
      return make_error(ErrorCode::kUnavailable, "cannot {} {}: no room; the peer is too slow",
                        verb, endpoint);
    case ETERM:
      return make_error(ErrorCode::kUnavailable, "cannot {} {}: the socket is closed", verb,
                        endpoint);
    default:
      return make_error(ErrorCode::kUnavailable, "cannot {} {}: {}", verb, endpoint,
                        failure.what());
  }
}

Result<CurveKeys> make_curve_keys() {
  std::array<char, 41> open{};
  std::array<char, 41> secret{};
  if (zmq_curve_keypair(open.data(), secret.data()) != 0) {
    return make_error(ErrorCode::kUnsupported,
                      "cannot make CURVE keys: {}; use a ZeroMQ with CURVE",
                      zmq_strerror(zmq_errno()));
  }
  return CurveKeys{open.data(), secret.data()};
}

}  // namespace subtide
