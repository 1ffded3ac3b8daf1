// F25: a subscriber that reads at a tenth of the speed, or not at all.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "tests/engine/events/bus_bench.h"

namespace subtide {
namespace {

using namespace testing_support;
using Clock = std::chrono::steady_clock;

std::int64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::int64_t pages = 0;
  std::int64_t resident = 0;
  file >> pages >> resident;
  return resident * ::sysconf(_SC_PAGESIZE);
}

/// What another subscriber does, beside the one whose times are taken.
enum class Neighbour { kNone, kSlow, kDead };

struct Times {
  double median_ms = 0;
  double p99_ms = 0;
};

Times times_of(std::vector<double> ms) {
  std::ranges::sort(ms);
  return {ms[ms.size() / 2], ms[ms.size() * 99 / 100]};
}

/// Says `count` events, one a millisecond; each carries when it was said.
Times times_beside(Neighbour neighbour, std::uint64_t count) {
  BusLimits hundred;
  hundred.high_water_mark = 100;
  BusBench bus(hundred);
  Speaker speaker(bus.publisher(), nullptr);
  EventSubscriber quick = bus.subscriber({"job.started"});
  settle(speaker, quick);
  std::optional<EventSubscriber> other;
  if (neighbour != Neighbour::kNone) other = bus.subscriber({"*"}, hundred);
  if (other) settle(speaker, *other);
  std::jthread slow([&](const std::stop_token& stop) {
    while (neighbour == Neighbour::kSlow && !stop.stop_requested()) {
      need(other->receive(milliseconds(10)));
      std::this_thread::sleep_for(milliseconds(10));
    }
  });
  // Atomic for ThreadSanitizer alone, which does not see that the bus orders them.
  std::vector<std::atomic<Clock::time_point>> said(count);
  std::jthread talker([&] {
    const std::string kilobyte(1000, 'x');
    for (std::uint64_t i = 0; i < count; ++i) {
      said[i] = Clock::now();
      speaker.say(JobStarted{kilobyte});
      std::this_thread::sleep_for(milliseconds(1));
    }
  });
  std::vector<double> latencies;
  while (latencies.size() < count) {
    const auto heard = need(quick.receive(milliseconds(20'000)));
    if (!heard || std::holds_alternative<BusGap>(*heard)) {
      ADD_FAILURE() << "the quick one lost something after " << latencies.size();
      break;
    }
    const auto& event = std::get<HeardEvent>(*heard).event;
    if (!event.sequence) continue;
    const auto waited = Clock::now() - said[*event.sequence - 1].load();
    latencies.push_back(std::chrono::duration<double, std::milli>(waited).count());
  }
  return times_of(std::move(latencies));
}

TEST(SlowSubscriber, NobodyElseWaitsForIt) {
  const bool is_long = std::getenv("SUBTIDE_LONG") != nullptr;
  const std::uint64_t count = is_long ? 10'000 : 700;
  const Times alone = times_beside(Neighbour::kNone, count);
  const Times beside_slow = times_beside(Neighbour::kSlow, count);
  const Times beside_dead = times_beside(Neighbour::kDead, count);
  // What the machine adds by itself is more than what is looked for: only a jam would show here.
  for (const Times& times : {beside_slow, beside_dead}) {
    EXPECT_LT(times.median_ms, 20 * kSlowness);
    EXPECT_LT(times.p99_ms, 500 * kSlowness);
  }
  std::printf(
      "latency median and p99: alone %.2f and %.2f ms, beside one at a tenth %.2f and %.2f ms, "
      "beside one that does not read %.2f and %.2f ms\n",
      alone.median_ms, alone.p99_ms, beside_slow.median_ms, beside_slow.p99_ms,
      beside_dead.median_ms, beside_dead.p99_ms);
}

/// The engine's side and the subscriber's are both in this process: the bound is for the two.
TEST(SlowSubscriber, WhatIsKeptForItIsBounded) {
  constexpr std::int64_t kSize = 50'000;
  constexpr int kRoom = 100;
  constexpr int kSaid = 4000;
  BusLimits limits;
  limits.high_water_mark = kRoom;
  BusBench bus(limits);
  Speaker speaker(bus.publisher(), nullptr);
  EventSubscriber dead = bus.subscriber({"*"}, limits);
  settle(speaker, dead);
  const std::string text(kSize, 'x');
  const std::int64_t before = resident_bytes();
  std::int64_t most = 0;
  for (int i = 0; i < kSaid; ++i) {
    speaker.say(JobStarted{text});
    if (i % 50 == 0) most = std::max(most, resident_bytes() - before);
  }
  // The subscriber's room, the proxy's out and in, and the publisher's, with as much again for
  // the allocator; the sockets' own buffers.
  constexpr std::int64_t kBound = 2 * 4 * kRoom * kSize + (16 << 20);
  EXPECT_LT(most, kBound * kSlowness);
  std::printf("%d MiB said to one that does not read: at most %d MiB kept, bound %d MiB\n",
              static_cast<int>(kSaid * kSize >> 20), static_cast<int>(most >> 20),
              static_cast<int>(kBound >> 20));
}

}  // namespace
}  // namespace subtide
