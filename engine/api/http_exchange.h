#pragma once

#include <microhttpd.h>

#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "engine/api/http_server.h"

namespace subtide {

/// Headers and body as libmicrohttpd wants them; a body in one piece goes out with its headers.
struct SharedAnswer::Response {
  explicit Response(const ServerAnswer& answer);
  ~Response();
  Response(const Response&) = delete;
  Response& operator=(const Response&) = delete;

  unsigned status;
  MHD_Response* handle;
};

/// An answer that goes on, as the server's thread reads it.
class StreamBody : public HttpStream {
 public:
  StreamBody(MHD_Connection* connection, std::string content_type, HttpHeaders headers)
      : connection_(connection),
        content_type_(std::move(content_type)),
        headers_(std::move(headers)) {}

  bool write(std::string_view bytes) override;
  void close() override;

  /// The server's thread only. `self` lives as long as the response.
  static MHD_Response* make_response(std::shared_ptr<StreamBody> self);

 private:
  static ssize_t read(void* self, std::uint64_t position, char* target, std::size_t room);
  static void forget(void* self);
  ssize_t read(char* target, std::size_t room);
  void end();
  void wake();

  std::mutex mutex_;
  MHD_Connection* connection_;
  std::string content_type_;
  HttpHeaders headers_;
  std::string backlog_;
  bool is_suspended_ = false;
  bool is_closed_ = false;
};

/// One request and the way to its answer.
///
/// Threads: answer…() and start_stream() any; the rest on the server's thread.
class HttpReply::Exchange {
 public:
  using Answer = std::shared_ptr<const SharedAnswer::Response>;
  explicit Exchange(MHD_Connection* connection) : connection_(connection) {}

  ServerRequest request;
  bool is_too_long = false;
  bool is_handed_over = false;

  void answer(Answer answer);
  /// What the server has to say itself.
  void answer_itself(int status, const std::string& text, HttpHeaders headers = {});
  std::shared_ptr<HttpStream> start_stream(std::string content_type, HttpHeaders headers);
  /// Queues the answer, or parks the connection until there is one.
  MHD_Result queue_or_wait();
  /// The connection is gone.
  void end();
  /// The server stops: whoever waits is answered, whoever streams is let go.
  void stop();

 private:
  void wake();

  std::mutex mutex_;
  MHD_Connection* connection_;  ///< null once gone
  Answer answer_;
  std::shared_ptr<StreamBody> stream_;
  bool is_suspended_ = false;
};

}  // namespace subtide
