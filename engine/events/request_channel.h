#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "engine/base/result.h"
#include "engine/events/bus_socket.h"

namespace subtide {

/// Takes what other programs ask of a running engine, such as markers for its stream: a text in, a
/// text out.
///
/// Owner:   the caller. The destructor waits for the request under way.
/// Threads: its own, on which `handler` is called, one request at a time.
/// Errors:  listen() as check_listen_endpoint(). What the handler refuses is told to who asked.
class RequestServer {
 public:
  static constexpr std::size_t kLongestRequest = 1024 * 1024;
  using Handler = std::function<Result<std::string>(const std::string&)>;

  static Result<RequestServer> listen(const std::string& endpoint,
                                      const std::optional<CurveListener>& keys, Handler handler);
  RequestServer(RequestServer&&) noexcept;
  RequestServer& operator=(RequestServer&&) noexcept;
  ~RequestServer();

  /// As it can be reached.
  const std::string& endpoint() const;

 private:
  struct State;
  explicit RequestServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// Asks a RequestServer.
///
/// Owner:   the caller; movable. Threads: one at a time.
/// Errors:  connect() as check_connect_endpoint(); ask(): what the server's handler said, and
///          kDeadline.
class RequestClient {
 public:
  static Result<RequestClient> connect(
      const std::string& endpoint, const std::optional<CurveClient>& keys,
      std::chrono::milliseconds answer_within = std::chrono::seconds(5));

  Result<std::string> ask(const std::string& request);

 private:
  RequestClient(BusSocket socket, std::chrono::milliseconds answer_within)
      : socket_(std::move(socket)), answer_within_(answer_within) {}
  BusSocket socket_;
  std::chrono::milliseconds answer_within_;
  std::uint64_t asked_ = 0;
};

}  // namespace subtide
