#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "engine/events/bus_socket.h"
#include "engine/work/link/wire.h"

namespace subtide {

/// One message as it came from a socket: who sent it (ROUTER only), and what it says.
struct WireArrival {
  std::string peer;
  Result<wire::Message> message;
};

/// A ROUTER or DEALER socket that speaks wire::Message, together with a bell that other threads may
/// ring. Where it may listen, and for whom, is as for events: a private folder, or TCP with keys.
///
/// Owner:   the caller; closing drops what was not sent within half a second.
/// Threads: everything but ring() from one thread.
/// Errors:  open functions as those of BusSocket. Nothing blocks longer than told: what a slow peer
///          does not take is dropped, since work and leases are asked for again.
class WireSocket {
 public:
  /// The mediator's side: listens at `endpoint` ("ipc:///run/x/work", "tcp://127.0.0.1:*").
  static Result<std::unique_ptr<WireSocket>> listen(
      const std::string& endpoint, const std::optional<CurveListener>& keys = std::nullopt);
  /// The worker's side; connects again by itself whenever the other side comes back.
  static Result<std::unique_ptr<WireSocket>> connect(
      const std::string& endpoint, const std::optional<CurveClient>& keys = std::nullopt);

  /// Where it really listens or is connected to.
  const std::string& endpoint() const { return socket_.endpoint(); }

  /// False when the peer is not there or does not take it.
  bool send(const std::string& peer, const wire::Message& message);
  bool send(const wire::Message& message) { return send({}, message); }

  /// Waits for messages or the bell, at most `timeout`; gives those that are there, a thousand at
  /// most.
  std::vector<WireArrival> wait(std::chrono::milliseconds timeout);
  /// Ends a wait() soon. Threads: any.
  void ring() { socket_.ring(); }

 private:
  WireSocket(BusSocket socket, bool is_router)
      : socket_(std::move(socket)), is_router_(is_router) {}

  BusSocket socket_;
  const bool is_router_;
};

}  // namespace subtide
