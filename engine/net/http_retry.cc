#include "engine/net/http_retry.h"

#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <string>

namespace subtide {
namespace {

using std::chrono::milliseconds;

bool is_worth_another_try(const Result<HttpResponse>& answer, const HttpRequest& request) {
  if (!answer) {
    return answer.error().code == ErrorCode::kUnavailable && !request.stop.stop_requested();
  }
  switch (answer->status) {
    case 408:
    case 429:
    case 500:
    case 502:
    case 503:
    case 504:
      return true;
    default:
      return false;
  }
}

// Seconds alone: the form that busy servers send; a date is treated as not given.
std::optional<milliseconds> retry_after(const Result<HttpResponse>& answer) {
  if (!answer) return std::nullopt;
  const auto value = answer->header("retry-after");
  if (!value || value->empty() || value->size() > 9 ||
      value->find_first_not_of("0123456789") != std::string::npos) {
    return std::nullopt;
  }
  return std::chrono::seconds(std::strtol(value->c_str(), nullptr, 10));
}

}  // namespace

bool wait_unless_stopped(milliseconds time, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::unique_lock lock(mutex);
  changed.wait_for(lock, stop, time, [] { return false; });
  return !stop.stop_requested();
}

Result<HttpResponse> request_with_retries(HttpClient& client, const HttpRequest& request,
                                          const RetryPolicy& policy) {
  milliseconds pause = policy.first_pause;
  for (int attempt = 1;; ++attempt) {
    auto answer = client.request(request);
    if (attempt >= policy.max_attempts || !is_worth_another_try(answer, request)) return answer;
    const milliseconds wanted = retry_after(answer).value_or(pause);
    if (wanted > policy.longest_pause) return answer;
    const bool goes_on =
        policy.wait ? policy.wait(wanted, request.stop) : wait_unless_stopped(wanted, request.stop);
    if (!goes_on) return answer;
    pause = std::min(pause * 2, policy.longest_pause);
  }
}

}  // namespace subtide
