#include "tests/ingest/tcp_proxy.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <stdexcept>
#include <utility>

namespace subtide {
namespace {

constexpr int kPollMilliseconds = 20;
/// Of what goes slowly.
constexpr int kTurnsPerSecond = 20;

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

bool is_readable(int socket) {
  pollfd item{socket, POLLIN, 0};
  return ::poll(&item, 1, 0) > 0;
}

bool send_all(int socket, const char* bytes, std::size_t count) {
  while (count > 0) {
    const ssize_t sent = ::send(socket, bytes, count, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes += sent;
    count -= static_cast<std::size_t>(sent);
  }
  return true;
}

// False when it ended.
bool copy(int from, int to, std::size_t most) {
  std::array<char, 64 * 1024> bytes{};
  const ssize_t got = ::recv(from, bytes.data(), std::min(most, bytes.size()), MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return true;
  if (got <= 0) return false;
  return send_all(to, bytes.data(), static_cast<std::size_t>(got));
}

}  // namespace

TcpProxy::TcpProxy(int target_port) : target_(target_port) { listen(false); }

TcpProxy::TcpProxy(int target_port, Narrow) : target_(target_port) { listen(true); }

void TcpProxy::listen(bool is_narrow) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (is_narrow) {
    // Senders on the loopback interface get megabytes of buffer for its large packets.
    const int packet = 536;
    const int window = 16 * 1024;
    ::setsockopt(listener_, IPPROTO_TCP, TCP_MAXSEG, &packet, sizeof(packet));
    ::setsockopt(listener_, SOL_SOCKET, SO_RCVBUF, &window, sizeof(window));
  }
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof(address);
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::listen(listener_, 16) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("the proxy cannot listen");
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { run(); });
}

TcpProxy::~TcpProxy() {
  is_stopping_ = true;
  thread_.join();
  for (Pair& pair : pairs_) shut(pair, false);
  ::close(listener_);
}

void TcpProxy::shut(Pair& pair, bool by_reset) {
  if (by_reset) {
    const linger now{1, 0};
    ::setsockopt(pair.client, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  }
  ::close(pair.client);
  ::close(pair.server);
}

void TcpProxy::accept_one() {
  Pair pair;
  pair.client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (pair.client < 0) return;
  if (mode_ == Mode::kRefuse) {
    ::close(pair.client);
    return;
  }
  pair.server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(target_);
  if (::connect(pair.server, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    shut(pair, false);
    return;
  }
  ++connections_;
  pairs_.push_back(pair);
}

bool TcpProxy::forward(Pair& pair) {
  const std::size_t most = mode_ == Mode::kSlow ? slow_bytes_ / kTurnsPerSecond : 64 * 1024;
  if (is_readable(pair.client) && !copy(pair.client, pair.server, most)) return false;
  if (!is_readable(pair.server)) return true;
  if (mode_ != Mode::kTrickle) return copy(pair.server, pair.client, 64 * 1024);
  const auto now = std::chrono::steady_clock::now();
  if (now < next_trickle_) return true;
  next_trickle_ = now + std::chrono::seconds(1);
  return copy(pair.server, pair.client, 1);
}

void TcpProxy::run() {
  while (!is_stopping_) {
    std::vector<pollfd> items{{listener_, POLLIN, 0}};
    const bool forwards = mode_ != Mode::kBlackHole;
    if (forwards) {
      for (const Pair& pair : pairs_) {
        items.push_back({pair.client, POLLIN, 0});
        items.push_back({pair.server, POLLIN, 0});
      }
    }
    ::poll(items.data(), items.size(), kPollMilliseconds);
    if ((items[0].revents & POLLIN) != 0) accept_one();
    if (const End end = end_.exchange(End::kNone); end != End::kNone) {
      for (Pair& pair : pairs_) shut(pair, end == End::kReset);
      pairs_.clear();
    }
    if (!forwards) continue;
    std::erase_if(pairs_, [this](Pair& pair) {
      if (forward(pair)) return false;
      shut(pair, false);
      return true;
    });
    if (mode_ == Mode::kSlow) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1000 / kTurnsPerSecond));
    }
    if (mode_ == Mode::kTrickle) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

}  // namespace subtide
