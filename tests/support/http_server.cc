#include "tests/support/http_server.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <stdexcept>
#include <utility>

namespace subtide {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

MHD_Result keep_value(void* target, MHD_ValueKind kind, const char* key, const char* value) {
  auto& values = *static_cast<std::map<std::string, std::string>*>(target);
  values[kind == MHD_HEADER_KIND ? lower(key) : key] = value == nullptr ? "" : value;
  return MHD_YES;
}

// A body that breaks off.
struct BrokenBody {
  std::string bytes;
};

ssize_t read_broken_body(void* source, std::uint64_t position, char* target, std::size_t room) {
  const auto& bytes = static_cast<BrokenBody*>(source)->bytes;
  if (position >= bytes.size()) return MHD_CONTENT_READER_END_WITH_ERROR;
  const auto count = std::min<std::size_t>(room, bytes.size() - position);
  std::memcpy(target, bytes.data() + position, count);
  return static_cast<ssize_t>(count);
}

void free_broken_body(void* source) { delete static_cast<BrokenBody*>(source); }

MHD_Response* make_response(const ServerReply& reply) {
  MHD_Response* response = nullptr;
  if (reply.breaks_after) {
    auto* body = new BrokenBody{reply.body.substr(0, *reply.breaks_after)};
    response = MHD_create_response_from_callback(reply.body.size(), 64 * 1024, read_broken_body,
                                                 body, free_broken_body);
  } else {
    response = MHD_create_response_from_buffer(
        reply.body.size(), const_cast<char*>(reply.body.data()), MHD_RESPMEM_MUST_COPY);
  }
  for (const auto& [name, value] : reply.headers) {
    MHD_add_response_header(response, name.c_str(), value.c_str());
  }
  return response;
}

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

}  // namespace

struct HttpTestServer::State {
  mutable std::mutex mutex;
  mutable std::condition_variable changed;
  std::map<std::string, Handler> handlers;
  std::vector<ReceivedRequest> requests;
  bool is_closing = false;
  MHD_Daemon* daemon = nullptr;

  Handler handler_for(const std::string& path) {
    const std::lock_guard lock(mutex);
    const auto found = handlers.find(path);
    return found == handlers.end() ? Handler() : found->second;
  }

  void remember(const ReceivedRequest& request) {
    const std::lock_guard lock(mutex);
    requests.push_back(request);
    changed.notify_all();
  }

  void hang() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [this] { return is_closing; });
  }

  MHD_Result answer(MHD_Connection* connection, const ReceivedRequest& request) {
    remember(request);
    const Handler handler = handler_for(request.path);
    const ServerReply reply =
        handler ? handler(request) : ServerReply{404, "not found", {}, {}, false};
    if (reply.hangs) {
      hang();
      return MHD_NO;
    }
    MHD_Response* response = make_response(reply);
    const auto queued =
        MHD_queue_response(connection, static_cast<unsigned>(reply.status), response);
    MHD_destroy_response(response);
    return queued;
  }

  static MHD_Result take(void* self, MHD_Connection* connection, const char* url,
                         const char* method, const char*, const char* data, std::size_t* size,
                         void** slot) {
    if (*slot == nullptr) {
      auto* request = new ReceivedRequest{.method = method, .path = url};
      MHD_get_connection_values(connection, MHD_HEADER_KIND, keep_value, &request->headers);
      MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, keep_value, &request->query);
      *slot = request;
      return MHD_YES;
    }
    auto* request = static_cast<ReceivedRequest*>(*slot);
    if (*size > 0) {
      request->body.append(data, *size);
      *size = 0;
      return MHD_YES;
    }
    return static_cast<State*>(self)->answer(connection, *request);
  }

  static void complete(void*, MHD_Connection*, void** slot, MHD_RequestTerminationCode) {
    delete static_cast<ReceivedRequest*>(*slot);
    *slot = nullptr;
  }
};

std::string ReceivedRequest::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

HttpTestServer::HttpTestServer() : state_(std::make_unique<State>()) {
  const sockaddr_in address = loopback(0);
  state_->daemon = MHD_start_daemon(
      MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL, 0, nullptr,
      nullptr, &State::take, state_.get(), MHD_OPTION_SOCK_ADDR, &address,
      MHD_OPTION_NOTIFY_COMPLETED, &State::complete, nullptr, MHD_OPTION_END);
  if (state_->daemon == nullptr) throw std::runtime_error("the test's web server does not start");
}

HttpTestServer::~HttpTestServer() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->is_closing = true;
    state_->changed.notify_all();
  }
  MHD_stop_daemon(state_->daemon);
}

void HttpTestServer::on(std::string path, Handler handler) {
  const std::lock_guard lock(state_->mutex);
  state_->handlers[std::move(path)] = std::move(handler);
}

void HttpTestServer::on(std::string path, ServerReply reply) {
  on(std::move(path),
     Handler([reply = std::move(reply)](const ReceivedRequest&) { return reply; }));
}

void HttpTestServer::on(std::string path, std::vector<ServerReply> replies) {
  auto next = std::make_shared<std::pair<std::mutex, std::size_t>>();
  on(std::move(path), Handler([replies = std::move(replies), next](const ReceivedRequest&) {
       const std::lock_guard lock(next->first);
       return replies.at(std::min(next->second++, replies.size() - 1));
     }));
}

std::string HttpTestServer::url(std::string_view path) const {
  return "http://127.0.0.1:" + std::to_string(port()) + std::string(path);
}

int HttpTestServer::port() const {
  return MHD_get_daemon_info(state_->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
}

std::vector<ReceivedRequest> HttpTestServer::requests() const {
  const std::lock_guard lock(state_->mutex);
  return state_->requests;
}

bool HttpTestServer::wait_for_requests(std::size_t count) const {
  std::unique_lock lock(state_->mutex);
  return state_->changed.wait_for(lock, std::chrono::seconds(10),
                                  [&] { return state_->requests.size() >= count; });
}

ServerReply serve_range(const ReceivedRequest& request, const std::string& content) {
  const auto range = request.header("range");
  if (!range.starts_with("bytes=")) return {200, content, {}, {}, false};
  const auto begin = std::stoull(range.substr(6));
  const auto total = std::to_string(content.size());
  if (begin >= content.size()) return {416, "", {{"Content-Range", "bytes */" + total}}, {}, false};
  const auto last = std::to_string(content.size() - 1);
  const auto described = "bytes " + std::to_string(begin) + "-" + last + "/" + total;
  return {206, content.substr(begin), {{"Content-Range", described}}, {}, false};
}

std::string url_where_nothing_listens() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof(address);
  ::bind(socket, reinterpret_cast<const sockaddr*>(&address), size);
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  ::close(socket);
  return "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
}

}  // namespace subtide
