#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/result.h"

namespace subtide {

/// What a client asked for. Names of headers are lower case.
struct ServerRequest {
  std::string method;
  std::string path;  ///< decoded, beginning with '/'
  std::map<std::string, std::string> query;
  std::map<std::string, std::string> headers;
  std::string body;

  /// Empty when there is none.
  std::string header(const std::string& name) const;
  std::string cookie(std::string_view name) const;
};

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

/// A whole answer.
struct ServerAnswer {
  int status = 200;
  std::string content_type;
  std::shared_ptr<const std::string> body;
  HttpHeaders headers;
};

ServerAnswer make_answer(int status, std::string content_type, std::string body,
                         HttpHeaders headers = {});

/// An answer that is made once, whoever gets it: a thousand viewers of one playlist cost little
/// more than the bytes on their wires.
///
/// Owner: copies share it. Threads: any. Errors: none.
class SharedAnswer {
 public:
  explicit SharedAnswer(const ServerAnswer& answer);

 private:
  friend class HttpReply;
  struct Response;
  std::shared_ptr<const Response> response_;
};

/// An answer that goes on until one side ends it.
///
/// Owner:   shared with the server. Threads: any.
/// Errors:  a client that takes nothing while kLongestBacklog bytes wait is let go.
class HttpStream {
 public:
  static constexpr std::size_t kLongestBacklog = 1024 * 1024;

  virtual ~HttpStream() = default;
  /// False once the client is gone or was let go.
  virtual bool write(std::string_view bytes) = 0;
  virtual void close() = 0;
};

/// The right to answer one request, now or later.
///
/// Owner:   whoever holds a copy; the last copy that goes without an answer answers 503.
/// Threads: any. Only the first answer counts; one to a client that is gone does nothing.
class HttpReply {
 public:
  class Exchange;
  explicit HttpReply(std::shared_ptr<Exchange> exchange);

  void send(const SharedAnswer& answer) const;
  void send(const ServerAnswer& answer) const { send(SharedAnswer(answer)); }
  std::shared_ptr<HttpStream> start_stream(std::string content_type, HttpHeaders headers) const;

 private:
  struct Guard;
  std::shared_ptr<Guard> guard_;
};

struct HttpServerOptions {
  std::string address = "127.0.0.1";  ///< numeric, IPv4 or IPv6
  std::uint16_t port = 0;             ///< 0: any
  unsigned longest_body = 1024 * 1024;
  unsigned most_connections = 4096;
};

/// "127.0.0.1:8080", "[::1]:8080", ":8080" (loopback) or "8080".
/// Errors: kInvalidArgument.
Result<HttpServerOptions> parse_listen_address(std::string_view text);

/// Whether only this machine can reach the address.
bool is_loopback(const HttpServerOptions& options);

/// An HTTP/1.1 server for many clients that wait. One thread serves all of them; a request that
/// is not answered at once costs a socket and some memory, and no thread.
///
/// Owner:   the caller. The destructor answers 503 to all who wait and ends the streams.
/// Threads: starts one, on which the handler is called, one request at a time; it must not block.
/// Errors:  listen(): kInvalidArgument, kUnavailable when the address is taken.
class HttpServer {
 public:
  using Handler = std::function<void(const ServerRequest&, HttpReply)>;

  static Result<HttpServer> listen(const HttpServerOptions& options, Handler handler);
  HttpServer(HttpServer&&) noexcept;
  HttpServer& operator=(HttpServer&&) noexcept;
  ~HttpServer();

  std::uint16_t port() const;
  /// "http://127.0.0.1:8080"
  std::string url() const;

 private:
  struct State;
  explicit HttpServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace subtide
