#include "engine/work/breaker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

namespace subtide::work {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

/// A breaker with its clock in hand; calls take no time unless it is said.
struct Line {
  Breaker breaker;
  WorkTime now{0};

  std::optional<BreakerPermit> ask() { return breaker.ask(now, now + seconds(10)); }
  bool call(CallEnd end = CallEnd::kSucceeded, WorkDuration length = {}) {
    const auto permit = ask();
    if (!permit) return false;
    now += length;
    breaker.end(*permit, end, now);
    return true;
  }
  Line& fail(int times) {
    for (int i = 0; i < times; ++i) call(CallEnd::kFailed);
    return *this;
  }
  Line& wait(WorkDuration time) {
    now += time;
    breaker.tick(now);
    return *this;
  }
  std::vector<BreakerState> changes() {
    std::vector<BreakerState> states;
    for (const auto& change : breaker.take_changes()) states.push_back(change.to);
    return states;
  }
};

TEST(Breaker, OpensWithTheTenthFailureNotBefore) {
  Line line;
  line.fail(9);
  EXPECT_EQ(line.breaker.state(), BreakerState::kClosed);
  line.fail(1);
  EXPECT_EQ(line.breaker.state(), BreakerState::kOpen);
  EXPECT_FALSE(line.ask());
  const auto changes = line.breaker.take_changes();
  ASSERT_THAT(changes, SizeIs(1));
  EXPECT_EQ(changes[0].from, BreakerState::kClosed);
  EXPECT_EQ(changes[0].calls, 10U);
  EXPECT_EQ(changes[0].failed_percent, 100);
  EXPECT_EQ(changes[0].until, seconds(15));
  EXPECT_EQ(changes[0].open_for, seconds(15));
  EXPECT_THAT(line.changes(), IsEmpty());
}

TEST(Breaker, OpensAtHalfOfTheLastTwentyCalls) {
  Line line;
  for (int i = 0; i < 100; ++i) line.call();
  line.fail(9);
  line.call();
  EXPECT_EQ(line.breaker.state(), BreakerState::kClosed);
  line.fail(1);  // the tenth of the last 20
  EXPECT_EQ(line.breaker.state(), BreakerState::kOpen);
}

TEST(Breaker, OpensAtEightyPercentOverTheirDeadline) {
  Line line;
  line.call();
  line.call();
  line.call();
  for (int i = 0; i < 11; ++i) line.call(CallEnd::kSucceeded, seconds(11));
  EXPECT_EQ(line.breaker.state(), BreakerState::kClosed);  // 11 of 14: 78 %
  line.call(CallEnd::kSucceeded, seconds(11));
  EXPECT_EQ(line.breaker.state(), BreakerState::kOpen);
  EXPECT_EQ(line.breaker.take_changes().at(0).late_percent, 80);
}

TEST(Breaker, AbandonedCallsSayNothing) {
  Line line;
  for (int i = 0; i < 50; ++i) line.call(CallEnd::kAbandoned);
  line.fail(9);
  EXPECT_EQ(line.breaker.state(), BreakerState::kClosed);
}

TEST(Breaker, ClosesAfterThreeProbes) {
  Line line;
  line.fail(10).wait(milliseconds(14'999));
  EXPECT_FALSE(line.ask());
  line.wait(milliseconds(1));
  EXPECT_EQ(line.breaker.state(), BreakerState::kHalfOpen);
  EXPECT_TRUE(line.call());
  EXPECT_TRUE(line.call());
  EXPECT_EQ(line.breaker.state(), BreakerState::kHalfOpen);
  EXPECT_TRUE(line.call());
  EXPECT_EQ(line.breaker.state(), BreakerState::kClosed);
  EXPECT_THAT(line.changes(),
              ElementsAre(BreakerState::kOpen, BreakerState::kHalfOpen, BreakerState::kClosed));
  EXPECT_EQ(line.breaker.next_due(), std::nullopt);
}

TEST(Breaker, LetsThreeProbesGoAtATime) {
  Line line;
  line.fail(10).wait(seconds(15));
  const auto first = line.ask();
  ASSERT_TRUE(first && line.ask() && line.ask());
  EXPECT_FALSE(line.ask());
  line.breaker.end(*first, CallEnd::kAbandoned, line.now);
  EXPECT_TRUE(line.ask());
  EXPECT_FALSE(line.ask());
  line.breaker.end(*first, CallEnd::kAbandoned, line.now);  // given back already
  EXPECT_FALSE(line.ask());
}

TEST(Breaker, OpensForTwiceAsLongWithEachFailedProbeUpToFiveMinutes) {
  Line line;
  line.fail(10);
  for (const int length : {15, 30, 60, 120, 240, 300, 300}) {
    line.wait(seconds(length) - milliseconds(1));
    ASSERT_EQ(line.breaker.state(), BreakerState::kOpen) << length;
    line.wait(milliseconds(1));
    ASSERT_EQ(line.breaker.state(), BreakerState::kHalfOpen) << length;
    line.fail(1);
  }
  line.wait(seconds(300));
  for (int probe = 0; probe < 3; ++probe) line.call();
  line.fail(10).wait(seconds(15));
  EXPECT_EQ(line.breaker.state(), BreakerState::kHalfOpen);  // from the shortest again
}

TEST(Breaker, AProbeThatIsNotGivenBackFailsAtItsDeadline) {
  Line line;
  line.fail(10).wait(seconds(15));
  const auto lost = line.ask();
  line.wait(milliseconds(9'999));
  EXPECT_EQ(line.breaker.state(), BreakerState::kHalfOpen);
  line.wait(milliseconds(1));
  EXPECT_EQ(line.breaker.state(), BreakerState::kOpen);
  line.breaker.end(*lost, CallEnd::kSucceeded, line.now);
  EXPECT_EQ(line.breaker.state(), BreakerState::kOpen);
}

TEST(Breaker, HalfOpenLastsAMinuteAtMost) {
  Line line;
  line.fail(10).wait(seconds(15));
  line.wait(seconds(60));
  EXPECT_EQ(line.breaker.state(), BreakerState::kOpen);  // nobody probed
  line.wait(seconds(15));
  EXPECT_EQ(line.breaker.state(), BreakerState::kHalfOpen);
  line.call();
  line.wait(seconds(60));
  EXPECT_EQ(line.breaker.state(), BreakerState::kClosed);  // one did, and it was well
}

TEST(Breaker, ResultsOfAnEarlierStateSayNothing) {
  Line line;
  const auto slow = line.ask();
  line.fail(10).wait(seconds(15));
  line.breaker.end(*slow, CallEnd::kFailed, line.now);
  EXPECT_EQ(line.breaker.state(), BreakerState::kHalfOpen);
}

TEST(Breaker, ResultsOfAnEarlierClosedTimeSayNothing) {
  Line line;
  std::vector<BreakerPermit> slow;
  for (int i = 0; i < 10; ++i) slow.push_back(*line.ask());
  line.fail(10).wait(seconds(15));
  for (int probe = 0; probe < 3; ++probe) line.call();
  for (const BreakerPermit& permit : slow) line.breaker.end(permit, CallEnd::kFailed, line.now);
  EXPECT_EQ(line.breaker.state(), BreakerState::kClosed);
}

TEST(Breaker, IsRightWithoutTicksToo) {
  Line line;
  line.fail(10);
  line.now += hours(1);
  EXPECT_TRUE(line.ask() || (line.now += seconds(15), line.ask()));
}

TEST(Breaker, StatesHaveTheNamesOfTheirEvents) {
  EXPECT_EQ(to_string(BreakerState::kClosed), "closed");
  EXPECT_EQ(to_string(BreakerState::kOpen), "open");
  EXPECT_EQ(to_string(BreakerState::kHalfOpen), "half_open");
}

TEST(Breakers, AreKeptApartByStageModelAndDevice) {
  Breakers breakers;
  const BreakerKey cpu{"transcribe", "whisper:base", "cpu"};
  const BreakerKey gpu{"transcribe", "whisper:base", "gpu"};
  EXPECT_EQ(to_string(cpu), "transcribe/whisper:base/cpu");
  for (int call = 0; call < 10; ++call) {
    const auto permit = breakers.at(gpu).ask({}, seconds(1));
    breakers.at(gpu).end(*permit, CallEnd::kFailed, {});
  }
  EXPECT_TRUE(breakers.at(cpu).ask({}, seconds(1)));
  EXPECT_FALSE(breakers.at(gpu).ask({}, seconds(1)));
  EXPECT_EQ(breakers.next_due(), seconds(15));
  breakers.tick(seconds(15));
  const auto changes = breakers.take_changes();
  ASSERT_THAT(changes, SizeIs(2));
  EXPECT_EQ(changes[0].first, gpu);
  EXPECT_EQ(changes[1].second.to, BreakerState::kHalfOpen);
}

// F9: callers that hang, forget their permits, or ask rarely; a model that is ill for a while and
// then well. Whatever the order, calls go through again soon, and no probe is one too many.
void expect_never_stuck(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto chance = [&random](int percent) {
    return random() % 100 < static_cast<unsigned>(percent);
  };
  const auto up_to = [&random](WorkDuration longest) {
    return WorkDuration(random() % static_cast<std::uint64_t>(longest.count() + 1));
  };
  Line line;
  std::multimap<WorkTime, std::pair<BreakerPermit, CallEnd>> under_way;
  const WorkTime healthy = seconds(30) + up_to(seconds(600));
  const WorkDuration longest_gap = milliseconds(50 + static_cast<int>(random() % 2000));
  const int lost = static_cast<int>(random() % 30);
  std::size_t probes = 0;
  std::optional<WorkTime> well;
  while (line.now < healthy + hours(1) && !well) {
    line.now += up_to(longest_gap);
    if (chance(50)) line.breaker.tick(line.now);
    while (!under_way.empty() && under_way.begin()->first <= line.now) {
      const auto [at, call] = *under_way.begin();
      under_way.erase(under_way.begin());
      line.breaker.end(call.first, call.second, line.now);
    }
    const auto permit = line.breaker.ask(line.now, line.now + seconds(8));
    if (line.breaker.state() != BreakerState::kHalfOpen) probes = 0;
    if (!permit) continue;
    if (line.breaker.state() == BreakerState::kHalfOpen) {
      std::erase_if(under_way,
                    [&](const auto& call) { return call.second.first.period != permit->period; });
    }
    const bool is_ill = line.now < healthy;
    if (is_ill && chance(lost)) continue;  // never given back
    const CallEnd end =
        is_ill ? CallEnd::kFailed : (chance(5) ? CallEnd::kAbandoned : CallEnd::kSucceeded);
    under_way.emplace(line.now + up_to(seconds(is_ill ? 20 : 2)), std::pair{*permit, end});
    if (line.breaker.state() == BreakerState::kHalfOpen) probes = under_way.size();
    ASSERT_LE(probes, 3U) << "seed " << seed;
    if (!is_ill && line.breaker.state() == BreakerState::kClosed) well = line.now;
  }
  ASSERT_TRUE(well) << "seed " << seed << ": stuck";
  // The longest time open, and one probe that began while the model was ill.
  EXPECT_LT(*well - healthy, seconds(300 + 60 + 60)) << "seed " << seed;
}

TEST(Breaker, IsNeverStuckInAThousandSchedules) {
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) expect_never_stuck(seed);
}

TEST(Breaker, ClosesWithinAMinuteOfHealthAfterThirtySecondsOfIllness) {
  Line line;
  int probes = 0;
  while (line.now < seconds(30)) {
    line.now += milliseconds(100);
    if (line.call(CallEnd::kFailed) && line.now > seconds(2)) ++probes;
  }
  EXPECT_EQ(probes, 1);
  while (line.breaker.state() != BreakerState::kClosed && line.now < seconds(200)) {
    line.now += milliseconds(100);
    line.call();
  }
  EXPECT_LT(line.now, seconds(90));
}

}  // namespace
}  // namespace subtide::work
