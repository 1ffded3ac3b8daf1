// Events through the engine's bus beside a bare PUB -> XSUB/XPUB proxy -> SUB with the same frames,
// one after the other in the same run; and facts beside the store's own commit rate.
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>
#include <zmq.hpp>

#include "bench/figures.h"
#include "engine/app/run_log.h"
#include "engine/events/event_bus.h"
#include "engine/work/store/run_store.h"

namespace subtide::bench {
namespace {

using std::chrono::milliseconds;

/// So many may be under way, on either side.
constexpr std::uint64_t kUnderWay = 100;
constexpr milliseconds kPatience(10'000);
constexpr std::size_t kFactsAtOnce = 64;

[[noreturn]] void fail(const char* what) {
  std::fprintf(stderr, "events_bench: %s\n", what);
  std::exit(1);
}

EventFilter everything() { return need(EventFilter::create({"*"})); }

Event telemetry(EventSource& source, std::uint64_t number) {
  return source.make(EventSubject::worker("worker-1"),
                     WorkerHeartbeat{"worker-1", "busy", number, 180'000'000, 1});
}

/// Keeps the sender from running away from the taker.
class Window {
 public:
  void took() {
    if (++taken_ % kStep != 0) return;
    const std::lock_guard lock(mutex_);
    told_ = taken_;
    changed_.notify_one();
  }
  void wait_to_send(std::uint64_t number) {
    if (number % kStep != 0) return;
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return number + kStep <= told_ + kUnderWay; });
  }

 private:
  static constexpr std::uint64_t kStep = 25;
  std::uint64_t taken_ = 0;  ///< the taker's
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t told_ = 0;
};

/// How fast messages went, and what each cost this process.
struct Speed {
  double per_second = 0;
  double processor_us = 0;
};

/// Sends and takes `count` messages on two threads.
template <typename Send, typename Take>
Speed carry(std::uint64_t count, const Send& send, const Take& take) {
  Window window;
  const double processor_before = processor_seconds();
  const Stopwatch watch;
  std::jthread taker([&] {
    for (std::uint64_t taken = 0; taken < count; ++taken) {
      if (!take()) fail("a message was lost");
      window.took();
    }
  });
  for (std::uint64_t sent = 0; sent < count; ++sent) {
    window.wait_to_send(sent);
    send(sent);
  }
  taker.join();
  const auto messages = static_cast<double>(count);
  return {messages / watch.seconds(), (processor_seconds() - processor_before) * 1e6 / messages};
}

/// Sends until one comes through and nothing is under way any more: a subscription takes time.
template <typename Send, typename TakeNow>
void connect(const Send& send, const TakeNow& take_now) {
  while (!take_now()) send();
  while (take_now()) {
  }
}

class BareBus {
 public:
  explicit BareBus(const std::filesystem::path& folder) {
    set_limits();
    in_.bind(at(folder, "bare-in"));
    out_.bind(at(folder, "bare-out"));
    thread_ = std::thread([this] {
      try {
        zmq::proxy(in_, out_);
      } catch (const zmq::error_t&) {  // the context was shut down
      }
    });
    publisher_.connect(at(folder, "bare-in"));
    subscriber_.set(zmq::sockopt::subscribe, "");
    subscriber_.connect(at(folder, "bare-out"));
    EventSource source("host", "bench", "b00t");
    const Event event = telemetry(source, 1);
    topic_ = std::string(name_of(event.body)) + "/" + event.subject;
    envelope_ = to_json(event);
    connect([&] { send(); }, [&] { return take(milliseconds(20)); });
  }
  ~BareBus() {
    proxy_context_.shutdown();
    thread_.join();
  }
  BareBus(const BareBus&) = delete;
  BareBus& operator=(const BareBus&) = delete;

  Speed run(std::uint64_t count) {
    return carry(
        count, [&](std::uint64_t) { send(); }, [&] { return take(kPatience); });
  }

 private:
  static std::string at(const std::filesystem::path& folder, const char* name) {
    return "ipc://" + (folder / name).string();
  }
  void set_limits() {
    for (zmq::socket_t* socket : {&in_, &out_, &publisher_, &subscriber_}) {
      socket->set(zmq::sockopt::sndhwm, 0);  // bare: nothing is counted, nothing is dropped
      socket->set(zmq::sockopt::rcvhwm, 0);
      socket->set(zmq::sockopt::linger, 0);
    }
  }
  void send() {
    publisher_.send(zmq::buffer(topic_), zmq::send_flags::sndmore);
    publisher_.send(zmq::buffer(envelope_), zmq::send_flags::none);
  }
  bool take(milliseconds timeout) {
    zmq::message_t topic;
    zmq::message_t envelope;
    if (!subscriber_.recv(topic, zmq::recv_flags::dontwait)) {
      zmq::pollitem_t item{subscriber_.handle(), 0, ZMQ_POLLIN, 0};
      if (zmq::poll(&item, 1, timeout) == 0) return false;
      if (!subscriber_.recv(topic)) return false;
    }
    return subscriber_.recv(envelope).has_value();
  }

  // Each has a context, and so a thread, of its own, as in processes of their own.
  zmq::context_t proxy_context_;
  zmq::context_t publisher_context_;
  zmq::context_t subscriber_context_;
  zmq::socket_t in_{proxy_context_, zmq::socket_type::xsub};
  zmq::socket_t out_{proxy_context_, zmq::socket_type::xpub};
  zmq::socket_t publisher_{publisher_context_, zmq::socket_type::pub};
  zmq::socket_t subscriber_{subscriber_context_, zmq::socket_type::sub};
  std::thread thread_;
  std::string topic_;
  std::string envelope_;
};

/// The engine's own: events are written, carried, read and checked.
class EngineBus {
 public:
  explicit EngineBus(const std::filesystem::path& folder)
      : endpoints_(need(bus_endpoints(folder))),
        proxy_(need(EventProxy::listen(endpoints_, std::nullopt))),
        publisher_(need(EventPublisher::connect(endpoints_.publish, std::nullopt))),
        subscriber_(
            need(EventSubscriber::connect(endpoints_.subscribe, everything(), std::nullopt))) {
    connect([&] { send(0); }, [&] { return take(milliseconds(20)); });
  }

  Speed run(std::uint64_t count) {
    return carry(
        count, [&](std::uint64_t number) { send(number); }, [&] { return take(kPatience); });
  }

  /// Without writing and reading envelopes: what the sockets and the proxy cost.
  Speed run_written(std::uint64_t count) {
    const Event event = telemetry(source_, 0);
    const std::string envelope = to_json(event);
    auto socket =
        need(BusSocket::connect(BusSocket::Kind::kSubscribe, endpoints_.subscribe, std::nullopt));
    static_cast<void>(socket.subscribe(""));
    subscriber_.reset();
    const auto say = [&](std::uint64_t) {
      static_cast<void>(publisher_.publish(name_of(event.body), event.subject, envelope));
    };
    connect([&] { say(0); }, [&] { return need(socket.receive(milliseconds(20))).has_value(); });
    return carry(count, say, [&] { return need(socket.receive(kPatience)).has_value(); });
  }

  void send_fact(const LogRow& row) {
    static_cast<void>(publisher_.publish(row.name, row.subject, row.json));
  }
  bool take(milliseconds timeout) { return need(subscriber_->receive(timeout)).has_value(); }

 private:
  void send(std::uint64_t number) {
    static_cast<void>(publisher_.publish(telemetry(source_, number)));
  }

  EventSource source_{"host", "bench", "b00t"};
  BusEndpoints endpoints_;
  EventProxy proxy_;
  EventPublisher publisher_;
  std::optional<EventSubscriber> subscriber_;
};

/// Facts as the engine writes them: `kFactsAtOnce` in one commit.
class FactLog {
 public:
  explicit FactLog(const std::filesystem::path& folder) : store_(need(RunStore::open(folder))) {}

  std::vector<LogRow> keep() {
    WorkBatch batch;
    for (std::size_t i = 0; i < kFactsAtOnce; ++i) batch.events.push_back(next());
    need(store_.commit(batch));
    return std::move(batch.events);
  }

 private:
  LogRow next() { return to_log_row(source_.make_for_job("7", JobStarted{"talk.mp4"})); }

  EventSource source_{"host", "facts", "b00t"};
  RunStore store_;
};

void print_speed(const std::string& name, const Speed& speed) {
  print_figure((name + "_per_second").c_str(), speed.per_second);
  print_figure((name + "_processor_us").c_str(), speed.processor_us);
}

double kept_rate(FactLog& log, std::size_t commits) {
  const Stopwatch watch;
  for (std::size_t i = 0; i < commits; ++i) log.keep();
  return static_cast<double>(commits * kFactsAtOnce) / watch.seconds();
}

Speed announced_rate(FactLog& log, EngineBus& bus, std::size_t commits) {
  std::vector<LogRow> rows;
  const auto send = [&](std::uint64_t number) {
    const std::size_t place = number % kFactsAtOnce;
    if (place == 0) rows = log.keep();
    bus.send_fact(rows[place]);
  };
  return carry(commits * kFactsAtOnce, send, [&] { return bus.take(kPatience); });
}

}  // namespace
}  // namespace subtide::bench

int main(int argc, char** argv) {
  using namespace subtide::bench;
  const int runs = argc > 1 ? std::atoi(argv[1]) : 5;
  constexpr std::uint64_t kCount = 50'000;
  for (int i = 0; i < runs; ++i) {
    const BenchFolder folder;
    const Speed bare = BareBus(folder.path()).run(kCount);
    const Speed written = EngineBus(folder.path() / "bus").run_written(kCount);
    print_speed("bare", bare);
    print_speed("engine_written", written);
    print_figure("written_ratio", written.per_second / bare.per_second);
    print_speed("engine", EngineBus(folder.path() / "bus").run(kCount));
    FactLog log(folder.path());
    EngineBus bus(folder.path() / "bus");
    // In turn, for the disk is faster at one time than at another.
    std::vector<double> kept;
    std::vector<double> announced;
    for (int turn = 0; turn < 10; ++turn) {
      kept.push_back(kept_rate(log, 10));
      announced.push_back(announced_rate(log, bus, 10).per_second);
    }
    print_figure("kept_facts_per_second", median(kept));
    print_figure("announced_facts_per_second", median(announced));
  }
  return 0;
}
