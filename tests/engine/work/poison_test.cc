#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/engine/work/work_desk.h"

namespace subtide::work {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

struct Tasks : WorkDesk {
  explicit Tasks(TaskId count = 1) {
    job("j");
    for (TaskId id = 1; id <= count; ++id) task(id);
  }
};

TEST(Poison, TwoCrashesOnDifferentWorkersCondemnTheTask) {
  Tasks desk(2);
  desk.worker("a");
  EXPECT_THAT(desk.claim("a"), ElementsAre(1));
  desk.crash("a");
  EXPECT_EQ(desk.state(1), TaskState::kReady);
  desk.worker("b");
  TaskId task = desk.claim("b").at(0);
  if (task == 2) {  // the other queue's turn
    desk.finish("b", 2);
    task = desk.claim("b").at(0);
  }
  ASSERT_EQ(task, 1U);
  desk.crash("b");
  EXPECT_EQ(desk.state(1), TaskState::kDead);
  EXPECT_EQ(desk.progress(1).reason, "poison");
  EXPECT_EQ(desk.progress(1).attempts, 2);
  EXPECT_EQ(desk.said<DeadLetter>().at(0).task, 1U);
}

TEST(Poison, OneWorkerAloneTakesFourDeliveriesAndIsNotQuarantined) {
  Tasks desk;
  for (int attempt = 1; attempt <= 4; ++attempt) {
    desk.worker("w");
    ASSERT_THAT(desk.claim("w"), ElementsAre(1));
    desk.crash("w");
  }
  EXPECT_EQ(desk.state(1), TaskState::kDead);
  EXPECT_THAT(desk.events(WorkEventKind::kWorkerQuarantined), IsEmpty());
}

TEST(Poison, NeighboursOfTheFirstCrashAreTriedAlone) {
  Tasks desk(4);
  desk.worker("a", 4);
  EXPECT_THAT(desk.claim("a", 4), SizeIs(4));
  desk.crash("a");
  desk.worker("b", 4);
  for (const TaskId id : {1U, 2U, 3U}) {
    EXPECT_THAT(desk.claim("b", 4), ElementsAre(id));
    EXPECT_THAT(desk.claim("b", 3), IsEmpty());
    desk.finish("b", id);
  }
  EXPECT_THAT(desk.claim("b", 4), ElementsAre(4));
  desk.crash("b");
  EXPECT_EQ(desk.state(4), TaskState::kDead);
  for (const TaskId id : {1U, 2U, 3U}) EXPECT_EQ(desk.state(id), TaskState::kDone);
}

TEST(Poison, ATaskThatIsTriedAloneStaysAloneWhenItIsRevoked) {
  Tasks desk(2);
  desk.worker("a");
  desk.claim("a");
  desk.crash("a");
  desk.say(TaskGivenUp{2, "seek"});
  desk.worker("b", 2);
  ASSERT_THAT(desk.claim("b"), ElementsAre(1));
  desk.task(3);
  desk.say(TaskGivenUp{1, "seek"});  // but it may run on
  EXPECT_THAT(desk.claim("b"), IsEmpty());
  EXPECT_THAT(desk.claim("b", 2), ElementsAre(3));  // now it let go
}

TEST(Poison, ABusyWorkerRunsEmptyForATaskThatIsTriedAlone) {
  Tasks desk(3);
  desk.worker("b", 2);
  desk.worker("a");
  EXPECT_THAT(desk.claim("a"), ElementsAre(1));
  EXPECT_THAT(desk.claim("b"), ElementsAre(2));
  desk.crash("a");
  EXPECT_THAT(desk.claim("b"), IsEmpty());
  desk.finish("b", 2);
  EXPECT_THAT(desk.claim("b", 2), ElementsAre(1));
  desk.finish("b", 1);
  EXPECT_THAT(desk.claim("b", 2), ElementsAre(3));
}

// F7: one poison among 100, with workers that are well otherwise.
TEST(Poison, AWindowThatCrashesEveryWorkerCostsNobodyElse) {
  Tasks desk(100);
  desk.close("j");
  const std::set<TaskId> poison{50};
  for (int turn = 0; turn < 200; ++turn) {
    for (const char* worker : {"a", "b", "c"}) {
      if (desk.worker_state(worker) != WorkerState::kReady) desk.worker(worker);
      for (const TaskId task : desk.claim(worker)) {
        if (poison.contains(task)) {
          desk.crash(worker);
        } else {
          desk.finish(worker, task);
        }
      }
    }
    desk.wait(milliseconds(100));
  }
  EXPECT_LE(desk.progress(50).attempts, 4);
  for (TaskId id = 1; id <= 100; ++id) {
    EXPECT_EQ(desk.state(id), id == 50 ? TaskState::kDead : TaskState::kDone) << id;
  }
  EXPECT_THAT(desk.events(WorkEventKind::kWorkerQuarantined), IsEmpty());
  const auto joins = desk.said<JoinReady>();
  ASSERT_THAT(joins, SizeIs(1));
  EXPECT_THAT(joins[0].gaps, SizeIs(1));
}

TEST(Poison, ItsCondemnationLiftsTheQuarantineItBrought) {
  Tasks desk(3);
  for (const TaskId task : {1U, 2U, 3U}) {  // three poisons meet one worker
    desk.worker("a");
    desk.forget_effects();
    TaskId got = desk.claim("a").at(0);
    while (got != task) {  // one that was tried already
      desk.say(WorkerDraining{"a"});
      desk.say(LeaseReturned{"a", got, desk.generation(got)});
      desk.say(WorkerGone{"a", desk.boot(), WorkerExit::kClean});
      desk.worker("a");
      got = desk.claim("a").at(0);
    }
    desk.crash("a");
  }
  ASSERT_EQ(desk.worker_state("a"), WorkerState::kQuarantined);
  desk.worker("a");
  desk.worker("b");
  desk.claim("b");
  desk.crash("b");
  EXPECT_EQ(desk.worker_state("a"), WorkerState::kReady);
}

}  // namespace
}  // namespace subtide::work
