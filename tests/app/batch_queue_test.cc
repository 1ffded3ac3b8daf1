#include "engine/app/batch_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <future>
#include <latch>
#include <stdexcept>

namespace subtide {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

BatchJob job(std::string name, std::function<JobEnd()> work) {
  return {std::move(name), std::nullopt,
          [work = std::move(work)](JobMeter&, const std::stop_token&) { return work(); }};
}

std::vector<JobEnding> endings_of(const std::vector<JobEnd>& ends) {
  std::vector<JobEnding> endings;
  for (const JobEnd& end : ends) endings.push_back(end.ending);
  return endings;
}

TEST(BatchQueue, RunsEachJobOnceAndNeverMoreThanAllowed) {
  BatchQueue queue(3);
  std::atomic<int> now = 0;
  std::atomic<int> most = 0;
  std::atomic<int> all = 0;
  // Three must be under way at once for any of the first three to go on.
  std::barrier three(3);
  for (int i = 0; i < 60; ++i) {
    queue.add(job("a", [&] {
      const int count = ++now;
      for (int seen = most; seen < count && !most.compare_exchange_weak(seen, count);) {
      }
      three.arrive_and_wait();
      ++all;
      --now;
      return JobEnd{};
    }));
  }
  queue.close();
  EXPECT_EQ(queue.run({}).size(), 60U);
  EXPECT_EQ(all, 60);
  EXPECT_EQ(most, 3);
}

TEST(BatchQueue, AFailureOrAnExceptionStopsNoOtherAndResultsAreInOrder) {
  BatchQueue queue(2);
  queue.add(job("a", [] { return JobEnd{JobEnding::kSkipped, {}}; }));
  queue.add(job("b.mp4", []() -> JobEnd { throw std::runtime_error("it broke"); }));
  queue.add(job("c.mp4", []() -> JobEnd { throw 7; }));
  queue.add(job("d", [] {
    return JobEnd{JobEnding::kFailed, make_error(ErrorCode::kBadInput, "d: damaged")};
  }));
  queue.add(job("e", [] { return JobEnd{}; }));
  queue.close();
  const auto ends = queue.run({});
  EXPECT_EQ(endings_of(ends),
            (std::vector{JobEnding::kSkipped, JobEnding::kFailed, JobEnding::kFailed,
                         JobEnding::kFailed, JobEnding::kDone}));
  EXPECT_EQ(ends[1].error->message, "b.mp4: it broke");
  EXPECT_THAT(ends[2].error->message, HasSubstr("c.mp4: it failed"));
  EXPECT_EQ(ends[3].error->message, "d: damaged");
  EXPECT_EQ(queue.progress().count(JobEnding::kFailed), 3U);
}

TEST(BatchQueue, OneAtATimeKeepsTheOrder) {
  BatchQueue queue(1);
  std::vector<int> order;
  for (int i = 0; i < 20; ++i) {
    queue.add(job("a", [&order, i] {
      order.push_back(i);
      return JobEnd{};
    }));
  }
  queue.close();
  queue.run({});
  EXPECT_TRUE(std::ranges::is_sorted(order));
  EXPECT_EQ(order.size(), 20U);
}

TEST(BatchQueue, JobsMayBeAddedWhileItRuns) {
  BatchQueue queue(2);
  auto ends = std::async(std::launch::async, [&] { return queue.run({}); });
  std::latch first(1);
  EXPECT_EQ(queue.add(job("a",
                          [&] {
                            first.count_down();
                            return JobEnd{};
                          })),
            0U);
  first.wait();
  EXPECT_EQ(queue.add(job("b",
                          [&] {
                            queue.add(job("c", [] { return JobEnd{JobEnding::kDegraded, {}}; }));
                            queue.close();
                            return JobEnd{};
                          })),
            1U);
  ASSERT_EQ(ends.wait_for(60s), std::future_status::ready);
  EXPECT_EQ(endings_of(ends.get()),
            (std::vector{JobEnding::kDone, JobEnding::kDone, JobEnding::kDegraded}));
  EXPECT_EQ(queue.add(job("late", [] { return JobEnd{}; })), std::nullopt);
}

TEST(BatchQueue, AStopTellsThoseUnderWayAndBeginsNoOther) {
  BatchQueue queue(1);
  std::stop_source stop;
  std::latch begun(1);
  queue.add({"a", 10s, [&](JobMeter&, const std::stop_token& token) {
               std::promise<void> told;
               const std::stop_callback tell(token, [&told] { told.set_value(); });
               begun.count_down();
               told.get_future().wait();
               return JobEnd{JobEnding::kStopped, {}};
             }});
  std::atomic<bool> was_second_run = false;
  queue.add(job("b", [&] {
    was_second_run = true;
    return JobEnd{};
  }));
  auto ends = std::async(std::launch::async, [&] { return queue.run(stop.get_token()); });
  begun.wait();
  stop.request_stop();
  ASSERT_EQ(ends.wait_for(60s), std::future_status::ready);
  EXPECT_EQ(endings_of(ends.get()), (std::vector{JobEnding::kStopped, JobEnding::kStopped}));
  EXPECT_FALSE(was_second_run);
  EXPECT_EQ(queue.progress().count(JobEnding::kStopped), 2U);
  EXPECT_EQ(queue.add(job("late", [] { return JobEnd{}; })), std::nullopt);
}

TEST(BatchQueue, AStopEndsOneThatWaitsForMore) {
  BatchQueue queue(4);
  std::stop_source stop;
  auto ends = std::async(std::launch::async, [&] { return queue.run(stop.get_token()); });
  stop.request_stop();
  ASSERT_EQ(ends.wait_for(60s), std::future_status::ready);
  EXPECT_TRUE(ends.get().empty());
}

TEST(BatchQueue, TellsHowFarItIs) {
  BatchQueue queue(1);
  BatchProgress seen;
  queue.add({"a", std::nullopt, [&](JobMeter& progress, const std::stop_token&) {
               progress.set_length(20s);
               progress.set_worked(5s);
               seen = queue.progress();
               return JobEnd{};
             }});
  queue.add({"b", 10s, [](JobMeter&, const std::stop_token&) { return JobEnd{}; }});
  queue.close();
  queue.run({});
  EXPECT_EQ(seen.running, 1U);
  EXPECT_EQ(seen.waiting, 1U);
  EXPECT_EQ(seen.worked, 5s);
  EXPECT_EQ(seen.total, 30s);
  EXPECT_EQ(queue.progress().worked, 30s);
  EXPECT_EQ(queue.progress().count(JobEnding::kDone), 2U);
}

}  // namespace
}  // namespace subtide
