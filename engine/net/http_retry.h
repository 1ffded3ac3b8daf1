#pragma once

#include <chrono>
#include <functional>
#include <stop_token>

#include "engine/net/http_client.h"

namespace subtide {

struct RetryPolicy {
  int max_attempts = 4;
  std::chrono::milliseconds first_pause = std::chrono::milliseconds(500);  ///< doubles each time
  std::chrono::milliseconds longest_pause = std::chrono::seconds(30);
  /// Waits, unless asked to stop; false when it was. Tests put their own clock here.
  std::function<bool(std::chrono::milliseconds, const std::stop_token&)> wait;
};

/// Waits for `time`; false when asked to stop before.
bool wait_unless_stopped(std::chrono::milliseconds time, const std::stop_token& stop);

/// Sends `request` again while the server is busy or away: status 408, 429, 500, 502, 503, 504, and
/// kUnavailable errors. A Retry-After is obeyed up to the longest pause; a server that asks for
/// more is not asked again.
///
/// Errors: those of HttpClient::request. The last response is the answer, whatever its status.
Result<HttpResponse> request_with_retries(HttpClient& client, const HttpRequest& request,
                                          const RetryPolicy& policy = {});

}  // namespace subtide
