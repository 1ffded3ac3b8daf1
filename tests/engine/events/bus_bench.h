#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "engine/events/event_bus.h"
#include "engine/events/event_follower.h"
#include "engine/events/event_log.h"
#include "engine/events/event_state_server.h"
#include "tests/support/sanitized.h"
#include "tests/support/shared_files.h"

namespace subtide::testing_support {

using std::chrono::milliseconds;

/// The value, or the test ends with the error's message.
template <typename T>
T need(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(*result);
}

inline EventFilter wanted(std::vector<std::string> patterns = {"*"}) {
  return need(EventFilter::create(std::move(patterns)));
}

/// A bus in a folder of its own, with a log and a server that answers out of it.
class BusBench {
 public:
  explicit BusBench(const BusLimits& limits = {}, std::size_t log_capacity = 100'000)
      : log(log_capacity),
        endpoints(need(bus_endpoints(folder / "bus"))),
        proxy(need(EventProxy::listen(endpoints, std::nullopt, limits))),
        server(need(EventStateServer::listen(endpoints.state, std::nullopt, log))) {}

  EventPublisher publisher() {
    return need(EventPublisher::connect(endpoints.publish, std::nullopt));
  }
  /// settle() works with it, whatever the patterns.
  EventSubscriber subscriber(std::vector<std::string> patterns = {"*"},
                             const BusLimits& limits = {}) {
    patterns.push_back("worker.heartbeat");
    return need(EventSubscriber::connect(endpoints.subscribe, wanted(std::move(patterns)),
                                         std::nullopt, limits));
  }

  TemporaryFolder folder;
  MemoryEventLog log;
  BusEndpoints endpoints;
  EventProxy proxy;
  std::optional<EventStateServer> server;
};

/// Follows without long waits of its own; settle() works with it, whatever the patterns.
inline FollowerOptions quick() {
  FollowerOptions options;
  options.check_every = milliseconds(50);
  options.answer_within = milliseconds(10'000);
  return options;
}

inline EventFollower follow(const BusEndpoints& endpoints, const FollowerOptions& options = quick(),
                            std::vector<std::string> patterns = {"*"}) {
  patterns.push_back("worker.heartbeat");
  return need(EventFollower::connect(endpoints, wanted(std::move(patterns)), options));
}

/// What the engine does: first the log, then the bus.
class Speaker {
 public:
  Speaker(EventPublisher publisher, EventLog* log, const std::string& component = "test")
      : publisher_(std::move(publisher)), log_(log), source_("host", component, "b00t") {}

  Event note(EventBody body) {
    Event event = source_.make_for_job("7", std::move(body));
    if (log_ != nullptr && event.sequence) need(log_->append(to_json(event)));
    return event;
  }
  /// On a machine with much else to do there may be no room for a while.
  void say(EventBody body) {
    const Event event = note(std::move(body));
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    auto sent = publisher_.publish(event);
    while (!sent && std::chrono::steady_clock::now() < deadline) sent = publisher_.publish(event);
    if (!sent) throw std::runtime_error(sent.error().message);
  }
  EventPublisher& publisher() { return publisher_; }
  EventSource& source() { return source_; }

 private:
  EventPublisher publisher_;
  EventLog* log_;
  EventSource source_;
};

/// "job.started 3", "job.progress -", "gap job 4-6 replay"
inline std::string short_text(const Heard& heard) {
  if (const auto* gap = std::get_if<BusGap>(&heard)) {
    return fmt::format("gap {} {}-{} {}", gap->family, gap->expected, gap->got,
                       to_string(gap->action));
  }
  const auto& event = std::get<HeardEvent>(heard).event;
  const std::string number = event.sequence ? fmt::format("{}", *event.sequence) : "-";
  return fmt::format("{} {}", event.name, number);
}

/// Says telemetry until it comes through: from then on the subscriber misses nothing that is said,
/// and nothing that was said before is waiting.
template <typename Listener>
void settle(Speaker& speaker, Listener& listener) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  static std::atomic<std::uint64_t> last_mark = 1000;
  const std::uint64_t mark = ++last_mark;
  const std::string wanted_text = fmt::format("\"progress\":{}", mark);
  bool is_through = false;
  while (std::chrono::steady_clock::now() < deadline) {
    if (!is_through) speaker.say(WorkerHeartbeat{"probe", "ready", 0, 0, 0});
    const auto heard = listener.receive(milliseconds(5));
    if (!heard || !*heard) continue;
    if (!is_through) speaker.say(WorkerHeartbeat{"probe", "ready", mark, 0, 0});
    is_through = true;
    const auto* event = std::get_if<HeardEvent>(&**heard);
    if (event != nullptr && event->event.data.find(wanted_text) != std::string::npos) return;
  }
  throw std::runtime_error("nothing comes through");
}

/// What ThreadSanitizer and AddressSanitizer cost, for times that a test demands.
inline constexpr int kSlowness = kIsSanitized ? 20 : 1;

/// Receives `count` events or gaps. Waits long only when something is wrong.
template <typename Listener>
std::vector<std::string> hear(Listener& listener, std::size_t count) {
  std::vector<std::string> texts;
  while (texts.size() < count) {
    const auto heard = listener.receive(milliseconds(10'000));
    if (!heard) {
      texts.push_back("error: " + heard.error().message);
    } else if (!*heard) {
      texts.push_back("nothing");
      return texts;
    } else {
      texts.push_back(short_text(**heard));
    }
  }
  return texts;
}

/// The same for facts and gaps; telemetry in between is passed over.
template <typename Listener>
std::vector<std::string> hear_facts(Listener& listener, std::size_t count) {
  std::vector<std::string> texts;
  while (texts.size() < count) {
    std::string text = hear(listener, 1)[0];
    if (text == "nothing") return texts;
    if (!text.ends_with(" -")) texts.push_back(std::move(text));
  }
  return texts;
}

}  // namespace subtide::testing_support
