#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/work/work_desk.h"

namespace subtide::work {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

struct Tasks : WorkDesk {
  explicit Tasks(TaskId count = 1) {
    job("j");
    for (TaskId id = 1; id <= count; ++id) task(id);
  }
};

TEST(Workers, GoFromStartingOverLoadingToReady) {
  WorkDesk desk;
  desk.register_worker("w");
  EXPECT_EQ(desk.worker_state("w"), WorkerState::kStarting);
  desk.say(WorkerHeartbeat{"w", true});
  EXPECT_EQ(desk.worker_state("w"), WorkerState::kLoading);
  desk.say(WorkerReady{"w", {"m"}});
  EXPECT_EQ(desk.worker_state("w"), WorkerState::kReady);
  EXPECT_THAT(desk.events(WorkEventKind::kWorkerRegistered), SizeIs(1));
  EXPECT_THAT(desk.events(WorkEventKind::kWorkerReady), SizeIs(1));
}

TEST(Workers, AreSuspectAfterThreeSecondsAndDeadAfterFive) {
  Tasks desk;
  desk.worker("w");
  desk.claim("w");
  desk.silence("w");
  desk.wait(milliseconds(2'900));
  EXPECT_EQ(desk.worker_state("w"), WorkerState::kBusy);
  desk.wait(milliseconds(100));
  EXPECT_EQ(desk.worker_state("w"), WorkerState::kSuspect);
  EXPECT_EQ(desk.state(1), TaskState::kLeased);
  desk.wait(milliseconds(1'900));
  EXPECT_EQ(desk.state(1), TaskState::kLeased);
  desk.wait(milliseconds(100));
  EXPECT_EQ(desk.worker_state("w"), WorkerState::kDead);
  EXPECT_EQ(desk.state(1), TaskState::kReady);
  EXPECT_EQ(desk.progress(1).reason, "worker_silent");
  EXPECT_THAT(desk.events(WorkEventKind::kWorkerSuspect), SizeIs(1));
  EXPECT_THAT(desk.events(WorkEventKind::kWorkerDead), SizeIs(1));
}

TEST(Workers, ComeBackFromSilenceAndAreKilledAfterThirtySeconds) {
  WorkDesk desk;
  desk.worker("w");
  desk.silence("w");
  desk.wait(seconds(20));
  EXPECT_EQ(desk.worker_state("w"), WorkerState::kDead);
  desk.say(WorkerHeartbeat{"w", false});
  EXPECT_EQ(desk.worker_state("w"), WorkerState::kReady);
  desk.wait(seconds(29));
  EXPECT_THAT(desk.said<KillWorker>(), IsEmpty());
  desk.wait(seconds(2));
  ASSERT_THAT(desk.said<KillWorker>(), SizeIs(1));
  EXPECT_EQ(desk.said<KillWorker>()[0].reason, "worker_silent");
  desk.say(WorkerHeartbeat{"w", false});  // under way when it was killed
  EXPECT_EQ(desk.worker_state("w"), WorkerState::kDead);
  EXPECT_THAT(desk.said<RegistrationWanted>(), SizeIs(1));
}

TEST(Workers, ThatAreGoneLoseTheirLeasesAtOnce) {
  Tasks desk;
  desk.worker("w");
  desk.claim("w");
  desk.crash("w");
  EXPECT_EQ(desk.worker_state("w"), WorkerState::kDead);
  EXPECT_EQ(desk.state(1), TaskState::kReady);
  EXPECT_EQ(desk.progress(1).attempts, 1);
  desk.worker("w");
  EXPECT_THAT(desk.claim("w"), ElementsAre(1));
}

TEST(Workers, ThatEndByThemselvesAreStoppedAndNotBlamed) {
  Tasks desk;
  for (int life = 0; life < 4; ++life) {
    desk.worker("w");
    desk.silence("w");
    desk.say(WorkerGone{"w", desk.boot(), WorkerExit::kClean});
    EXPECT_EQ(desk.worker_state("w"), WorkerState::kStopped);
  }
  EXPECT_THAT(desk.events(WorkEventKind::kWorkerStopped), SizeIs(4));
}

TEST(Workers, AnOlderProcessOfTheSlotSaysNothingAboutTheNewOne) {
  Tasks desk;
  desk.worker("w");
  const auto old = desk.boot();
  desk.worker("w");  // nobody saw the first one go
  desk.claim("w");
  desk.say(WorkerGone{"w", old, WorkerExit::kCrashed});
  desk.say(WorkerRegistered{"w", old, "transcribe", {"m"}, 1, true});
  EXPECT_EQ(desk.worker_state("w"), WorkerState::kBusy);
  EXPECT_EQ(desk.state(1), TaskState::kLeased);
}

TEST(Workers, ANewProcessInTheSlotTakesTheLeasesFromTheOldOne) {
  Tasks desk;
  desk.worker("w");
  desk.claim("w");
  desk.worker("w");
  EXPECT_EQ(desk.state(1), TaskState::kReady);
  EXPECT_EQ(desk.progress(1).reason, "worker_restarted");
}

TEST(Workers, ARepeatedRegistrationChangesNothing) {
  Tasks desk;
  desk.worker("w");
  desk.claim("w");
  desk.say(WorkerRegistered{"w", desk.boot(), "transcribe", {"m"}, 1, true});
  EXPECT_EQ(desk.state(1), TaskState::kLeased);
  EXPECT_THAT(desk.events(WorkEventKind::kWorkerRegistered), SizeIs(1));
}

TEST(Workers, ThatNobodyKnowsAreAskedToRegister) {
  Tasks desk;
  EXPECT_THAT(desk.claim("stranger"), IsEmpty());
  EXPECT_EQ(desk.said<RegistrationWanted>().at(0).worker, "stranger");
}

TEST(Workers, ThreeCrashesInAMinuteAreQuarantinedForAMinute) {
  Tasks desk;
  for (int crash = 1; crash <= 3; ++crash) {
    desk.worker("w");
    desk.crash("w");
    EXPECT_EQ(desk.worker_state("w"), crash < 3 ? WorkerState::kDead : WorkerState::kQuarantined);
  }
  desk.worker("w");
  EXPECT_EQ(desk.worker_state("w"), WorkerState::kQuarantined);
  EXPECT_THAT(desk.claim("w"), IsEmpty());
  desk.wait(seconds(60));
  EXPECT_EQ(desk.worker_state("w"), WorkerState::kReady);
  EXPECT_THAT(desk.claim("w"), ElementsAre(1));
  EXPECT_THAT(desk.events(WorkEventKind::kWorkerQuarantined), SizeIs(1));
}

TEST(Workers, CrashesFarApartAreNotQuarantined) {
  WorkDesk desk;
  for (int crash = 1; crash <= 6; ++crash) {
    desk.worker("w");
    desk.crash("w");
    desk.wait(seconds(31));
  }
  EXPECT_THAT(desk.events(WorkEventKind::kWorkerQuarantined), IsEmpty());
}

TEST(Workers, AProcessThatNeverCameToRegisterCountsAsACrash) {
  WorkDesk desk;
  desk.worker("w");
  desk.crash("w");
  desk.say(WorkerGone{"w", desk.boot() + 1, WorkerExit::kCrashed});
  desk.say(WorkerGone{"w", desk.boot() + 1, WorkerExit::kCrashed});  // said twice
  EXPECT_EQ(desk.worker_state("w"), WorkerState::kDead);
  desk.say(WorkerGone{"w", desk.boot() + 2, WorkerExit::kCrashed});
  EXPECT_EQ(desk.worker_state("w"), WorkerState::kQuarantined);
}

TEST(Workers, OneWithoutHisModelsIsKilledAfterFiveMinutes) {
  WorkDesk desk;
  desk.register_worker("w");
  desk.say(WorkerHeartbeat{"w", true});
  desk.wait(minutes(5) - seconds(1));
  EXPECT_EQ(desk.worker_state("w"), WorkerState::kLoading);
  desk.wait(seconds(1));
  EXPECT_EQ(desk.said<KillWorker>().at(0).reason, "load_time");
  EXPECT_EQ(desk.worker_state("w"), WorkerState::kDead);
}

TEST(Draining, GivesNoLeasesAndDoesNotCountWhatIsGivenBack) {
  Tasks desk(2);
  desk.worker("w", 2);
  EXPECT_THAT(desk.claim("w"), ElementsAre(1));
  desk.say(WorkerDraining{"w"});
  EXPECT_EQ(desk.worker_state("w"), WorkerState::kDraining);
  EXPECT_THAT(desk.claim("w"), IsEmpty());
  desk.say(LeaseReturned{"w", 1, desk.generation(1)});
  EXPECT_EQ(desk.state(1), TaskState::kReady);
  EXPECT_EQ(desk.progress(1).attempts, 0);
  EXPECT_EQ(desk.generation(1), 1U);
  desk.silence("w");
  desk.say(WorkerGone{"w", desk.boot(), WorkerExit::kClean});
  EXPECT_EQ(desk.worker_state("w"), WorkerState::kStopped);
}

TEST(Draining, ResultsStillCount) {
  Tasks desk;
  desk.worker("w");
  desk.claim("w");
  desk.say(WorkerDraining{"w"});
  desk.wait(seconds(5));
  desk.finish("w", 1);
  EXPECT_EQ(desk.state(1), TaskState::kDone);
}

TEST(Draining, HasTwentyFiveSeconds) {
  Tasks desk;
  desk.worker("w");
  desk.claim("w");
  desk.say(WorkerDraining{"w"});
  for (std::uint64_t beat = 1; beat <= 5; ++beat) {
    EXPECT_EQ(desk.worker_state("w"), WorkerState::kDraining);
    desk.renew("w", 1, beat);
    desk.wait(seconds(5));
  }
  EXPECT_EQ(desk.worker_state("w"), WorkerState::kStopped);
  EXPECT_EQ(desk.said<KillWorker>().at(0).reason, "drain_time");
  EXPECT_EQ(desk.state(1), TaskState::kReady);
  EXPECT_EQ(desk.progress(1).attempts, 0);
}

TEST(Draining, OnlyADrainingWorkerReturnsForFree) {
  Tasks desk;
  desk.worker("w");
  for (int attempt = 1; attempt <= 4; ++attempt) {
    ASSERT_THAT(desk.claim("w"), ElementsAre(1));
    desk.say(LeaseReturned{"w", 1, desk.generation(1)});
  }
  EXPECT_EQ(desk.state(1), TaskState::kDead);
}

TEST(Workers, AreForgottenLongAfterTheirEnd) {
  WorkDesk desk;
  desk.worker("w");
  desk.crash("w");
  desk.wait(minutes(10));
  EXPECT_EQ(desk.core().worker("w"), std::nullopt);
  EXPECT_EQ(desk.core().counts().workers, 0U);
}

}  // namespace
}  // namespace subtide::work
