#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/engine/work/work_desk.h"

namespace subtide::work {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<JobState> states_of(const WorkDesk& desk) {
  std::vector<JobState> states;
  for (const JobChanged& changed : desk.said<JobChanged>()) states.push_back(changed.state);
  return states;
}

struct OneWorker : WorkDesk {
  explicit OneWorker(TaskId count = 1) {
    job("j");
    for (TaskId id = 1; id <= count; ++id) task(id);
    worker("w");
  }
};

TEST(Jobs, GoTheirWayToCompleted) {
  OneWorker desk;
  EXPECT_EQ(desk.core().job("j"), JobState::kQueued);
  desk.claim("w");
  desk.finish("w", 1);
  EXPECT_THAT(desk.said<JoinReady>(), IsEmpty());  // more tasks may come
  desk.close("j");
  EXPECT_THAT(desk.said<JoinReady>(), SizeIs(1));
  desk.say(JobFinalized{"j", FinalizeOutcome::kOk, {}});
  EXPECT_THAT(states_of(desk), ElementsAre(JobState::kQueued, JobState::kRunning,
                                           JobState::kFinalizing, JobState::kCompleted));
  EXPECT_EQ(desk.core().job("j"), std::nullopt);
}

TEST(Jobs, WithoutTasksAreFinalizedToo) {
  WorkDesk desk;
  desk.job("j");
  EXPECT_EQ(desk.core().job("j"), JobState::kAccepted);
  desk.close("j");
  EXPECT_THAT(desk.said<JoinReady>(), SizeIs(1));
}

TEST(Jobs, TasksMayComeAfterTheLastOneEnded) {
  OneWorker desk;
  desk.claim("w");
  desk.finish("w", 1);
  desk.task(2);
  desk.close("j");
  desk.close("j");
  desk.claim("w");
  desk.finish("w", 2);
  EXPECT_THAT(desk.said<JoinReady>(), SizeIs(1));
}

TEST(Jobs, AGapMakesThemDegraded) {
  OneWorker desk(2);
  desk.close("j");
  desk.claim("w");
  desk.fail("w", 1, Retry::kIsUseless);
  desk.say(TaskGivenUp{2, "seek"});
  const auto joins = desk.said<JoinReady>();
  ASSERT_THAT(joins, SizeIs(1));
  ASSERT_THAT(joins[0].gaps, SizeIs(2));
  EXPECT_EQ(joins[0].gaps[0].task, 1U);
  EXPECT_EQ(joins[0].gaps[0].state, TaskState::kDead);
  EXPECT_EQ(joins[0].gaps[0].reason, "model_error");
  EXPECT_EQ(joins[0].gaps[0].span, (TimeSpan{seconds(1), seconds(3)}));
  EXPECT_EQ(joins[0].gaps[1].state, TaskState::kSkipped);
  desk.say(JobFinalized{"j", FinalizeOutcome::kOk, {}});
  EXPECT_EQ(desk.job_state("j"), JobState::kCompletedDegraded);
}

TEST(Jobs, TheOutputsDecideTheRest) {
  for (const auto& [outcome, state] :
       {std::pair{FinalizeOutcome::kDegraded, JobState::kCompletedDegraded},
        std::pair{FinalizeOutcome::kFailed, JobState::kFailed}}) {
    WorkDesk desk;
    desk.job("j");
    desk.say(JobFinalized{"j", outcome, "too early"});
    desk.close("j");
    desk.say(JobFinalized{"j", outcome, "disk_full"});
    EXPECT_EQ(desk.job_state("j"), state);
    EXPECT_EQ(desk.said<JobChanged>().back().reason, "disk_full");
  }
}

TEST(Jobs, AFanOutOfAThousandJoinsOnceAndListsItsHundredGaps) {
  OneWorker desk(1000);
  desk.close("j");
  desk.worker("x", 4);
  std::set<TaskId> doomed;
  for (TaskId id = 1; id <= 1000; id += 10) doomed.insert(id);
  std::size_t turns = 0;
  while (desk.core().counts().tasks > 0) {
    for (const char* worker : {"w", "x"}) {
      for (const TaskId task : desk.claim(worker, 4)) {
        if (doomed.contains(task)) {
          desk.fail(worker, task);
        } else {
          desk.finish(worker, task);
        }
      }
    }
    if (++turns % 50 == 0 && turns < 400) {  // and somebody dies now and then
      desk.claim("w");
      desk.crash("w");
      desk.worker("w");
    }
    desk.wait(milliseconds(100));
    ASSERT_LT(turns, 5000U);
  }
  const auto joins = desk.said<JoinReady>();
  ASSERT_THAT(joins, SizeIs(1));
  ASSERT_THAT(joins[0].gaps, SizeIs(100));
  for (const TaskGap& gap : joins[0].gaps) EXPECT_TRUE(doomed.contains(gap.task)) << gap.task;
}

TEST(Cancelling, WithoutLeasesEndsAtOnce) {
  OneWorker desk(3);
  desk.say(JobCancelled{"j"});
  EXPECT_EQ(desk.job_state("j"), JobState::kCancelled);
  EXPECT_EQ(desk.state(3), TaskState::kSkipped);
  EXPECT_THAT(desk.said<JoinReady>(), IsEmpty());
}

TEST(Cancelling, AsksForLeasesAndStillTakesTheirResults) {
  OneWorker desk(2);
  desk.claim("w");
  desk.say(JobCancelled{"j"});
  EXPECT_EQ(desk.said<LeaseRevoked>().at(0).reason, "cancelled");
  EXPECT_EQ(desk.job_state("j"), JobState::kCancelling);
  EXPECT_EQ(desk.state(2), TaskState::kSkipped);
  desk.finish("w", 1);
  EXPECT_EQ(desk.state(1), TaskState::kDone);
  EXPECT_EQ(desk.job_state("j"), JobState::kCancelled);
}

TEST(Cancelling, RetriesNothing) {
  OneWorker desk;
  desk.claim("w");
  desk.say(JobCancelled{"j"});
  desk.fail("w", 1);
  EXPECT_EQ(desk.state(1), TaskState::kSkipped);
  EXPECT_EQ(desk.job_state("j"), JobState::kCancelled);
}

TEST(Cancelling, WaitsFiveSecondsAtMost) {
  OneWorker desk;
  desk.claim("w");
  desk.say(JobCancelled{"j"});
  desk.wait(seconds(4));
  desk.renew("w", 1, 1);
  EXPECT_THAT(desk.said<LeaseRevoked>(), SizeIs(2));  // told again
  EXPECT_EQ(desk.job_state("j"), JobState::kCancelling);
  desk.wait(seconds(1));
  EXPECT_EQ(desk.job_state("j"), JobState::kCancelled);
  EXPECT_EQ(desk.state(1), TaskState::kSkipped);
}

TEST(Cancelling, ATaskThatComesLateIsSkipped) {
  OneWorker desk;
  desk.claim("w");
  desk.say(JobCancelled{"j"});
  desk.task(2);
  EXPECT_EQ(desk.state(2), TaskState::kSkipped);
  EXPECT_EQ(desk.progress(2).reason, "job_ended");
}

TEST(Jobs, AnInputThatSaysNothingForFiveMinutesIsClosed) {
  OneWorker desk;
  desk.claim("w");
  desk.finish("w", 1);
  desk.wait(minutes(4));
  desk.say(JobInputAlive{"j"});
  desk.wait(minutes(4));
  EXPECT_EQ(desk.job_state("j"), JobState::kRunning);
  desk.wait(minutes(1));
  EXPECT_EQ(desk.job_state("j"), JobState::kFinalizing);
  desk.say(JobFinalized{"j", FinalizeOutcome::kOk, {}});
  EXPECT_EQ(desk.job_state("j"), JobState::kCompletedDegraded);
  EXPECT_EQ(desk.said<JobChanged>().back().reason, "input_stalled");
}

TEST(Jobs, OutputsHaveTenMinutes) {
  WorkDesk desk;
  desk.job("j");
  desk.close("j");
  desk.wait(minutes(10));
  EXPECT_EQ(desk.job_state("j"), JobState::kFailed);
  EXPECT_EQ(desk.said<JobChanged>().back().reason, "finalize_time");
}

}  // namespace
}  // namespace subtide::work
