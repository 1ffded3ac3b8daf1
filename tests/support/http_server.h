#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace subtide {

struct ReceivedRequest {
  std::string method = {};
  std::string path = {};                            ///< without the query
  std::map<std::string, std::string> query = {};    ///< decoded
  std::map<std::string, std::string> headers = {};  ///< names in lower case
  std::string body = {};

  std::string header(const std::string& name) const;  ///< empty when absent
};

struct ServerReply {
  int status = 200;
  std::string body = {};
  std::map<std::string, std::string> headers = {};
  std::optional<std::size_t> breaks_after =
      {};              ///< bytes of the body after which the connection breaks
  bool hangs = false;  ///< answers nothing until the server goes
};

/// A web server on 127.0.0.1 that answers by script and remembers what it was asked.
///
/// Threads: a handler runs on a thread of its connection; everything is safe from any thread.
/// The destructor wakes replies that hang and waits for all connections.
class HttpTestServer {
 public:
  using Handler = std::function<ServerReply(const ReceivedRequest&)>;

  HttpTestServer();
  ~HttpTestServer();
  HttpTestServer(const HttpTestServer&) = delete;
  HttpTestServer& operator=(const HttpTestServer&) = delete;

  /// Answers every request for `path` with `handler`; other paths get 404.
  void on(std::string path, Handler handler);
  /// The same reply each time.
  void on(std::string path, ServerReply reply);
  /// One reply after the other; the last one again and again.
  void on(std::string path, std::vector<ServerReply> replies);

  /// "http://127.0.0.1:PORT" and `path`.
  std::string url(std::string_view path = "") const;
  int port() const;

  std::vector<ReceivedRequest> requests() const;
  /// Waits until `count` requests have arrived; false after ten seconds.
  bool wait_for_requests(std::size_t count) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// `content` as a file server answers: whole, the part after "Range: bytes=N-", or 416.
ServerReply serve_range(const ReceivedRequest& request, const std::string& content);

/// "http://127.0.0.1:PORT" where nothing listens.
std::string url_where_nothing_listens();

}  // namespace subtide
