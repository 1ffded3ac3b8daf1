#include "engine/api/live_site.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace subtide {
namespace {

constexpr std::string_view kHls = "/hls/";
constexpr const char* kHtml = "text/html; charset=utf-8";
constexpr const char* kText = "text/plain; charset=utf-8";
constexpr const char* kJson = "application/json";

const HttpHeaders& no_store() {
  static const HttpHeaders headers = {{"Cache-Control", "no-store"},
                                      {"X-Content-Type-Options", "nosniff"}};
  return headers;
}

/// Nothing but our own files, and pictures and media that the player makes itself.
HttpHeaders page_headers() {
  HttpHeaders headers = no_store();
  headers.emplace_back("Content-Security-Policy",
                       "default-src 'self'; media-src 'self' blob: data:; worker-src 'self' blob:; "
                       "style-src 'self' 'unsafe-inline'; script-src 'self' 'unsafe-inline'; "
                       "img-src 'self' data:; frame-ancestors 'self'");
  return headers;
}

int to_http_status(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kBadInput:
      return 400;
    case ErrorCode::kDenied:
      return 403;
    case ErrorCode::kNotFound:
      return 404;
    case ErrorCode::kAlreadyExists:
      return 409;
    case ErrorCode::kUnsupported:
      return 422;
    case ErrorCode::kUnavailable:
    case ErrorCode::kDeadline:
    case ErrorCode::kNoSpace:
    case ErrorCode::kBreakerOpen:
      return 503;
    case ErrorCode::kIo:
    case ErrorCode::kInternal:
      return 500;
  }
  return 500;
}

ServerAnswer problem(const Error& error) {
  const nlohmann::json body = {{"error", to_string(error.code)}, {"message", error.message}};
  return make_answer(to_http_status(error.code), kJson,
                     body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n",
                     no_store());
}

bool is_plain_get(const ServerRequest& request) {
  return request.method == "GET" || request.method == "HEAD";
}

}  // namespace

LiveSite::LiveSite(Access access, LivePages pages, Publication& publication, PageFeed& feed,
                   LiveMetrics& metrics, Inject inject, Status status)
    : access_(std::move(access)),
      pages_(pages),
      publication_(publication),
      feed_(feed),
      metrics_(metrics),
      inject_(std::move(inject)),
      status_(std::move(status)) {}

void LiveSite::answer(const ServerRequest& request, const HttpReply& reply) {
  if (request.method == "POST" && request.path == "/login") {
    reply.send(access_.log_in(request));
  } else if (!access_.lets_in(request)) {
    reply.send(access_.refusal(request));
  } else if (request.method == "POST" && request.path == "/inject") {
    reply.send(take_item(request));
  } else if (is_plain_get(request)) {
    answer_get(request, reply);
  } else {
    reply.send(
        make_answer(405, kText, "Only GET, and POST to /inject.\n", {{"Allow", "GET, HEAD"}}));
  }
}

void LiveSite::answer_get(const ServerRequest& request, const HttpReply& reply) {
  const std::string& path = request.path;
  if (path.starts_with(kHls)) {
    publication_.answer(path.substr(kHls.size()), request, reply);
  } else if (path == "/") {
    reply.send(make_answer(200, kHtml, std::string(pages_.watch_page), page_headers()));
  } else if (path == "/player.js") {
    reply.send(make_answer(200, "text/javascript; charset=utf-8", std::string(pages_.player),
                           {{"Cache-Control", "max-age=3600"}}));
  } else if (path == "/events") {
    feed_.join(reply);
  } else if (path == "/metrics") {
    metrics_.viewers_waiting(publication_.waiting());
    reply.send(
        make_answer(200, "text/plain; version=0.0.4; charset=utf-8", metrics_.text(), no_store()));
  } else if (path == "/status") {
    reply.send(make_answer(200, kJson, status_() + "\n", no_store()));
  } else {
    reply.send(make_answer(404, kText, "There is no such page.\n", no_store()));
  }
}

ServerAnswer LiveSite::take_item(const ServerRequest& request) const {
  if (!Access::is_same_origin(request)) {
    return problem({ErrorCode::kDenied, "markers are not taken from pages of other sites"});
  }
  if (!request.header("content-type").starts_with(kJson)) {
    return problem(
        {ErrorCode::kUnsupported, "send one cue object as Content-Type: application/json"});
  }
  const auto taken = inject_(request.body);
  if (!taken) return problem(taken.error());
  return make_answer(202, kJson, *taken + "\n", no_store());
}

}  // namespace subtide
