#include "engine/app/worker_orders.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace subtide {
namespace {

constexpr std::size_t kLongestLine = 64U << 10U;

std::string answer_of(const Error& error) {
  return fmt::format("error {}: {}", to_string(error.code), error.message);
}

/// A file descriptor that turns readable when asked to stop.
class StopSignal {
 public:
  explicit StopSignal(const std::stop_token& stop)
      : event_(::eventfd(0, EFD_CLOEXEC)), callback_(stop, Ring{event_}) {}
  ~StopSignal() { ::close(event_); }
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  /// Waits until there is something to read; false when stopped first.
  bool wait_for(int in) const {
    std::array<pollfd, 2> waits{{{in, POLLIN, 0}, {event_, POLLIN, 0}}};
    while (::poll(waits.data(), waits.size(), -1) < 0) {
      if (errno != EINTR) return false;
    }
    return waits[1].revents == 0;
  }

 private:
  struct Ring {
    int event;
    void operator()() const { ::eventfd_write(event, 1); }
  };
  const int event_;
  const std::stop_callback<Ring> callback_;
};

}  // namespace

std::string WorkerOrders::obey(std::string_view line) {
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
  const std::size_t space = line.find(' ');
  const std::string_view order = line.substr(0, space);
  const std::string spec(space == std::string_view::npos ? "" : line.substr(space + 1));
  if (order == "load" && !spec.empty()) return load(spec);
  if (order == "unload" && !spec.empty()) {
    const Status unloaded = models_.unload(spec);
    return unloaded ? "ok unloading " + spec : answer_of(unloaded.error());
  }
  if (line == "drain") {
    link_.drain();
    return "ok draining";
  }
  if (line == "status") return fmt::format("ok {}; {} under way", models_.text(), link_.busy());
  return answer_of(make_error(ErrorCode::kInvalidArgument,
                              "'{}' is no order: load SPEC, unload SPEC, drain, status",
                              line.substr(0, 40)));
}

std::string WorkerOrders::load(const std::string& spec) {
  const auto start = std::chrono::steady_clock::now();
  const auto loaded = models_.load(spec);
  if (!loaded) return answer_of(loaded.error());
  const auto took = std::chrono::steady_clock::now() - start;
  return fmt::format("ok loaded {} in {} ms", loaded->spec,
                     std::chrono::duration_cast<std::chrono::milliseconds>(took).count());
}

void WorkerOrders::serve(int in, const std::function<void(const std::string&)>& answer,
                         const std::stop_token& stop) {
  const StopSignal stopped(stop);
  std::string waiting;
  std::array<char, 4096> block{};
  while (waiting.size() < kLongestLine && stopped.wait_for(in)) {
    const ssize_t got = ::read(in, block.data(), block.size());
    if (got <= 0) break;
    waiting.append(block.data(), static_cast<std::size_t>(got));
    for (std::size_t end = waiting.find('\n'); end != std::string::npos; end = waiting.find('\n')) {
      if (stop.stop_requested()) return;
      answer(obey(std::string_view(waiting).substr(0, end)));
      waiting.erase(0, end + 1);
    }
  }
  if (!waiting.empty() && !stop.stop_requested()) answer(obey(waiting));
}

}  // namespace subtide
