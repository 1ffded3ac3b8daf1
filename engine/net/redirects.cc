#include <chrono>
#include <optional>
#include <utility>

#include "engine/net/http_transfer.h"

namespace subtide {
namespace {

constexpr int kMostRedirects = 3;
using Clock = std::chrono::steady_clock;

bool keeps_method(int status) { return status == 307 || status == 308; }

Status check_redirect(const Hop& hop, const Url& target, int status) {
  if (hop.url.scheme == "https" && target.scheme == "http") {
    return make_error(ErrorCode::kDenied, "{} redirects from https to http: {}",
                      hop.url.for_messages(), target.for_messages());
  }
  if (hop.method == HttpMethod::kPost && !keeps_method(status)) {
    return make_error(ErrorCode::kBadInput, "{} redirects to {}: use that address",
                      hop.url.for_messages(), target.for_messages());
  }
  return ok();
}

// The next hop. At another origin the user's trust and secrets end.
Result<Hop> follow(Hop hop, int status, const std::string& location) {
  auto target = resolve_url(hop.url, location);
  if (!target) return std::move(target.error());
  if (auto allowed = check_redirect(hop, *target, status); !allowed) {
    return std::move(allowed.error());
  }
  if (has_same_origin(hop.url, *target)) {
    target->user = hop.url.user;
    target->password = hop.url.password;
  } else {
    hop.needs_public_address = true;
    std::erase_if(hop.headers, [](const HttpHeader& header) {
      return header.name != "Range" && header.name != "If-Range" && header.name != "Content-Type";
    });
  }
  hop.url = std::move(*target);
  return hop;
}

Status shorten_timeout(Hop& hop, Clock::time_point started, std::chrono::milliseconds whole) {
  if (whole.count() == 0) return ok();
  const auto spent = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - started);
  hop.timeout = whole - spent;
  if (hop.timeout.count() > 0) return ok();
  return make_error(ErrorCode::kDeadline, "{} did not answer in time", hop.url.for_messages());
}

}  // namespace

Result<HopEnd> run_with_redirects(HttpTransfer& transfer, Hop hop, ResponseSink& sink) {
  const auto started = Clock::now();
  const auto whole = hop.timeout;
  for (int redirects = 0;; ++redirects) {
    auto end = transfer.run(hop, sink);
    if (!end) return end;
    const auto location = find_header(end->headers, "location");
    const bool is_redirect = end->status > 300 && end->status < 309 && end->status != 304 &&
                             end->status != 305 && end->status != 306;
    if (!is_redirect || !location) return end;
    if (redirects == kMostRedirects) {
      return make_error(ErrorCode::kBadInput, "{} redirects more than {} times",
                        hop.url.for_messages(), kMostRedirects);
    }
    auto next = follow(std::move(hop), end->status, *location);
    if (!next) return std::move(next.error());
    hop = std::move(*next);
    if (auto in_time = shorten_timeout(hop, started, whole); !in_time) {
      return std::move(in_time.error());
    }
  }
}

}  // namespace subtide
