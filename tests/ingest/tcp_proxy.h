#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace subtide {

/// Stands between a client and a server on the loopback interface and does to their connections
/// what networks do.
///
/// Threads: one of its own; everything is safe from any thread.
class TcpProxy {
 public:
  enum class Mode {
    kForward,
    kBlackHole,  ///< keeps the connections open and hands nothing on
    kTrickle,    ///< one byte each second from the server to the client
    kSlow,       ///< so many bytes a second from the client to the server
    kRefuse,     ///< closes new connections at once
  };

  explicit TcpProxy(int target_port);
  /// Small packets and a small window, so that clients feel at once how slow it is.
  struct Narrow {};
  TcpProxy(int target_port, Narrow narrow);
  ~TcpProxy();
  TcpProxy(const TcpProxy&) = delete;
  TcpProxy& operator=(const TcpProxy&) = delete;

  int port() const { return port_; }
  void set(Mode mode) { mode_ = mode; }
  void slow_down(std::size_t bytes_per_second) {
    slow_bytes_ = bytes_per_second;
    mode_ = Mode::kSlow;
  }
  /// Ends all connections by FIN.
  void close_all() { end_ = End::kClose; }
  /// Ends all connections by RST.
  void reset_all() { end_ = End::kReset; }
  int connections() const { return connections_; }

 private:
  enum class End { kNone, kClose, kReset };
  struct Pair {
    int client = -1;
    int server = -1;
  };

  void listen(bool is_narrow);
  void run();
  void accept_one();
  bool forward(Pair& pair);
  static void shut(Pair& pair, bool by_reset);

  int listener_ = -1;
  int port_ = 0;
  const int target_;
  std::atomic<Mode> mode_ = Mode::kForward;
  std::atomic<End> end_ = End::kNone;
  std::atomic<int> connections_ = 0;
  std::atomic<bool> is_stopping_ = false;
  std::atomic<std::size_t> slow_bytes_ = 0;
  std::vector<Pair> pairs_;
  std::chrono::steady_clock::time_point next_trickle_{};
  std::thread thread_;
};

}  // namespace subtide
