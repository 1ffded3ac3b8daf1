// F9: a model that fails for a while, many times over, with a clock of the test's own.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <random>
#include <vector>

#include "models/model_breakers.h"

namespace subtide {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// A run of some lanes through one breaker, by a clock of its own: a model that fails for thirty
/// seconds and is well then.
struct Outage {
  explicit Outage(std::uint64_t seed) : random(seed) {
    ModelBreakers::Options options;
    options.now = [this] { return now; };
    options.listener = listener;
    breakers = std::make_unique<ModelBreakers>(std::move(options));
  }

  struct Listener : ModelHealthListener {
    void on_breaker(const work::BreakerKey&, const work::BreakerChange& change) override {
      state = change.to;
      if (state == work::BreakerState::kOpen && !first_calls) first_calls = change.calls;
      ++period;
    }
    void on_degraded(const RungStep&) override {}
    void on_recovered(const RungStep&) override {}
    work::BreakerState state = work::BreakerState::kClosed;
    std::optional<std::size_t> first_calls;
    int period = 0;
  };
  struct Lane {
    WorkTime next{0};
    std::optional<work::BreakerPermit> permit;
    bool fails = false;
    int period = 0;
  };

  WorkDuration up_to(WorkDuration longest) {
    return WorkDuration(random() % static_cast<std::uint64_t>(longest.count() + 1));
  }

  void move(Lane& lane) {
    now = lane.next;
    if (lane.permit) {
      breakers->end(key, *lane.permit,
                    lane.fails ? work::CallEnd::kFailed : work::CallEnd::kSucceeded);
      lane.permit.reset();
    }
    lane.permit = breakers->ask(key, seconds(60));
    lane.period = listener->period;
    lane.fails = now < kHealthy;
    lane.next = now + (lane.permit ? milliseconds(20) + up_to(longest_call) : milliseconds(100));
  }

  std::size_t probes() const {
    if (listener->state != work::BreakerState::kHalfOpen) return 0;
    return static_cast<std::size_t>(std::ranges::count_if(lanes, [this](const Lane& lane) {
      return lane.permit && lane.period == listener->period;
    }));
  }

  /// When calls go through again for good.
  WorkTime run() {
    lanes.resize(1 + random() % 8);
    longest_call = milliseconds(random() % 4000);
    WorkTime last_trouble{0};
    while (now < kHealthy + std::chrono::minutes(2)) {
      move(*std::ranges::min_element(lanes, {}, &Lane::next));
      most_probes = std::max(most_probes, probes());
      if (listener->state != work::BreakerState::kClosed) last_trouble = now;
    }
    return last_trouble;
  }

  static constexpr WorkTime kHealthy = seconds(30);
  const work::BreakerKey key{"transcribe", "m", "cpu"};
  std::mt19937_64 random;
  WorkTime now{0};
  WorkDuration longest_call{0};
  std::shared_ptr<Listener> listener = std::make_shared<Listener>();
  std::unique_ptr<ModelBreakers> breakers;
  std::vector<Lane> lanes;
  std::size_t most_probes = 0;
};

TEST(F9, AThousandSchedulesOfAnOutageNeverLeaveTheBreakerStuck) {
  const std::uint64_t first = std::random_device()();
  double worst = 0;
  std::size_t most_probes = 0;
  std::size_t opened = 0;
  for (std::uint64_t seed = first; seed < first + 1000; ++seed) {
    Outage outage(seed);
    const double closed = to_seconds(outage.run() - Outage::kHealthy);
    ASSERT_EQ(outage.listener->state, work::BreakerState::kClosed) << "stuck, seed " << seed;
    ASSERT_LE(closed, 60) << "seed " << seed;
    ASSERT_LE(outage.most_probes, 3U) << "seed " << seed;
    if (outage.listener->first_calls) {
      ASSERT_EQ(*outage.listener->first_calls, 10U) << "seed " << seed;
      ++opened;
    }
    worst = std::max(worst, closed);
    most_probes = std::max(most_probes, outage.most_probes);
  }
  EXPECT_GT(opened, 900U);
  std::printf(
      "F9: 1000 schedules from seed %llu: opened in %zu, always with the 10th call; most probes "
      "%zu; "
      "closed at the latest %.1f s after health\n",
      static_cast<unsigned long long>(first), opened, most_probes, worst);
}

}  // namespace
}  // namespace subtide
