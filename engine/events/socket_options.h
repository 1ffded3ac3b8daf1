#pragma once

#include <memory>
#include <optional>
#include <string>

#include "engine/events/bus_endpoint.h"
#include "engine/events/bus_socket.h"

namespace zmq {
class context_t;
class socket_t;
class error_t;
}  // namespace zmq

namespace subtide {

/// Inside engine/events: what every ZeroMQ socket gets before it listens or connects.
void set_limits(zmq::socket_t& socket, const std::string& endpoint, const BusLimits& limits);
void set_keys(zmq::socket_t& socket, const CurveListener& keys);
void set_keys(zmq::socket_t& socket, const CurveClient& keys);

/// One line with what was tried: "listen on", "connect to", "send to".
Error bus_error(const zmq::error_t& failure, const char* verb, const std::string& endpoint);

/// Answers ZeroMQ's question whether a client may come in (ZAP, RFC 27), by public key.
///
/// Owner:   whoever owns the ZeroMQ context; that one is shut down before the gate goes, and
///          the gate is made before its sockets listen.
/// Threads: its own.
class KeyGate {
 public:
  KeyGate(zmq::context_t& zmq_context, const std::vector<std::string>& allowed);
  KeyGate(const KeyGate&) = delete;
  KeyGate& operator=(const KeyGate&) = delete;
  ~KeyGate();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace subtide
