#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "engine/work/ready_queues.h"
#include "engine/work/run_times.h"
#include "engine/work/work_effect.h"
#include "engine/work/work_timers.h"
#include "engine/work/worker_record.h"

namespace subtide::work {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;

TEST(WorkTimers, ComeInOrderAndOnce) {
  WorkTimers timers;
  timers.arm({TimerKind::kJob, 1}, seconds(3));
  timers.arm({TimerKind::kLeaseEnd, 1}, seconds(1));
  timers.arm({TimerKind::kLeaseEnd, 2}, seconds(2));
  EXPECT_EQ(timers.next(), seconds(1));
  EXPECT_EQ(timers.take_due(milliseconds(999)), std::nullopt);
  EXPECT_EQ(timers.take_due(seconds(2)), (WorkTimer{TimerKind::kLeaseEnd, 1}));
  EXPECT_EQ(timers.take_due(seconds(2)), (WorkTimer{TimerKind::kLeaseEnd, 2}));
  EXPECT_EQ(timers.take_due(seconds(2)), std::nullopt);
  EXPECT_EQ(timers.take_due(seconds(9)), (WorkTimer{TimerKind::kJob, 1}));
  EXPECT_EQ(timers.next(), std::nullopt);
}

TEST(WorkTimers, AreArmedForOneMomentAndMayBeDisarmed) {
  WorkTimers timers;
  timers.arm({TimerKind::kJob, 1}, seconds(1));
  timers.arm({TimerKind::kJob, 1}, seconds(5));
  timers.arm({TimerKind::kJob, 2}, seconds(2));
  timers.disarm({TimerKind::kJob, 2});
  timers.disarm({TimerKind::kJob, 3});
  EXPECT_EQ(timers.take_due(seconds(4)), std::nullopt);
  EXPECT_EQ(timers.take_due(seconds(5)), (WorkTimer{TimerKind::kJob, 1}));
}

TEST(RunTimes, KnowNoP95BeforeTheFirstRun) { EXPECT_EQ(RunTimes().p95(), std::nullopt); }

TEST(RunTimes, P95IsTheNearestRank) {
  RunTimes times;
  for (int run = 100; run >= 1; --run) times.add(milliseconds(run));
  EXPECT_EQ(times.p95(), milliseconds(95));
  RunTimes one;
  one.add(seconds(2));
  EXPECT_EQ(one.p95(), seconds(2));
}

TEST(RunTimes, RememberTheLastTwoHundred) {
  RunTimes times;
  for (int run = 0; run < 500; ++run) times.add(minutes(1));
  for (int run = 0; run < 200; ++run) times.add(seconds(1));
  EXPECT_EQ(times.count(), 200U);
  EXPECT_EQ(times.p95(), seconds(1));
}

TEST(RunTimes, TheStallLimitIsTheDeadlineUntilTwentyRunsAreKnown) {
  const WorkLimits limits;
  RunTimes times;
  for (int run = 0; run < 19; ++run) times.add(seconds(1));
  EXPECT_EQ(times.stall_limit(limits, seconds(40)), seconds(40));
  EXPECT_EQ(times.stall_limit(limits, seconds(2)), seconds(10));
  EXPECT_EQ(times.stall_limit(limits, WorkDuration::max()), minutes(2));
  times.add(seconds(1));
  EXPECT_EQ(times.stall_limit(limits, seconds(40)), seconds(10));
}

TEST(RunTimes, TheStallLimitIsThreeTimesTheP95AboveTenSeconds) {
  const WorkLimits limits;
  RunTimes times;
  for (int run = 0; run < 20; ++run) times.add(seconds(3));
  EXPECT_EQ(times.stall_limit(limits, WorkDuration::max()), seconds(10));
  for (int run = 0; run < 20; ++run) times.add(seconds(7));
  EXPECT_EQ(times.stall_limit(limits, WorkDuration::max()), seconds(21));
}

struct Queues {
  ReadyQueues queues;
  QueueNumber m = queues.number_of("s", "m", Company::kAny);
  QueueNumber other = queues.number_of("s", "other", Company::kAny);

  void add(std::uint64_t job, TaskId task, WorkTime deadline = WorkTime::max(),
           Urgency urgency = Urgency::kBatch, QueueNumber queue = 0) {
    queues.add({queue, job, urgency, deadline, task});
  }
  std::vector<TaskId> take(std::size_t count) {
    std::vector<TaskId> order;
    const std::vector<QueueNumber> both{m, other};
    while (order.size() < count) {
      const auto place = queues.next_of(both);
      if (!place) break;
      queues.take(*place);
      order.push_back(place->task);
    }
    return order;
  }
};

TEST(ReadyQueues, OneForEachStageModelAndCompany) {
  Queues one;
  EXPECT_EQ(one.queues.number_of("s", "m", Company::kAny), one.m);
  EXPECT_NE(one.other, one.m);
  const QueueNumber alone = one.queues.number_of("s", "m", Company::kNone);
  EXPECT_NE(alone, one.m);
  EXPECT_EQ(one.queues.company(alone), Company::kNone);
  EXPECT_NE(one.queues.number_of("t", "m", Company::kAny), one.m);
}

TEST(ReadyQueues, JobsTakeTurnsInsideAJobTheLowestTaskIsFirst) {
  Queues one;
  for (const TaskId task : {3U, 1U, 2U}) one.add(1, task);
  for (const TaskId task : {11U, 12U}) one.add(2, task);
  EXPECT_THAT(one.take(9), ElementsAre(1, 11, 2, 12, 3));
}

TEST(ReadyQueues, OneTaskAtATimeStarvesNobody) {
  Queues one;
  for (TaskId task = 100; task < 150; ++task) one.add(2, task);
  std::map<bool, int> taken;
  for (TaskId task = 1; task <= 20; ++task) {
    one.add(1, task);  // comes back as soon as it was served
    for (const TaskId got : one.take(1)) ++taken[got >= 100];
  }
  EXPECT_GE(taken[true], 9);
}

TEST(ReadyQueues, LiveAndDeadlinesComeBeforeTurns) {
  Queues one;
  one.add(1, 1);
  one.add(2, 2, seconds(9));
  one.add(3, 3, seconds(5), Urgency::kLive);
  one.add(3, 4, seconds(4), Urgency::kLive);
  EXPECT_THAT(one.take(9), ElementsAre(4, 3, 2, 1));
}

TEST(ReadyQueues, ModelsTakeTurnsToo) {
  Queues one;
  for (TaskId task = 1; task <= 3; ++task) {
    one.add(1, task);
    one.add(1, task + 10, WorkTime::max(), Urgency::kBatch, one.other);
  }
  EXPECT_THAT(one.take(9), ElementsAre(1, 11, 2, 12, 3, 13));
}

TEST(ReadyQueues, WhatIsRemovedIsGone) {
  Queues one;
  one.add(1, 1);
  one.add(1, 2);
  EXPECT_EQ(one.queues.size(one.m), 2U);
  EXPECT_THAT(one.queues.tasks_of(one.m), ElementsAre(1, 2));
  one.queues.remove({one.m, 1, Urgency::kBatch, WorkTime::max(), 1});
  EXPECT_EQ(one.queues.size(one.m), 1U);
  EXPECT_THAT(one.take(9), ElementsAre(2));
}

TEST(WorkerRecord, CrashesOverOneTaskCountOnce) {
  WorkerRecord worker;
  worker.crashes = {{seconds(1), {7}}, {seconds(2), {7}}, {seconds(3), {7, 8}}, {seconds(4), {}}};
  EXPECT_EQ(worker.count_crashes(seconds(0)), 3U);
  worker.forgive(7);
  EXPECT_EQ(worker.count_crashes(seconds(0)), 1U);
  EXPECT_EQ(worker.count_crashes(seconds(5)), 0U);
}

TEST(WorkerRecord, SaysTheStateThatCounts) {
  WorkerRecord worker;
  EXPECT_EQ(worker.state(), WorkerState::kStarting);
  EXPECT_TRUE(worker.has_life());
  worker.is_loading = true;
  EXPECT_EQ(worker.state(), WorkerState::kLoading);
  EXPECT_FALSE(worker.may_lease());
  worker.is_loaded = true;
  EXPECT_EQ(worker.state(), WorkerState::kReady);
  worker.leases = {1};
  EXPECT_EQ(worker.state(), WorkerState::kBusy);
  EXPECT_TRUE(worker.may_lease());
  worker.is_suspect = true;
  EXPECT_EQ(worker.state(), WorkerState::kSuspect);
  worker.is_draining = true;
  EXPECT_EQ(worker.state(), WorkerState::kDraining);
  worker.life = WorkerLife::kSilent;
  EXPECT_EQ(worker.state(), WorkerState::kDead);
  EXPECT_TRUE(worker.has_life());
  worker.is_quarantined = true;
  EXPECT_EQ(worker.state(), WorkerState::kQuarantined);
  worker.life = WorkerLife::kStopped;
  EXPECT_EQ(worker.state(), WorkerState::kStopped);
  EXPECT_FALSE(worker.has_life());
}

TEST(WorkNames, AreThoseOfTheCatalogue) {
  std::set<std::string_view> names;
  for (int kind = 0; kind <= static_cast<int>(WorkEventKind::kWorkerStopped); ++kind) {
    names.insert(to_string(static_cast<WorkEventKind>(kind)));
  }
  EXPECT_THAT(names, testing::UnorderedElementsAre(
                         "task.leased", "task.completed", "task.failed", "task.dead",
                         "lease.expired", "worker.registered", "worker.ready", "worker.suspect",
                         "worker.dead", "worker.quarantined", "worker.draining", "worker.stopped"));
}

TEST(WorkNames, TerminalStatesAreTheOnesWithoutAWayOut) {
  EXPECT_EQ(to_string(WorkerState::kQuarantined), "quarantined");
  for (const WorkerState state :
       {WorkerState::kStarting, WorkerState::kLoading, WorkerState::kReady, WorkerState::kBusy,
        WorkerState::kDraining, WorkerState::kSuspect, WorkerState::kQuarantined}) {
    EXPECT_FALSE(is_terminal(state)) << to_string(state);
  }
  EXPECT_TRUE(is_terminal(WorkerState::kDead));
  EXPECT_TRUE(is_terminal(WorkerState::kStopped));
  for (const TaskState state : {TaskState::kReady, TaskState::kLeased, TaskState::kRetryWait}) {
    EXPECT_FALSE(is_terminal(state)) << to_string(state);
  }
  for (const TaskState state : {TaskState::kDone, TaskState::kSkipped, TaskState::kDead}) {
    EXPECT_TRUE(is_terminal(state)) << to_string(state);
  }
  for (const JobState state : {JobState::kAccepted, JobState::kQueued, JobState::kRunning,
                               JobState::kFinalizing, JobState::kCancelling}) {
    EXPECT_FALSE(is_terminal(state)) << to_string(state);
  }
  for (const JobState state : {JobState::kCompleted, JobState::kCompletedDegraded,
                               JobState::kFailed, JobState::kCancelled}) {
    EXPECT_TRUE(is_terminal(state)) << to_string(state);
  }
}

}  // namespace
}  // namespace subtide::work
