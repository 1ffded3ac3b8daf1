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
                .method = request.method,
                .headers = request.headers,
                .body_of = &request,
                .connect_timeout = request.connect_timeout,
                .timeout = request.timeout,
                .stop = request.stop};
  auto end = run_with_redirects(state_->transfer, hop, sink);
  if (!end) return std::move(end.error());
  return HttpResponse{end->status, std::move(end->headers), sink.take()};
}

}  // namespace subtide
