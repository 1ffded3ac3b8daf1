#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iostream>

#include "tests/engine/work/work_desk.h"

namespace subtide::work {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::SizeIs;

struct OneWorker : WorkDesk {
  explicit OneWorker(TaskId count = 1, std::uint64_t seed = 1) : WorkDesk({}, seed) {
    job("j");
    for (TaskId id = 1; id <= count; ++id) task(id);
    worker("w");
  }
};

TEST(WaitingTasks, NobodyToDoItEndsItAfterTenMinutes) {
  WorkDesk desk;
  desk.job("j");
  desk.task(1);
  desk.close("j");
  desk.wait(seconds(599));
  EXPECT_EQ(desk.state(1), TaskState::kReady);
  desk.wait(seconds(1));
  EXPECT_EQ(desk.state(1), TaskState::kDead);
  EXPECT_EQ(desk.progress(1).reason, "no_worker");
  EXPECT_THAT(desk.said<JoinReady>(), SizeIs(1));
}

TEST(WaitingTasks, ABusyWorkerIsSomebody) {
  OneWorker desk(2);
  desk.close("j");
  desk.claim("w");
  for (std::uint64_t beat = 1; beat < 240; ++beat) {
    desk.wait(seconds(5));
    desk.renew("w", 1, beat);
  }
  EXPECT_EQ(desk.state(2), TaskState::kReady);  // after 20 minutes
}

TEST(WaitingTasks, WorkIsAnnouncedAtOnceAndThenInBatches) {
  OneWorker desk(0);
  desk.task(1);
  ASSERT_THAT(desk.said<WorkAvailable>(), SizeIs(1));
  for (TaskId id = 2; id <= 100; ++id) desk.task(id);
  EXPECT_THAT(desk.said<WorkAvailable>(), SizeIs(1));
  desk.wait(milliseconds(100));
  const auto told = desk.said<WorkAvailable>();
  ASSERT_THAT(told, SizeIs(2));
  EXPECT_EQ(told[1].stage, "transcribe");
  EXPECT_EQ(told[1].count, 100U);
  EXPECT_EQ(told[1].oldest, milliseconds(100));
}

// The rate is far above the 20,000 tasks per second that are asked for; the limit here only
// catches an operation that walks over all tasks.
TEST(WaitingTasks, ManyOpenTasksCostLittle) {
  MediatorCore core;
  core.step(JobAdded{"j"}, {});
  core.step(WorkerRegistered{"w", 1, "s", {"m"}, 8, true}, {});
  Task task;
  task.job = "j";
  task.stage = "s";
  task.model = "m";
  task.deadline = hours(1);
  constexpr TaskId kCount = 100'000;
  const auto begin = std::chrono::steady_clock::now();
  for (task.id = 1; task.id <= kCount; ++task.id) core.step(TaskAdded{task, {}}, {});
  TaskId finished = 0;
  while (finished < kCount) {
    for (const WorkEffect& effect : core.step(TaskClaim{"w", "s", {"m"}, 8}, {})) {
      const auto* granted = std::get_if<LeaseGranted>(&effect);
      if (granted == nullptr) continue;
      core.step(TaskFinished{"w", granted->task, granted->generation}, {});
      core.step(Tick{}, {});
      ++finished;
    }
  }
  const auto took = std::chrono::steady_clock::now() - begin;
  const double rate = static_cast<double>(kCount) / std::chrono::duration<double>(took).count();
  RecordProperty("tasks_per_second", static_cast<int>(rate));
  std::cout << "tasks per second: " << static_cast<int>(rate) << '\n';
  EXPECT_EQ(core.counts().tasks, 0U);
  EXPECT_LT(took, seconds(20));
}

}  // namespace
}  // namespace subtide::work
