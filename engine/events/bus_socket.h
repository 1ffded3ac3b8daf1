#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/events/bus_endpoint.h"

namespace subtide {

/// How much a socket holds and how long it waits.
struct BusLimits {
  static constexpr std::size_t kLongestFrame = std::size_t{4} * 1024 * 1024;

  int high_water_mark = 1000;  ///< messages in each direction and for each peer
  /// Room for a message is waited for so long, then send() gives up.
  std::chrono::milliseconds longest_send{0};
  /// Closing waits so long for what is still to be sent.
  std::chrono::milliseconds linger{200};
  std::size_t longest_frame = kLongestFrame;  ///< bytes; a peer that sends more is cut off
};

/// One ZeroMQ socket with the engine's limits: no frame over `longest_frame`, handshakes and
/// half-open connections end by themselves, and nothing waits for ever.
///
/// Owner:   the caller; movable. Each has its own ZeroMQ threads.
/// Threads: one at a time; only ring() and interrupt() are safe from any.
/// Errors:  listen() and connect() as the check_ functions of bus_endpoint.h say, and kUnavailable;
///          connect() does not wait for the peer.
class BusSocket {
 public:
  enum class Kind { kPublish, kSubscribe, kRouter, kDealer };
  using Message = std::vector<std::string>;  ///< frames
  static constexpr std::size_t kLongestFrame = BusLimits::kLongestFrame;
  static constexpr std::size_t kMostFrames = 4096;

  static Result<BusSocket> listen(Kind kind, const std::string& endpoint,
                                  const std::optional<CurveListener>& keys,
                                  const BusLimits& limits = {});
  static Result<BusSocket> connect(Kind kind, const std::string& endpoint,
                                   const std::optional<CurveClient>& keys,
                                   const BusLimits& limits = {});

  BusSocket(BusSocket&&) noexcept;
  BusSocket& operator=(BusSocket&&) noexcept;
  ~BusSocket();

  /// As it can be reached: a port '*' has become a number.
  const std::string& endpoint() const;
  /// kSubscribe only: messages whose first frame begins with `prefix`.
  Status subscribe(std::string_view prefix);
  /// Errors:  kUnavailable when there was no room for `longest_send`, and from a kRouter when the
  ///          peer is gone.
  Status send(const Message& message);
  /// The next message; nothing when none came in time. Errors: kBadInput for one of more than
  /// kMostFrames frames, kUnavailable after interrupt().
  Result<std::optional<Message>> receive(std::chrono::milliseconds timeout);
  /// Waits for messages or the bell; then gives those that are there, `most` at most. Messages of
  /// more than kMostFrames frames are left out. Errors: kUnavailable after interrupt().
  Result<std::vector<Message>> receive_all(std::chrono::milliseconds timeout, std::size_t most);
  /// Ends a receive_all() soon: the one under way, else the next.
  void ring();
  /// Ends all waits; the socket is of no use afterwards.
  void interrupt();

 private:
  struct State;
  explicit BusSocket(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace subtide
