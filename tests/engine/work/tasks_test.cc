#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/engine/work/work_desk.h"

namespace subtide::work {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

struct OneWorker : WorkDesk {
  explicit OneWorker(TaskId count = 1, std::uint64_t seed = 1) : WorkDesk({}, seed) {
    job("j");
    for (TaskId id = 1; id <= count; ++id) task(id);
    worker("w");
  }
};

TEST(Tasks, AFailureWaitsAndIsTriedFourTimesInAll) {
  OneWorker desk;
  const WorkDuration longest[] = {milliseconds(200), seconds(1), seconds(5)};
  for (const WorkDuration limit : longest) {
    ASSERT_THAT(desk.claim("w"), ElementsAre(1));
    desk.fail("w", 1);
    ASSERT_EQ(desk.state(1), TaskState::kRetryWait);
    EXPECT_EQ(desk.progress(1).reason, "model_error");
    EXPECT_GE(desk.progress(1).until, desk.now());
    EXPECT_LE(desk.progress(1).until, desk.now() + limit);
    EXPECT_THAT(desk.claim("w"), IsEmpty());
    desk.wait(limit);
    ASSERT_EQ(desk.state(1), TaskState::kReady);
  }
  EXPECT_THAT(desk.claim("w"), ElementsAre(1));
  desk.fail("w", 1);
  EXPECT_EQ(desk.state(1), TaskState::kDead);
  EXPECT_EQ(desk.progress(1).attempts, 4);
  EXPECT_THAT(desk.events(WorkEventKind::kTaskFailed), SizeIs(4));
  EXPECT_THAT(desk.events(WorkEventKind::kTaskDead), SizeIs(1));
  EXPECT_EQ(desk.said<DeadLetter>().at(0).reason, "model_error");
}

TEST(Tasks, TheWaitIsRandomAndTheSameForTheSameSeed) {
  const auto wait_of = [](std::uint64_t seed) {
    OneWorker desk(1, seed);
    desk.claim("w");
    desk.fail("w", 1);
    return desk.progress(1).until - desk.now();
  };
  std::set<WorkDuration> waits;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    waits.insert(wait_of(seed));
    EXPECT_EQ(wait_of(seed), wait_of(seed));
  }
  EXPECT_GT(waits.size(), 45U);
  EXPECT_LT(*waits.begin(), milliseconds(40));    // full jitter: from nothing …
  EXPECT_GT(*waits.rbegin(), milliseconds(160));  // … to all
}

TEST(Tasks, TheLastBackOffIsForMoreAttempts) {
  WorkLimits limits;
  limits.attempts = 6;
  WorkDesk desk(limits, 3);
  desk.job("j");
  desk.task(1);
  desk.worker("w");
  for (int attempt = 1; attempt <= 5; ++attempt) {
    ASSERT_THAT(desk.claim("w"), ElementsAre(1));
    desk.fail("w", 1);
    EXPECT_LE(desk.progress(1).until - desk.now(), seconds(20));
    desk.wait(seconds(20));
  }
  desk.claim("w");
  desk.fail("w", 1);
  EXPECT_EQ(desk.state(1), TaskState::kDead);
}

TEST(Tasks, AUselessRetryIsNotMade) {
  OneWorker desk;
  desk.claim("w");
  desk.fail("w", 1, Retry::kIsUseless);
  EXPECT_EQ(desk.state(1), TaskState::kDead);
  EXPECT_THAT(desk.said<DeadLetter>(), SizeIs(1));
}

TEST(Tasks, ALiveRetryLeavesHalfOfTheTimeForTheWork) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    OneWorker desk(0, seed);
    desk.task(1, "j", milliseconds(200));
    desk.claim("w");
    desk.wait(milliseconds(100));
    desk.fail("w", 1);
    EXPECT_LE(desk.progress(1).until, milliseconds(150));
  }
}

TEST(Tasks, ALiveTaskPastItsDeadlineIsSkippedInEveryState) {
  OneWorker desk(0);
  desk.task(1, "j", seconds(2));
  desk.claim("w");
  desk.task(2, "j", seconds(2));
  desk.worker("x");
  desk.claim("x");
  desk.wait(milliseconds(1'900));
  desk.fail("x", 2);
  desk.task(3, "j", seconds(2));
  ASSERT_EQ(desk.state(2), TaskState::kRetryWait);
  desk.wait(milliseconds(100));
  for (const TaskId id : {1U, 2U, 3U}) {
    EXPECT_EQ(desk.state(id), TaskState::kSkipped) << id;
    EXPECT_EQ(desk.progress(id).reason, "deadline") << id;
  }
  EXPECT_THAT(desk.said<DeadLetter>(), IsEmpty());
}

TEST(Tasks, ATaskPastItsDeadlineIsNotLeasedBetweenTwoTicks) {
  OneWorker desk;
  desk.task(2, "j", WorkTime(0));
  EXPECT_THAT(desk.claim("w"), ElementsAre(1));
  EXPECT_EQ(desk.state(2), TaskState::kSkipped);
}

TEST(Tasks, LiveGoesBeforeBatchAndTheEarliestDeadlineFirst) {
  OneWorker desk(2);
  desk.task(3, "j", seconds(30));
  desk.task(4, "j", seconds(20));
  for (const TaskId expected : {4U, 3U, 1U, 2U}) {
    EXPECT_THAT(desk.claim("w"), ElementsAre(expected));
    desk.finish("w", expected);
  }
}

TEST(Tasks, JobsTakeTurnsHoweverManyTasksTheyHave) {
  OneWorker desk(100);
  for (int run = 0; run < 50; ++run) desk.finish("w", desk.claim("w").at(0));
  desk.job("late");
  for (TaskId id = 201; id <= 210; ++id) desk.task(id, "late");
  int of_late = 0;
  for (int run = 0; run < 20; ++run) {
    const TaskId task = desk.claim("w").at(0);
    of_late += task > 200 ? 1 : 0;
    desk.finish("w", task);
  }
  EXPECT_GE(of_late, 9);
  EXPECT_LE(of_late, 10);
}

TEST(Tasks, AnEffectThatIsFoundMakesItDoneInEveryState) {
  OneWorker desk(3);
  desk.say(TaskFoundDone{2});
  desk.claim("w");
  desk.say(TaskFoundDone{1});
  EXPECT_EQ(desk.said<LeaseRevoked>().at(0).task, 1U);
  EXPECT_THAT(desk.claim("w"), ElementsAre(3));
  desk.fail("w", 3);
  desk.say(TaskFoundDone{3});
  desk.wait(seconds(1));
  for (const TaskId id : {1U, 2U, 3U}) EXPECT_EQ(desk.state(id), TaskState::kDone);
  EXPECT_THAT(desk.events(WorkEventKind::kTaskCompleted), SizeIs(3));
}

TEST(Tasks, ATaskMayBeGivenUp) {
  OneWorker desk(2);
  desk.claim("w");
  desk.say(TaskGivenUp{1, "seek"});
  desk.say(TaskGivenUp{2, "seek"});
  EXPECT_EQ(desk.state(1), TaskState::kSkipped);
  EXPECT_EQ(desk.progress(2).reason, "seek");
  EXPECT_EQ(desk.core().counts().tasks, 0U);
}

TEST(Tasks, AttemptsAndGenerationsGoOnAfterARestart) {
  WorkDesk desk;
  desk.job("j");
  Task task;
  task.id = 1;
  task.job = "j";
  task.stage = "transcribe";
  task.model = "m";
  TaskProgress known;
  known.state = TaskState::kLeased;
  known.generation = 7;
  known.attempts = 3;
  desk.say(TaskAdded{task, known});
  desk.worker("w");
  EXPECT_THAT(desk.claim("w"), ElementsAre(1));
  EXPECT_EQ(desk.generation(1), 8U);
  EXPECT_EQ(desk.progress(1).attempts, 4);
  task.id = 2;
  known.attempts = 4;
  desk.say(TaskAdded{task, known});
  EXPECT_EQ(desk.state(2), TaskState::kDead);  // it took the engine with it four times
  EXPECT_EQ(desk.progress(2).reason, "attempts_used");
}

TEST(Tasks, WhatEndedBeforeARestartCountsInTheJoin) {
  WorkDesk desk;
  desk.job("j");
  Task task;
  task.job = "j";
  TaskProgress known;
  task.id = 1;
  known.state = TaskState::kDone;
  desk.core().step(TaskAdded{task, known}, desk.now());
  task.id = 2;
  task.span = {seconds(4), seconds(6)};
  known.state = TaskState::kDead;
  known.reason = "poison";
  desk.core().step(TaskAdded{task, known}, desk.now());
  const auto effects = desk.core().step(JobClosed{"j"}, desk.now());
  const auto* join = std::get_if<JoinReady>(&effects.back());
  ASSERT_NE(join, nullptr);
  ASSERT_THAT(join->gaps, SizeIs(1));
  EXPECT_EQ(join->gaps[0].task, 2U);
  EXPECT_EQ(join->gaps[0].reason, "poison");
  EXPECT_EQ(join->gaps[0].span.begin, seconds(4));
}

TEST(Tasks, ATaskOfAnUnknownJobIsSkipped) {
  WorkDesk desk;
  desk.task(1, "nobody");
  EXPECT_EQ(desk.state(1), TaskState::kSkipped);
  EXPECT_EQ(desk.progress(1).reason, "job_ended");
}

TEST(Tasks, AnEndedTaskLeavesNoTimerBehind) {
  WorkDesk desk;
  desk.job("j");
  desk.task(1, "j", seconds(50));
  desk.say(TaskGivenUp{1, "seek"});
  desk.say(JobCancelled{"j"});
  desk.wait(seconds(1));
  EXPECT_GT(desk.core().next_due(), seconds(100));  // the empty queue's, which does nothing
}

TEST(Tasks, AnEndedTaskIsNotTriedAgain) {
  OneWorker desk;
  desk.wait(seconds(1));
  desk.claim("w");
  desk.fail("w", 1);
  EXPECT_LT(desk.core().next_due(), milliseconds(1'200));
  desk.say(TaskGivenUp{1, "seek"});
  EXPECT_EQ(desk.core().next_due(), seconds(3));  // the worker's silence
}

TEST(Tasks, NothingIsDueWhereNothingWaits) {
  WorkDesk desk;
  EXPECT_EQ(desk.core().next_due(), std::nullopt);
  desk.job("j");
  EXPECT_EQ(desk.core().next_due(), seconds(300));
}

}  // namespace
}  // namespace subtide::work
