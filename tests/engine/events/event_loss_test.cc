// F10: frames are lost between the bus and a subscriber.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <random>
#include <thread>

#include "tests/engine/events/bus_bench.h"

namespace subtide {
namespace {

using testing::ElementsAre;
using namespace testing_support;

using Clock = std::chrono::steady_clock;

/// Stands between the bus and a subscriber and drops some of the frames, once told to.
class LossyLink {
 public:
  explicit LossyLink(const BusBench& bus)
      : in_(need(BusSocket::connect(BusSocket::Kind::kSubscribe, bus.endpoints.subscribe,
                                    std::nullopt, roomy()))),
        out_(need(BusSocket::listen(BusSocket::Kind::kPublish,
                                    need(ipc_endpoint(bus.folder / "bus", "lossy")), std::nullopt,
                                    roomy()))) {
    endpoints_ = bus.endpoints;
    endpoints_.subscribe = out_.endpoint();
    need_ok(in_.subscribe(""));
    thread_ = std::jthread([this](const std::stop_token& stop) { carry(stop); });
  }

  /// The bus as it is reached through the link.
  const BusEndpoints& endpoints() const { return endpoints_; }
  /// From now on so many of a hundred frames are dropped.
  void drop(int percent) { percent_ = percent; }
  int dropped() const { return dropped_; }
  /// Frames that came, dropped or not.
  int carried() const { return carried_; }

 private:
  static BusLimits roomy() {
    BusLimits limits;
    limits.high_water_mark = 100'000;
    return limits;
  }
  static void need_ok(const Status& status) {
    if (!status) throw std::runtime_error(status.error().message);
  }
  void carry(const std::stop_token& stop) {
    std::mt19937 random(42);
    while (!stop.stop_requested()) {
      const auto message = in_.receive(milliseconds(20));
      if (!message || !*message) continue;
      ++carried_;
      const int percent = percent_;
      if (percent > 0 && static_cast<int>(random() % 100) < percent) {
        ++dropped_;
        continue;
      }
      EXPECT_TRUE(out_.send(**message));
    }
  }

  BusSocket in_;
  BusSocket out_;
  BusEndpoints endpoints_;
  std::atomic<int> percent_ = 0;
  std::atomic<int> dropped_ = 0;
  std::atomic<int> carried_ = 0;
  std::jthread thread_;
};

/// Listens on until something came true.
void wait_for(const std::function<bool()>& is_true, EventFollower& follower) {
  const auto deadline = Clock::now() + std::chrono::seconds(20);
  while (!is_true() && Clock::now() < deadline) need(follower.receive(milliseconds(5)));
  EXPECT_TRUE(is_true());
}

/// F10: frames are dropped between the bus and the subscriber.
class LossyBus : public testing::TestWithParam<int> {};

TEST_P(LossyBus, LosesNothingInTheEnd) {
  constexpr std::size_t kFacts = 500;
  BusBench bus;
  LossyLink link(bus);
  Speaker speaker(bus.publisher(), &bus.log);
  EventFollower follower = follow(link.endpoints());
  settle(speaker, follower);
  link.drop(GetParam());
  std::vector<Clock::time_point> said;
  std::vector<Clock::duration> latencies;
  std::vector<std::string> facts;
  int gaps = 0;
  while (facts.size() < kFacts) {
    const bool is_saying = said.size() < kFacts;
    for (int i = 0; i < 10 && is_saying; ++i) {
      said.push_back(Clock::now());
      speaker.say(JobStarted{"a"});
    }
    const auto heard = need(follower.receive(milliseconds(is_saying ? 1 : 10'000)));
    if (!heard) {
      ASSERT_TRUE(is_saying) << "nothing after " << facts.size() << " facts";
    } else if (const auto* gap = std::get_if<BusGap>(&*heard)) {
      ++gaps;
      EXPECT_EQ(gap->action, BusGap::Action::kReplay);
    } else {
      latencies.push_back(Clock::now() - said[facts.size()]);
      facts.push_back(short_text(*heard));
    }
  }
  for (std::size_t i = 0; i < kFacts; ++i) {
    ASSERT_EQ(facts[i], fmt::format("job.started {}", i + 1));
  }
  std::ranges::sort(latencies);
  EXPECT_LT(latencies[kFacts * 99 / 100], milliseconds(1200) * kSlowness);
  wait_for([&] { return link.dropped() > 0; }, follower);
  EXPECT_GT(gaps, 0);
}

TEST_P(LossyBus, EveryLostFactIsNoticed) {
  BusBench bus;
  LossyLink link(bus);
  Speaker speaker(bus.publisher(), nullptr);
  EventSubscriber subscriber =
      need(EventSubscriber::connect(link.endpoints().subscribe, wanted(), std::nullopt));
  settle(speaker, subscriber);
  speaker.say(JobStarted{"the first is seen"});
  EXPECT_THAT(hear(subscriber, 1), ElementsAre("job.started 1"));
  link.drop(GetParam());
  const int carried_before = link.carried();
  for (int i = 0; i < 500; ++i) speaker.say(JobStarted{"a"});
  std::uint64_t missing = 0;
  std::uint64_t last = 0;
  const auto listen_until = [&](const std::function<bool()>& is_true) {
    const auto deadline = Clock::now() + std::chrono::seconds(20);
    while (!is_true() && Clock::now() < deadline) {
      const auto heard = need(subscriber.receive(milliseconds(5)));
      if (!heard) continue;
      if (const auto* gap = std::get_if<BusGap>(&*heard)) {
        missing += gap->got - gap->expected;
      } else {
        last = std::get<HeardEvent>(*heard).event.sequence.value_or(last);
      }
    }
  };
  listen_until([&] { return link.carried() == carried_before + 500; });
  link.drop(0);
  speaker.say(JobStarted{"the last is seen"});
  listen_until([&] { return last == 502; });
  EXPECT_EQ(last, 502U);
  EXPECT_EQ(missing, static_cast<std::uint64_t>(link.dropped()));
  EXPECT_GT(missing, 0U);
}

INSTANTIATE_TEST_SUITE_P(OfAHundred, LossyBus, testing::Values(1, 10, 50));

}  // namespace
}  // namespace subtide
