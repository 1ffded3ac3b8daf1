#include "engine/api/http_server.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <set>
#include <utility>

#include "engine/api/http_exchange.h"

namespace subtide {
namespace {

using Exchange = HttpReply::Exchange;
using SharedExchange = std::shared_ptr<Exchange>;

constexpr unsigned kIdleSeconds = 30;
constexpr std::chrono::seconds kLongestFarewell(1);
constexpr std::size_t kHeaderRoom = 32 * 1024;

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  });
  return text;
}

MHD_Result keep_value(void* target, MHD_ValueKind kind, const char* key, const char* value) {
  auto& values = *static_cast<std::map<std::string, std::string>*>(target);
  values[kind == MHD_HEADER_KIND ? lower(key) : key] = value == nullptr ? "" : value;
  return MHD_YES;
}

union SocketAddress {
  sockaddr any;
  sockaddr_in v4;
  sockaddr_in6 v6;
};

bool is_v6(const std::string& address) { return address.find(':') != std::string::npos; }

Result<SocketAddress> to_socket_address(const HttpServerOptions& options) {
  SocketAddress made;
  std::memset(&made, 0, sizeof made);
  const bool six = is_v6(options.address);
  void* target = six ? static_cast<void*>(&made.v6.sin6_addr) : &made.v4.sin_addr;
  if (inet_pton(six ? AF_INET6 : AF_INET, options.address.c_str(), target) != 1) {
    return make_error(ErrorCode::kInvalidArgument,
                      "'{}' is no address to listen on; give numbers, such as 127.0.0.1:8080",
                      options.address);
  }
  if (six) {
    made.v6.sin6_family = AF_INET6;
    made.v6.sin6_port = htons(options.port);
  } else {
    made.v4.sin_family = AF_INET;
    made.v4.sin_port = htons(options.port);
  }
  return made;
}

/// As many descriptors as the connections need and the system gives.
void allow_descriptors(unsigned wanted) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted + 256) return;
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, wanted + 256);
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

struct HttpReply::Guard {
  explicit Guard(SharedExchange held) : exchange(std::move(held)) {}
  ~Guard() { exchange->answer_itself(503, "No answer was made.\n"); }
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;
  SharedExchange exchange;
};

HttpReply::HttpReply(std::shared_ptr<Exchange> exchange)
    : guard_(std::make_shared<Guard>(std::move(exchange))) {}

void HttpReply::send(const SharedAnswer& answer) const {
  guard_->exchange->answer(answer.response_);
}

std::shared_ptr<HttpStream> HttpReply::start_stream(std::string content_type,
                                                    HttpHeaders headers) const {
  return guard_->exchange->start_stream(std::move(content_type), std::move(headers));
}

std::string ServerRequest::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

std::string ServerRequest::cookie(std::string_view name) const {
  const std::string all = header("cookie");
  std::string_view rest = all;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(';'), rest.size());
    std::string_view one = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    while (one.starts_with(' ')) one.remove_prefix(1);
    if (one.starts_with(name) && one.substr(name.size()).starts_with('=')) {
      return std::string(one.substr(name.size() + 1));
    }
  }
  return "";
}

ServerAnswer make_answer(int status, std::string content_type, std::string body,
                         HttpHeaders headers) {
  return {status, std::move(content_type), std::make_shared<const std::string>(std::move(body)),
          std::move(headers)};
}

Result<HttpServerOptions> parse_listen_address(std::string_view text) {
  HttpServerOptions options;
  std::string_view port = text;
  if (const auto colon = text.rfind(':'); colon != std::string_view::npos) {
    std::string_view address = text.substr(0, colon);
    port = text.substr(colon + 1);
    if (address.starts_with('[') && address.ends_with(']')) {
      address = address.substr(1, address.size() - 2);
    }
    if (!address.empty()) options.address = address == "localhost" ? "127.0.0.1" : address;
  }
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), options.port);
  if (error != std::errc() || end != port.data() + port.size() || port.empty()) {
    return make_error(ErrorCode::kInvalidArgument,
                      "'{}' is no address to listen on; write ADDRESS:PORT, such as 127.0.0.1:8080",
                      text);
  }
  const auto address = to_socket_address(options);
  if (!address) return address.error();
  return options;
}

bool is_loopback(const HttpServerOptions& options) {
  const auto address = to_socket_address(options);
  if (!address) return false;
  if (address->any.sa_family == AF_INET6) return IN6_IS_ADDR_LOOPBACK(&address->v6.sin6_addr);
  return (ntohl(address->v4.sin_addr.s_addr) >> 24) == 127;
}

struct HttpServer::State {
  HttpServerOptions options;
  Handler handler;
  std::mutex mutex;
  std::set<SharedExchange> open;  ///< requests that were handed over and are not complete
  std::condition_variable completed;
  bool is_stopping = false;
  MHD_Daemon* daemon = nullptr;

  ~State() {
    if (daemon == nullptr) return;
    std::set<SharedExchange> waiting;
    {
      const std::lock_guard lock(mutex);
      is_stopping = true;
      waiting = open;
    }
    for (const auto& exchange : waiting) exchange->stop();
    waiting.clear();
    wait_for_answers_to_leave();
    MHD_stop_daemon(daemon);
  }

  void wait_for_answers_to_leave() {
    std::unique_lock lock(mutex);
    completed.wait_for(lock, kLongestFarewell, [this] { return open.empty(); });
  }

  /// False when the server stops.
  bool keep(const SharedExchange& exchange) {
    const std::lock_guard lock(mutex);
    if (is_stopping) return false;
    open.insert(exchange);
    return true;
  }

  void hand_over(const SharedExchange& exchange) {
    exchange->is_handed_over = true;
    if (!keep(exchange)) {
      exchange->stop();
    } else if (exchange->is_too_long) {
      exchange->answer_itself(413, "The body is too long.\n");
    } else {
      handler(exchange->request, HttpReply(exchange));
    }
  }

  MHD_Result take(const SharedExchange& exchange, const char* data, std::size_t* size) {
    if (*size > 0) {
      const bool fits = exchange->request.body.size() + *size <= options.longest_body;
      if (fits) exchange->request.body.append(data, *size);
      exchange->is_too_long = exchange->is_too_long || !fits;
      *size = 0;
      return MHD_YES;
    }
    if (!exchange->is_handed_over) hand_over(exchange);
    return exchange->queue_or_wait();
  }

  static MHD_Result on_request(void* self, MHD_Connection* connection, const char* url,
                               const char* method, const char*, const char* data, std::size_t* size,
                               void** slot) {
    if (*slot != nullptr) {
      return static_cast<State*>(self)->take(*static_cast<SharedExchange*>(*slot), data, size);
    }
    auto exchange = std::make_shared<Exchange>(connection);
    ServerRequest& request = exchange->request;
    request.method = method;
    request.path = url;
    MHD_get_connection_values(connection, MHD_HEADER_KIND, keep_value, &request.headers);
    MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, keep_value, &request.query);
    *slot = new SharedExchange(std::move(exchange));
    return MHD_YES;
  }

  static void on_complete(void* self, MHD_Connection*, void** slot, MHD_RequestTerminationCode) {
    auto* exchange = static_cast<SharedExchange*>(*slot);
    if (exchange == nullptr) return;
    (*exchange)->end();
    {
      auto* state = static_cast<State*>(self);
      const std::lock_guard lock(state->mutex);
      state->open.erase(*exchange);
      state->completed.notify_all();
    }
    delete exchange;
    *slot = nullptr;
  }
};

Result<HttpServer> HttpServer::listen(const HttpServerOptions& options, Handler handler) {
  auto address = to_socket_address(options);
  if (!address) return address.error();
  allow_descriptors(options.most_connections);
  auto state = std::make_unique<State>();
  state->options = options;
  state->handler = std::move(handler);
  unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME;
  if (is_v6(options.address)) flags |= MHD_USE_IPv6;
  state->daemon = MHD_start_daemon(
      flags, 0, nullptr, nullptr, &State::on_request, state.get(), MHD_OPTION_SOCK_ADDR,
      &address->any, MHD_OPTION_NOTIFY_COMPLETED, &State::on_complete, state.get(),
      MHD_OPTION_CONNECTION_TIMEOUT, kIdleSeconds, MHD_OPTION_CONNECTION_LIMIT,
      options.most_connections, MHD_OPTION_CONNECTION_MEMORY_LIMIT, kHeaderRoom,
      MHD_OPTION_LISTEN_BACKLOG_SIZE, 1024U, MHD_OPTION_END);
  if (state->daemon == nullptr) {
    return make_error(ErrorCode::kUnavailable, "cannot listen on {}:{}: {}", options.address,
                      options.port, std::strerror(errno));
  }
  return HttpServer(std::move(state));
}

HttpServer::HttpServer(std::unique_ptr<State> state) : state_(std::move(state)) {}
HttpServer::HttpServer(HttpServer&&) noexcept = default;
HttpServer& HttpServer::operator=(HttpServer&&) noexcept = default;
HttpServer::~HttpServer() = default;

std::uint16_t HttpServer::port() const {
  return MHD_get_daemon_info(state_->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
}

std::string HttpServer::url() const {
  const std::string& address = state_->options.address;
  return fmt::format(fmt::runtime(is_v6(address) ? "http://[{}]:{}" : "http://{}:{}"), address,
                     port());
}

}  // namespace subtide
