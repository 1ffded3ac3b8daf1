#include "engine/net/http_client.h"

#include <utility>

#include "engine/net/http_state.h"
#include "engine/net/http_transfer.h"
#include "engine/net/url.h"

namespace subtide {
namespace {

class MemorySink : public ResponseSink {
 public:
  MemorySink(std::size_t limit, std::string where) : limit_(limit), where_(std::move(where)) {}

  Status begin(int, const std::vector<HttpHeader>&) override { return ok(); }

  Status write(std::string_view bytes) override {
    if (body_.size() + bytes.size() > limit_) {
      return make_error(ErrorCode::kBadInput, "{} answered with more than {} bytes", where_,
                        limit_);
    }
    body_.append(bytes);
    return ok();
  }

  std::string take() { return std::move(body_); }

 private:
  std::size_t limit_;
  std::string where_;
  std::string body_;
};

Error status_error(int status, const std::string& where) {
  const ErrorCode code = status == 404 || status == 410   ? ErrorCode::kNotFound
                         : status == 401 || status == 403 ? ErrorCode::kDenied
                                                          : ErrorCode::kUnavailable;
  return make_error(code, "{} answered with status {}", where, status);
}

class PieceSink : public ResponseSink {
 public:
  PieceSink(const StreamRequest& request, std::string where)
      : request_(request), where_(std::move(where)) {}

  Status begin(int status, const std::vector<HttpHeader>&) override {
    if (status != 200 && status != 206) return status_error(status, where_);
    return ok();
  }
  Status write(std::string_view bytes) override { return request_.take(bytes); }

 private:
  const StreamRequest& request_;
  std::string where_;
};

}  // namespace

std::optional<std::string> HttpResponse::header(std::string_view name) const {
  return find_header(headers, name);
}

HttpClient::HttpClient() : state_(std::make_unique<State>()) {}
HttpClient::~HttpClient() = default;

Result<HttpResponse> HttpClient::request(const HttpRequest& request) {
  auto url = parse_url(request.url);
  if (!url) return std::move(url.error());
  MemorySink sink(request.max_response, url->for_messages());
  const Hop hop{.url = std::move(*url),
                .needs_public_address = request.trust == UrlTrust::kFound,
                .allowed = request.allowed,
                .method = request.method,
                .headers = request.headers,
                .body_of = &request,
                .connect_timeout = request.connect_timeout,
                .timeout = request.timeout,
                .stop = request.stop};
  auto end = run_with_redirects(state_->transfer, hop, sink);
  if (!end) return std::move(end.error());
  return HttpResponse{end->status, std::move(end->headers), sink.take(), end->url.to_request()};
}

Status HttpClient::stream(const StreamRequest& request) {
  auto url = parse_url(request.url);
  if (!url) return std::move(url.error());
  PieceSink sink(request, url->for_messages());
  const Hop hop{.url = std::move(*url),
                .needs_public_address = request.trust == UrlTrust::kFound,
                .allowed = request.allowed,
                .headers = request.headers,
                .connect_timeout = request.connect_timeout,
                .stop = request.stop};
  auto end = run_with_redirects(state_->transfer, hop, sink);
  if (!end) return std::move(end.error());
  return ok();
}

}  // namespace subtide
