#include "tests/support/plain_http.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <stdexcept>

namespace subtide {
namespace {

using std::chrono::milliseconds;

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

PlainAnswer parse_head(const std::string& head) {
  PlainAnswer answer;
  answer.status = std::stoi(head.substr(head.find(' ') + 1));
  std::size_t at = head.find("\r\n");
  while (at != std::string::npos && at + 2 < head.size()) {
    const std::size_t end = std::min(head.find("\r\n", at + 2), head.size());
    const std::string line = head.substr(at + 2, end - at - 2);
    if (const auto colon = line.find(": "); colon != std::string::npos) {
      answer.headers[lower(line.substr(0, colon))] = line.substr(colon + 2);
    }
    at = end < head.size() ? end : std::string::npos;
  }
  return answer;
}

}  // namespace

PlainClient::PlainClient(std::uint16_t port) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    close(socket_);
    throw std::runtime_error("nobody listens on port " + std::to_string(port));
  }
}

PlainClient::~PlainClient() { close(socket_); }

void PlainClient::send(const std::string& method, const std::string& target,
                       const std::vector<std::string>& headers, const std::string& body) {
  std::string text = method + " " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n";
  for (const auto& header : headers) text += header + "\r\n";
  if (!body.empty()) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  text += "\r\n" + body;
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t count = ::send(socket_, text.data() + done, text.size() - done, MSG_NOSIGNAL);
    if (count <= 0) return;
    done += static_cast<std::size_t>(count);
  }
}

bool PlainClient::has_answer(milliseconds within) const {
  pollfd one{socket_, POLLIN, 0};
  return !received_.empty() || poll(&one, 1, static_cast<int>(within.count())) > 0;
}

bool PlainClient::read_some(milliseconds longest) {
  pollfd one{socket_, POLLIN, 0};
  if (poll(&one, 1, static_cast<int>(std::max(longest.count(), std::int64_t{0}))) <= 0) {
    return false;
  }
  std::array<char, 65536> bytes;
  const ssize_t count = recv(socket_, bytes.data(), bytes.size(), 0);
  if (count <= 0) return false;
  received_.append(bytes.data(), static_cast<std::size_t>(count));
  return true;
}

std::string PlainClient::read_until(const std::string& text, milliseconds longest) {
  const auto until = std::chrono::steady_clock::now() + longest;
  while (received_.find(text) == std::string::npos) {
    const auto left =
        std::chrono::duration_cast<milliseconds>(until - std::chrono::steady_clock::now());
    if (left.count() <= 0 || !read_some(left)) break;
  }
  return received_;
}

PlainAnswer PlainClient::read_answer(milliseconds longest) {
  read_until("\r\n\r\n", longest);
  const std::size_t head_end = received_.find("\r\n\r\n");
  if (head_end == std::string::npos) return {};
  PlainAnswer answer = parse_head(received_.substr(0, head_end));
  received_.erase(0, head_end + 4);
  const std::size_t length =
      answer.headers.contains("content-length") ? std::stoul(answer.headers["content-length"]) : 0;
  while (received_.size() < length && read_some(longest)) {
  }
  answer.body = received_.substr(0, length);
  received_.erase(0, std::min(length, received_.size()));
  return answer;
}

PlainAnswer plain_get(std::uint16_t port, const std::string& target,
                      const std::vector<std::string>& headers) {
  PlainClient client(port);
  client.send("GET", target, headers);
  return client.read_answer();
}

PlainAnswer plain_post(std::uint16_t port, const std::string& target, const std::string& body,
                       const std::vector<std::string>& headers) {
  PlainClient client(port);
  client.send("POST", target, headers, body);
  return client.read_answer();
}

}  // namespace subtide
