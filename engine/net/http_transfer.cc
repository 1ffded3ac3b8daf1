#include "engine/net/http_transfer.h"

#include <curl/curl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <utility>

#include "engine/net/address_rules.h"

namespace subtide {
namespace {

struct EasyCleanup {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct MultiCleanup {
  void operator()(CURLM* handle) const { curl_multi_cleanup(handle); }
};
struct ListCleanup {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
struct MimeCleanup {
  void operator()(curl_mime* mime) const { curl_mime_free(mime); }
};
using Easy = std::unique_ptr<CURL, EasyCleanup>;
using Multi = std::unique_ptr<CURLM, MultiCleanup>;
using HeaderList = std::unique_ptr<curl_slist, ListCleanup>;
using Mime = std::unique_ptr<curl_mime, MimeCleanup>;

constexpr std::size_t kMostHeaders = 200;
constexpr std::size_t kMostIdle = 16;
constexpr int kPollMilliseconds = 1000;

// What curl's callbacks share during one hop.
struct Exchange {
  const Hop& hop;
  ResponseSink& sink;
  bool checks_addresses = false;
  bool was_denied = false;
  bool has_begun = false;
  bool drops_body = false;  // of a redirect
  HopEnd end;
  std::optional<Error> failure;
};

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1));
}

curl_socket_t open_socket(void* user, curlsocktype, curl_sockaddr* address) {
  auto& exchange = *static_cast<Exchange*>(user);
  if (exchange.checks_addresses && !is_allowed_address(address->addr, exchange.hop.allowed)) {
    exchange.was_denied = true;
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

std::size_t take_header(char* text, std::size_t, std::size_t size, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  const std::string_view line(text, size);
  if (line.starts_with("HTTP/")) {  // a new response: an interim one (100) came before
    exchange.end.headers.clear();
    return size;
  }
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || exchange.end.headers.size() >= kMostHeaders) return size;
  std::string name(line.substr(0, colon));
  std::transform(name.begin(), name.end(), name.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  exchange.end.headers.push_back({std::move(name), trimmed(line.substr(colon + 1))});
  return size;
}

Status begin_response(Exchange& exchange, int status) {
  exchange.has_begun = true;
  exchange.end.status = status;
  exchange.drops_body =
      is_redirect(status) && find_header(exchange.end.headers, "location").has_value();
  if (exchange.drops_body) return ok();
  return exchange.sink.begin(status, exchange.end.headers);
}

struct BodyTarget {
  Exchange* exchange;
  CURL* easy;
};

std::size_t take_body(char* bytes, std::size_t, std::size_t size, void* user) {
  const auto& target = *static_cast<BodyTarget*>(user);
  Exchange& exchange = *target.exchange;
  Status status = ok();
  if (!exchange.has_begun) {
    long code = 0;
    curl_easy_getinfo(target.easy, CURLINFO_RESPONSE_CODE, &code);
    status = begin_response(exchange, static_cast<int>(code));
  }
  if (status && !exchange.drops_body) status = exchange.sink.write({bytes, size});
  if (status) return size;
  exchange.failure = std::move(status.error());
  return 0;
}

const char* environment_proxy(const std::string& scheme) {
  // As curl itself: HTTP_PROXY in capitals is left out, since a CGI request can set it.
  for (const char* name :
       {scheme == "https" ? "https_proxy" : "http_proxy",
        scheme == "https" ? "HTTPS_PROXY" : "http_proxy", "all_proxy", "ALL_PROXY"}) {
    const char* value = std::getenv(name);
    if (value != nullptr && *value != '\0') return value;
  }
  return nullptr;
}

// False when the address rule forbids the hop already.
bool set_route(CURL* easy, Exchange& exchange) {
  if (!exchange.hop.needs_public_address) return true;
  if (!may_be_allowed_host(exchange.hop.url.host, exchange.hop.allowed)) return false;
  const char* proxy = environment_proxy(exchange.hop.url.scheme);
  curl_easy_setopt(easy, CURLOPT_PROXY, proxy == nullptr ? "" : proxy);
  curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
  exchange.checks_addresses = proxy == nullptr;
  // A kept connection may have been opened under a milder rule.
  curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
  curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
  return true;
}

void set_timeouts(CURL* easy, const Hop& hop) {
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(hop.connect_timeout.count()));
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(hop.timeout.count()));
  if (hop.stall_timeout.count() > 0) {
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME,
                     static_cast<long>((hop.stall_timeout.count() + 999) / 1000));
  }
}

HeaderList make_header_list(const Hop& hop) {
  curl_slist* list = curl_slist_append(nullptr, "Expect:");
  for (const auto& header : hop.headers) {
    const std::string line = header.name + ": " + header.value;
    if (line.find_first_of("\r\n") == std::string::npos)
      list = curl_slist_append(list, line.c_str());
  }
  return HeaderList(list);
}

Mime make_mime(CURL* easy, const std::vector<MultipartPart>& parts) {
  Mime mime(curl_mime_init(easy));
  for (const auto& part : parts) {
    curl_mimepart* field = curl_mime_addpart(mime.get());
    curl_mime_name(field, part.name.c_str());
    curl_mime_data(field, part.body.data(), part.body.size());
    if (!part.file_name.empty()) curl_mime_filename(field, part.file_name.c_str());
    if (!part.content_type.empty()) curl_mime_type(field, part.content_type.c_str());
  }
  return mime;
}

// The result must live as long as the transfer.
Mime set_body(CURL* easy, const Hop& hop) {
  if (hop.method != HttpMethod::kPost) return nullptr;
  curl_easy_setopt(easy, CURLOPT_POST, 1L);
  const std::string* text =
      hop.body_of == nullptr ? nullptr : std::get_if<std::string>(&hop.body_of->body);
  const auto* parts = hop.body_of == nullptr
                          ? nullptr
                          : std::get_if<std::vector<MultipartPart>>(&hop.body_of->body);
  if (parts != nullptr) {
    Mime mime = make_mime(easy, *parts);
    curl_easy_setopt(easy, CURLOPT_MIMEPOST, mime.get());
    return mime;
  }
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                   static_cast<curl_off_t>(text == nullptr ? 0 : text->size()));
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, text == nullptr ? "" : text->data());
  return nullptr;
}

void set_callbacks(CURL* easy, Exchange& exchange, BodyTarget& target) {
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, &exchange);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &exchange);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &target);
}

void set_address(CURL* easy, const Url& url) {
  curl_easy_setopt(easy, CURLOPT_URL, url.to_request().c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "subtide");
  if (!url.user.empty()) {
    curl_easy_setopt(easy, CURLOPT_USERNAME, url.user.c_str());
    curl_easy_setopt(easy, CURLOPT_PASSWORD, url.password.c_str());
  }
}

Error denied_error(const Hop& hop) {
  return make_error(ErrorCode::kDenied,
                    "{} leads to a private or local address; only addresses that you name yourself "
                    "may",
                    hop.url.for_messages());
}

Error error_of(CURLcode code, const Exchange& exchange) {
  const std::string where = exchange.hop.url.for_messages();
  if (exchange.failure) return *exchange.failure;
  switch (static_cast<int>(code)) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return make_error(
          ErrorCode::kUnavailable,
          "cannot reach {}: the name {} cannot be resolved; check the network and the "
          "address",
          where, exchange.hop.url.host);
    case CURLE_COULDNT_CONNECT:
      if (exchange.was_denied) return denied_error(exchange.hop);
      return make_error(
          ErrorCode::kUnavailable,
          "cannot reach {}: no connection; check that the server runs and the network "
          "works",
          where);
    case CURLE_OPERATION_TIMEDOUT:
      return make_error(ErrorCode::kDeadline, "{} did not answer in time", where);
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
      return make_error(ErrorCode::kDenied, "{}: its certificate is not trusted: {}", where,
                        curl_easy_strerror(code));
    default:
      return make_error(ErrorCode::kUnavailable, "{}: the connection failed: {}", where,
                        curl_easy_strerror(code));
  }
}

Error stopped_error(const Hop& hop) {
  return make_error(ErrorCode::kUnavailable, "{}: stopped", hop.url.for_messages());
}

// Drives the transfer until it ended; nothing when asked to stop.
std::optional<CURLcode> drive(CURLM* multi, const Hop& hop) {
  const std::stop_callback wake(hop.stop, [multi] { curl_multi_wakeup(multi); });
  int running = 1;
  while (running > 0) {
    if (hop.stop.stop_requested()) return std::nullopt;
    if (curl_multi_perform(multi, &running) != CURLM_OK) return CURLE_FAILED_INIT;
    if (running > 0) curl_multi_poll(multi, nullptr, 0, kPollMilliseconds, nullptr);
  }
  int left = 0;
  const CURLMsg* message = curl_multi_info_read(multi, &left);
  return message == nullptr ? CURLE_FAILED_INIT : message->data.result;
}

Result<HopEnd> finish(CURL* easy, Exchange& exchange, CURLcode code) {
  if (code != CURLE_OK) return error_of(code, exchange);
  if (!exchange.has_begun) {  // a response without a body
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    if (auto begun = begin_response(exchange, static_cast<int>(status)); !begun) {
      return std::move(begun.error());
    }
  }
  exchange.end.url = exchange.hop.url;
  return std::move(exchange.end);
}

}  // namespace

// Idle curl multi handles; each keeps its own connections open.
struct HttpTransfer::Connections {
  std::mutex mutex;
  std::vector<Multi> idle;
};

class HttpTransfer::Lease {
 public:
  explicit Lease(Connections& connections) : connections_(connections) {
    const std::lock_guard lock(connections_.mutex);
    if (connections_.idle.empty()) {
      multi_.reset(curl_multi_init());
    } else {
      multi_ = std::move(connections_.idle.back());
      connections_.idle.pop_back();
    }
  }
  ~Lease() {
    const std::lock_guard lock(connections_.mutex);
    if (connections_.idle.size() < kMostIdle) connections_.idle.push_back(std::move(multi_));
  }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  CURLM* get() const { return multi_.get(); }

 private:
  Connections& connections_;
  Multi multi_;
};

HttpTransfer::HttpTransfer() : connections_(std::make_unique<Connections>()) {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  (void)started;
}
HttpTransfer::~HttpTransfer() = default;

Result<HopEnd> HttpTransfer::run(const Hop& hop, ResponseSink& sink) {
  if (hop.stop.stop_requested()) return stopped_error(hop);
  const Lease multi(*connections_);
  const Easy easy(curl_easy_init());
  if (multi.get() == nullptr || easy == nullptr) {
    return make_error(ErrorCode::kInternal, "libcurl could not be started");
  }
  Exchange exchange{.hop = hop, .sink = sink, .end = {}, .failure = {}};
  BodyTarget target{&exchange, easy.get()};
  set_address(easy.get(), hop.url);
  set_callbacks(easy.get(), exchange, target);
  set_timeouts(easy.get(), hop);
  if (!set_route(easy.get(), exchange)) return denied_error(hop);
  const HeaderList headers = make_header_list(hop);
  curl_easy_setopt(easy.get(), CURLOPT_HTTPHEADER, headers.get());
  const Mime mime = set_body(easy.get(), hop);
  curl_multi_add_handle(multi.get(), easy.get());
  const auto code = drive(multi.get(), hop);
  auto end = code ? finish(easy.get(), exchange, *code) : Result<HopEnd>(stopped_error(hop));
  curl_multi_remove_handle(multi.get(), easy.get());
  return end;
}

std::optional<std::string> find_header(const std::vector<HttpHeader>& headers,
                                       std::string_view name) {
  const auto found = std::find_if(headers.begin(), headers.end(),
                                  [name](const HttpHeader& header) { return header.name == name; });
  if (found == headers.end()) return std::nullopt;
  return found->value;
}

}  // namespace subtide
