#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/net/http_client.h"
#include "engine/net/url.h"

namespace subtide {

/// Where a response goes. Both are called on the thread that runs the transfer.
class ResponseSink {
 public:
  virtual ~ResponseSink() = default;
  /// Once, before the body.
  virtual Status begin(int status, const std::vector<HttpHeader>& headers) = 0;
  virtual Status write(std::string_view bytes) = 0;
};

/// One exchange with one server: no redirect is followed, nothing is tried again.
struct Hop {
  Url url;
  bool needs_public_address = false;
  std::vector<AddressRange> allowed;  ///< besides the public ones
  HttpMethod method = HttpMethod::kGet;
  std::vector<HttpHeader> headers;
  const HttpRequest* body_of = nullptr;  ///< whose body is sent; none when null
  std::chrono::milliseconds connect_timeout{0};
  std::chrono::milliseconds timeout{0};        ///< 0: none
  std::chrono::milliseconds stall_timeout{0};  ///< 0: none
  std::stop_token stop;
};

struct HopEnd {
  int status = 0;
  std::vector<HttpHeader> headers;
  Url url;  ///< of the hop
};

/// Runs hops with libcurl and keeps its connections. Threads: any.
class HttpTransfer {
 public:
  HttpTransfer();
  ~HttpTransfer();
  HttpTransfer(const HttpTransfer&) = delete;
  HttpTransfer& operator=(const HttpTransfer&) = delete;

  Result<HopEnd> run(const Hop& hop, ResponseSink& sink);

 private:
  struct Connections;
  class Lease;
  std::unique_ptr<Connections> connections_;
};

/// The hops of one request: follows redirects by the rules of HttpClient. A redirect's own body
/// does not reach the sink.
Result<HopEnd> run_with_redirects(HttpTransfer& transfer, Hop hop, ResponseSink& sink);

std::optional<std::string> find_header(const std::vector<HttpHeader>& headers,
                                       std::string_view name);

}  // namespace subtide
