// F10: frames are lost between the bus and a subscriber. F25: a subscriber that does not keep up.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <thread>

#include "tests/engine/events/lossy_link.h"

namespace subtide {
namespace {

using testing::ElementsAre;
using namespace testing_support;

using Clock = std::chrono::steady_clock;

std::size_t facts_to_say() { return std::getenv("SUBTIDE_LONG") == nullptr ? 500 : 20'000; }

double to_ms(Clock::duration time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

/// `part` of the times are not above it.
Clock::duration quantile(std::vector<Clock::duration> times, double part) {
  if (times.empty()) return {};
  std::ranges::sort(times);
  return times[static_cast<std::size_t>(static_cast<double>(times.size() - 1) * part)];
}

/// Listens on until something came true.
void wait_for(const std::function<bool()>& is_true, EventFollower& follower) {
  const auto deadline = Clock::now() + std::chrono::seconds(20);
  while (!is_true() && Clock::now() < deadline) need(follower.receive(milliseconds(5)));
  EXPECT_TRUE(is_true());
}

/// F10: frames are dropped between the bus and the subscriber.
class LossyBus : public testing::TestWithParam<int> {};

TEST_P(LossyBus, LosesNothingInTheEnd) {
  const std::size_t facts_said = facts_to_say();
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
  while (facts.size() < facts_said) {
    const bool is_saying = said.size() < facts_said;
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
  for (std::size_t i = 0; i < facts_said; ++i) {
    ASSERT_EQ(facts[i], fmt::format("job.started {}", i + 1));
  }
  const auto p99 = quantile(latencies, 0.99);
  EXPECT_LT(p99, milliseconds(1200) * kSlowness);
  wait_for([&] { return link.dropped() > 0; }, follower);
  EXPECT_GT(gaps, 0);
  std::printf("%d %% of %d frames dropped: %zu facts, none lost, %d gaps healed, p99 %.0f ms\n",
              GetParam(), link.carried(), facts.size(), gaps, to_ms(p99));
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
  std::printf("%d %%: %d facts dropped, %llu missing in the gaps told\n", GetParam(),
              link.dropped(), static_cast<unsigned long long>(missing));
}

TEST_P(LossyBus, ALateSubscriberGetsEveryFactFromTheFirst) {
  const std::size_t facts_said = facts_to_say();
  BusBench bus;
  LossyLink link(bus);
  Speaker speaker(bus.publisher(), &bus.log);
  link.drop(GetParam());
  for (std::size_t i = 0; i < facts_said / 2; ++i) speaker.say(JobStarted{"before"});
  FollowerOptions options = quick();
  options.from_row = 1;
  EventFollower follower = follow(link.endpoints(), options);
  for (std::size_t i = facts_said / 2; i < facts_said; ++i) speaker.say(JobStarted{"after"});
  std::size_t heard = 0;
  while (heard < facts_said) {
    const auto next = need(follower.receive(milliseconds(10'000)));
    ASSERT_TRUE(next) << "nothing after " << heard << " facts";
    if (std::holds_alternative<BusGap>(*next)) continue;
    ASSERT_EQ(short_text(*next), fmt::format("job.started {}", ++heard));
  }
}

INSTANTIATE_TEST_SUITE_P(OfAHundred, LossyBus, testing::Values(1, 10, 50));

/// A burst that has no room with ten messages for each subscriber.
TEST(NarrowBus, TellsEachGapAndLosesNothingInTheEnd) {
  const std::size_t facts_said = facts_to_say();
  BusLimits ten;
  ten.high_water_mark = 10;
  BusBench bus(ten);
  Speaker speaker(bus.publisher(), &bus.log);
  FollowerOptions options = quick();
  options.limits = ten;
  EventFollower follower = follow(bus.endpoints, options);
  EventSubscriber subscriber = bus.subscriber({"job.*"}, ten);
  settle(speaker, follower);
  settle(speaker, subscriber);
  speaker.say(JobStarted{"the first is seen"});
  const std::string kilobyte(1000, 'x');
  for (std::size_t i = 1; i < facts_said; ++i) speaker.say(JobStarted{kilobyte});
  std::size_t heard = 0;
  int gaps = 0;
  while (heard < facts_said) {
    const auto next = need(follower.receive(milliseconds(10'000)));
    ASSERT_TRUE(next) << "nothing after " << heard << " facts";
    if (std::holds_alternative<BusGap>(*next)) {
      ++gaps;
    } else if (std::get<HeardEvent>(*next).event.sequence) {
      ASSERT_EQ(short_text(*next), fmt::format("job.started {}", ++heard));
    }
  }
  // Without a log only the count is known, and only once a later fact arrives.
  std::uint64_t seen = 0;
  std::uint64_t missing = 0;
  std::uint64_t last = 0;
  const auto deadline = Clock::now() + std::chrono::seconds(20);
  while (last <= facts_said && Clock::now() < deadline) {
    const auto next = need(subscriber.receive(milliseconds(20)));
    if (!next) {
      speaker.say(JobStarted{"so that the gap shows"});
    } else if (const auto* gap = std::get_if<BusGap>(&*next)) {
      missing += gap->got - gap->expected;
    } else if (const auto& event = std::get<HeardEvent>(*next).event; event.sequence) {
      ++seen;
      last = *event.sequence;
    }
  }
  EXPECT_GT(last, facts_said);
  EXPECT_EQ(seen + missing, last);
  std::printf(
      "room for 10: %zu facts, %d gaps healed; without a log %llu of %llu told as missing\n", heard,
      gaps, static_cast<unsigned long long>(missing), static_cast<unsigned long long>(last));
}

}  // namespace
}  // namespace subtide
