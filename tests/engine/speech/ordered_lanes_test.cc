#include "engine/speech/ordered_lanes.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <latch>
#include <numeric>
#include <random>
#include <semaphore>

namespace subtide {
namespace {

using Lanes = OrderedLanes<int, int>;

int twice(const int& in, std::stop_token) { return 2 * in; }

/// Work that waits at a gate, or until it is asked to stop.
class Gate {
 public:
  int pass(const int& in, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, stop, [&] { return open_; });
    --waiting_;
    if (stop.stop_requested()) ++stopped_;
    changed_.notify_all();
    return in;
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void await_waiting(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_ == count; });
  }
  void await_stopped(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return stopped_ == count; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  int waiting_ = 0;
  int stopped_ = 0;
  bool open_ = false;
};

TEST(OrderedLanes, GivesResultsInTheOrderOfSubmissionWhateverIsDoneFirst) {
  std::latch second_is_done(1);
  Lanes lanes(2, 4, [&](const int& in, std::stop_token) {
    if (in == 1) second_is_done.wait();
    if (in == 2) second_is_done.count_down();
    return in;
  });
  lanes.submit(1);
  lanes.submit(2);
  EXPECT_EQ(lanes.take(), 1);
  EXPECT_EQ(lanes.take(), 2);
}

TEST(OrderedLanes, WorksOnAsManyPiecesAtOnceAsItHasLanes) {
  Gate gate;
  Lanes lanes(3, 8, [&](const int& in, std::stop_token stop) { return gate.pass(in, stop); });
  for (int i = 0; i < 5; ++i) lanes.submit(i);
  gate.await_waiting(3);
  gate.open();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(lanes.take(), i);
}

TEST(OrderedLanes, HasOneLaneWhenAskedForNone) {
  Lanes lanes(0, 0, twice);
  EXPECT_TRUE(lanes.submit(4));
  EXPECT_EQ(lanes.take(), 8);
}

TEST(OrderedLanes, KeepsOrderBetweenManyPiecesAndTwoThreads) {
  std::atomic<int> inside = 0;
  std::atomic<int> most = 0;
  Lanes lanes(4, 6, [&](const int& in, std::stop_token) {
    most = std::max(most.load(), ++inside);
    std::mt19937 random(static_cast<unsigned>(in));
    int turns = static_cast<int>(random() % 2000);
    while (turns-- > 0) random();
    --inside;
    return in;
  });
  std::jthread submitter([&] {
    for (int i = 0; i < 5000; ++i) {
      if (i % 7 == 0) {
        lanes.post(i);
      } else {
        lanes.submit(i);
      }
    }
    lanes.finish();
  });
  int expected = 0;
  while (const auto out = lanes.take()) EXPECT_EQ(*out, expected++);
  EXPECT_EQ(expected, 5000);
  EXPECT_LE(most.load(), 4);
}

TEST(OrderedLanes, SubmitWaitsWhileTheCapacityIsUsedUp) {
  Lanes lanes(1, 2, twice);
  lanes.submit(1);
  lanes.submit(2);
  std::atomic<bool> is_taken = false;
  bool was_late = false;
  std::jthread submitter([&] {
    lanes.submit(3);
    was_late = is_taken;
  });
  is_taken = true;
  EXPECT_EQ(lanes.take(), 2);
  submitter.join();
  EXPECT_TRUE(was_late);
  EXPECT_EQ(lanes.take(), 4);
  EXPECT_EQ(lanes.take(), 6);
}

TEST(OrderedLanes, PostNeverWaitsAndKeepsItsPlace) {
  Lanes lanes(1, 1, twice);
  lanes.submit(1);
  for (int i = 100; i < 200; ++i) EXPECT_TRUE(lanes.post(i));
  EXPECT_EQ(lanes.take(), 2);
  for (int i = 100; i < 200; ++i) EXPECT_EQ(lanes.take(), i);
}

TEST(OrderedLanes, EndsAfterTheLastResultOnceFinished) {
  Lanes lanes(2, 4, twice);
  lanes.submit(1);
  lanes.finish();
  EXPECT_EQ(lanes.take(), 2);
  EXPECT_EQ(lanes.take(), std::nullopt);
}

TEST(OrderedLanes, FinishWakesAWaitingTaker) {
  Lanes lanes(1, 1, twice);
  auto taken = std::async(std::launch::async, [&] { return lanes.take(); });
  lanes.finish();
  EXPECT_EQ(taken.get(), std::nullopt);
}

TEST(OrderedLanes, AFlushDropsEverythingAndAsksWorkUnderWayToStop) {
  Gate gate;
  Lanes lanes(1, 4, [&](const int& in, std::stop_token stop) { return gate.pass(in, stop); });
  lanes.submit(1);
  lanes.submit(2);
  gate.await_waiting(1);
  lanes.flush_start();
  gate.await_stopped(1);
  EXPECT_FALSE(lanes.submit(3));
  EXPECT_FALSE(lanes.post(3));
  EXPECT_EQ(lanes.take(), std::nullopt);
  lanes.flush_stop();
  gate.open();
  EXPECT_TRUE(lanes.submit(4));
  EXPECT_EQ(lanes.take(), 4);
}

TEST(OrderedLanes, AFlushTakesBackFinish) {
  Lanes lanes(1, 4, twice);
  lanes.finish();
  lanes.flush_start();
  lanes.flush_stop();
  lanes.submit(1);
  EXPECT_EQ(lanes.take(), 2);
}

TEST(OrderedLanes, EvenTheShortestFlushEndsWaitingCalls) {
  for (int round = 0; round < 200; ++round) {
    Gate gate;
    Lanes lanes(1, 1, [&](const int& in, std::stop_token stop) { return gate.pass(in, stop); });
    lanes.submit(1);
    gate.await_waiting(1);
    auto submitted = std::async(std::launch::async, [&] { return lanes.submit(2); });
    auto taken = std::async(std::launch::async, [&] { return lanes.take(); });
    lanes.flush_start();
    lanes.flush_stop();
    gate.open();
    // A call that began after the flush is an ordinary one; it must end as well.
    if (submitted.get()) {
      EXPECT_EQ(taken.get().value_or(2), 2);
    } else {
      lanes.finish();
      EXPECT_EQ(taken.get(), std::nullopt);
    }
  }
}

TEST(OrderedLanes, StopEndsABlockedSubmitterAndABlockedTaker) {
  for (int round = 0; round < 200; ++round) {
    Gate gate;
    auto lanes = std::make_unique<Lanes>(
        1, 1, [&](const int& in, std::stop_token stop) { return gate.pass(in, stop); });
    lanes->submit(1);
    gate.await_waiting(1);
    std::jthread submitter([&, target = lanes.get()] { EXPECT_FALSE(target->submit(2)); });
    std::jthread taker([&, target = lanes.get()] { EXPECT_EQ(target->take(), std::nullopt); });
    lanes->stop();
    submitter.join();
    taker.join();
  }
}

TEST(OrderedLanes, StopIsForEverAndMayComeTwiceFromTwoThreads) {
  Lanes lanes(2, 2, twice);
  lanes.submit(1);
  std::jthread other([&] { lanes.stop(); });
  lanes.stop();
  other.join();
  EXPECT_FALSE(lanes.submit(2));
  EXPECT_EQ(lanes.take(), std::nullopt);
  lanes.flush_stop();
  EXPECT_FALSE(lanes.submit(3));
}

TEST(OrderedLanes, ADestructorStopsWorkUnderWay) {
  Gate gate;
  {
    Lanes lanes(2, 2, [&](const int& in, std::stop_token stop) { return gate.pass(in, stop); });
    lanes.submit(1);
    lanes.submit(2);
    gate.await_waiting(2);
  }
  gate.await_stopped(2);
}

TEST(OrderedLanes, MovesOnlyTypesThrough) {
  OrderedLanes<std::unique_ptr<int>, std::unique_ptr<int>> lanes(
      2, 2, [](const std::unique_ptr<int>& in, std::stop_token) {
        return std::make_unique<int>(*in + 1);
      });
  lanes.submit(std::make_unique<int>(41));
  const auto out = lanes.take();
  ASSERT_TRUE(out && *out);
  EXPECT_EQ(**out, 42);
}

TEST(OrderedLanes, SurvivesFlushesAtAnyMoment) {
  Lanes lanes(3, 4, twice);
  std::atomic<bool> is_done = false;
  std::jthread submitter([&] {
    for (int i = 0; !is_done; ++i) lanes.submit(i);
  });
  std::jthread taker([&] {
    int last = -1;
    while (!is_done) {
      if (const auto out = lanes.take()) {
        EXPECT_GT(*out, last);
        last = *out;
      }
    }
  });
  for (int i = 0; i < 500; ++i) {
    lanes.flush_start();
    lanes.flush_stop();
  }
  is_done = true;
  lanes.stop();
}

TEST(OrderedLanes, APostInHasteOvertakesWhatIsNotFinishedAndNothingElse) {
  Gate gate;
  Lanes lanes(1, 4, [&](const int& in, std::stop_token stop) { return gate.pass(in, stop); });
  EXPECT_TRUE(lanes.post(1));
  EXPECT_TRUE(lanes.submit(4));
  EXPECT_TRUE(lanes.post(5));
  EXPECT_TRUE(lanes.post_early(2));
  EXPECT_TRUE(lanes.post_early(3));
  for (const int expected : {1, 2, 3}) EXPECT_EQ(lanes.take(), expected);
  gate.open();
  for (const int expected : {4, 5}) EXPECT_EQ(lanes.take(), expected);
  lanes.stop();
  EXPECT_FALSE(lanes.post_early(6));
}

}  // namespace
}  // namespace subtide
