#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/work/link/wire.h"

namespace subtide {

/// One message as it came from a socket: who sent it (ROUTER only), and what it says.
struct WireArrival {
  std::string peer;
  Result<wire::Message> message;
};

/// A ROUTER or DEALER socket together with a bell that other threads may ring.
///
/// Owner:   the caller; closing drops what was not sent within half a second.
/// Threads: everything but ring() from one thread.
/// Errors:  open functions: kInvalidArgument (endpoint), kAlreadyExists (somebody listens there),
///          kIo. Nothing blocks longer than told: what a slow peer does not take is dropped, since
///          work and leases are asked for again.
class WireSocket {
 public:
  /// The mediator's side: listens at `endpoint` ("ipc:///run/x/work", "tcp://127.0.0.1:*").
  static Result<std::unique_ptr<WireSocket>> listen(const std::string& endpoint);
  /// The worker's side; connects again by itself whenever the other side comes back.
  static Result<std::unique_ptr<WireSocket>> connect(const std::string& endpoint);
  ~WireSocket();
  WireSocket(const WireSocket&) = delete;
  WireSocket& operator=(const WireSocket&) = delete;

  /// Where it really listens or is connected to.
  const std::string& endpoint() const;

  /// False when the peer is not there or does not take it.
  bool send(const std::string& peer, const wire::Message& message);
  bool send(const wire::Message& message) { return send({}, message); }

  /// Waits for messages or the bell, at most `timeout`; gives all that are there.
  std::vector<WireArrival> wait(std::chrono::milliseconds timeout);
  /// Ends a wait() soon. Threads: any.
  void ring();

 private:
  struct State;
  explicit WireSocket(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace subtide
