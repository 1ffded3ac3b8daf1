#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/work/work_desk.h"

namespace subtide::work {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

/// One job with tasks 1..count, and one worker.
struct OneWorker : WorkDesk {
  explicit OneWorker(TaskId count = 1, std::size_t credit = 1) {
    job("j");
    for (TaskId id = 1; id <= count; ++id) task(id);
    worker("w", credit);
  }
};

TEST(Leases, AClaimLeasesAndAResultCompletes) {
  OneWorker desk;
  desk.wait(milliseconds(300));
  EXPECT_THAT(desk.claim("w"), ElementsAre(1));
  EXPECT_EQ(desk.worker_state("w"), WorkerState::kBusy);
  EXPECT_EQ(desk.job_state("j"), JobState::kRunning);
  const auto granted = desk.said<LeaseGranted>().at(0);
  EXPECT_EQ(granted.until, desk.now() + seconds(15));
  desk.wait(milliseconds(700));
  desk.finish("w", 1);
  EXPECT_EQ(desk.state(1), TaskState::kDone);
  EXPECT_EQ(desk.worker_state("w"), WorkerState::kReady);
  const auto completed = desk.events(WorkEventKind::kTaskCompleted).at(0);
  EXPECT_EQ(completed.worker, "w");
  EXPECT_EQ(completed.job, "j");
  EXPECT_EQ(completed.effect_key, "key-1");
  EXPECT_EQ(completed.generation, 1U);
  EXPECT_EQ(completed.attempt, 1);
  EXPECT_EQ(completed.queue_time, milliseconds(300));
  EXPECT_EQ(completed.run_time, milliseconds(700));
  EXPECT_EQ(completed.media_time, seconds(2));
}

TEST(Leases, WhatIsKeptComesBeforeWhatIsSent) {
  OneWorker desk;
  const auto effects = desk.say(TaskClaim{"w", "transcribe", {"m"}, 1});
  const auto index_of = [&effects](auto is) {
    return std::find_if(effects.begin(), effects.end(), is) - effects.begin();
  };
  const auto kept =
      index_of([](const WorkEffect& e) { return std::holds_alternative<TaskChanged>(e); });
  const auto sent =
      index_of([](const WorkEffect& e) { return std::holds_alternative<LeaseGranted>(e); });
  EXPECT_LT(kept, sent);
}

TEST(Leases, NeverMoreThanTheCreditWhateverIsClaimed) {
  OneWorker desk(10, 3);
  EXPECT_THAT(desk.claim("w", 100), SizeIs(3));
  EXPECT_THAT(desk.claim("w", 100), IsEmpty());
  desk.finish("w", 1);
  EXPECT_THAT(desk.claim("w", 1), ElementsAre(4));
}

TEST(Leases, AClaimOfAnotherStageOrModelGetsNothing) {
  OneWorker desk;
  EXPECT_THAT(desk.say(TaskClaim{"w", "translate", {"m"}, 1}), SizeIs(0));
  EXPECT_THAT(desk.say(TaskClaim{"w", "transcribe", {"other"}, 1}), SizeIs(0));
  EXPECT_THAT(desk.claim("w"), ElementsAre(1));
}

TEST(Leases, ALeaseThatIsNotRenewedEndsAndItsResultIsFenced) {
  OneWorker desk;
  desk.claim("w");
  const auto generation = desk.generation(1);
  desk.wait(milliseconds(14'900));
  EXPECT_EQ(desk.state(1), TaskState::kLeased);
  desk.wait(milliseconds(100));
  EXPECT_EQ(desk.state(1), TaskState::kReady);
  EXPECT_EQ(desk.progress(1).attempts, 1);
  EXPECT_EQ(desk.events(WorkEventKind::kLeaseExpired).at(0).reason, "lease_end");
  desk.say(TaskFinished{"w", 1, generation});
  EXPECT_EQ(desk.state(1), TaskState::kReady);
  EXPECT_THAT(desk.said<ResultFenced>(), SizeIs(1));
  EXPECT_EQ(desk.core().counts().fenced, 1U);
}

TEST(Leases, RenewalsWithProgressKeepALease) {
  OneWorker desk;
  desk.claim("w");
  for (std::uint64_t beat = 1; beat <= 60; ++beat) {
    desk.wait(seconds(5));
    desk.renew("w", 1, beat);
  }
  desk.finish("w", 1);
  EXPECT_EQ(desk.state(1), TaskState::kDone);
  EXPECT_THAT(desk.said<KillWorker>(), IsEmpty());
}

TEST(Leases, AnotherWorkersRenewalKeepsNothing) {
  OneWorker desk;
  desk.worker("other");
  desk.claim("w");
  for (std::uint64_t beat = 1; beat <= 3; ++beat) {
    desk.wait(seconds(5));
    desk.renew("other", 1, beat);
  }
  EXPECT_EQ(desk.state(1), TaskState::kReady);
  EXPECT_THAT(desk.said<LeaseRevoked>(), SizeIs(4));  // three to the other one, one to w
}

TEST(Leases, ALateResultOfAPausedWorkerIsFencedOnce) {
  OneWorker desk;
  desk.worker("other");
  desk.claim("w");
  const auto old = desk.generation(1);
  desk.silence("w");
  desk.wait(seconds(6));
  EXPECT_EQ(desk.worker_state("w"), WorkerState::kDead);
  EXPECT_THAT(desk.claim("other"), ElementsAre(1));
  EXPECT_EQ(desk.generation(1), old + 1);
  desk.wait(seconds(4));
  desk.say(TaskFinished{"w", 1, old});
  EXPECT_EQ(desk.state(1), TaskState::kLeased);
  EXPECT_EQ(desk.progress(1).worker, "other");
  desk.finish("other", 1);
  EXPECT_EQ(desk.state(1), TaskState::kDone);
  EXPECT_EQ(desk.core().counts().fenced, 1U);
  EXPECT_EQ(desk.worker_state("w"), WorkerState::kReady);
  EXPECT_THAT(desk.said<KillWorker>(), IsEmpty());
}

TEST(Leases, ADuplicateResultIsAcceptedOnce) {
  OneWorker desk;
  desk.claim("w");
  desk.finish("w", 1);
  desk.finish("w", 1);
  EXPECT_THAT(desk.events(WorkEventKind::kTaskCompleted), SizeIs(1));
  EXPECT_THAT(desk.said<ResultFenced>(), SizeIs(1));
}

TEST(Leases, AnEndedWorkersResultIsFencedToo) {
  OneWorker desk;
  desk.claim("w");
  desk.crash("w");
  desk.finish("w", 1);
  EXPECT_EQ(desk.state(1), TaskState::kReady);
  EXPECT_THAT(desk.said<ResultFenced>(), SizeIs(1));
  EXPECT_THAT(desk.said<RegistrationWanted>(), SizeIs(1));
}

TEST(Leases, ALeaseThatNeverArrivedIsTakenBackWhenItsWorkerClaimsAgain) {
  OneWorker desk;
  desk.claim("w");
  desk.wait(seconds(2));
  EXPECT_THAT(desk.claim("w"), IsEmpty());  // may have crossed the grant
  EXPECT_EQ(desk.state(1), TaskState::kLeased);
  desk.wait(seconds(5));
  EXPECT_THAT(desk.claim("w"), ElementsAre(1));
  EXPECT_EQ(desk.generation(1), 2U);
  EXPECT_EQ(desk.events(WorkEventKind::kLeaseExpired).at(0).reason, "grant_lost");
}

TEST(Leases, ARevokedLeaseIsToldAgainWhenItIsRenewed) {
  OneWorker desk;
  desk.claim("w");
  desk.say(TaskGivenUp{1, "seek"});
  EXPECT_THAT(desk.said<LeaseRevoked>(), SizeIs(1));
  desk.renew("w", 1, 1);
  ASSERT_THAT(desk.said<LeaseRevoked>(), SizeIs(2));
  EXPECT_EQ(desk.said<LeaseRevoked>()[1].reason, "not_held");
}

TEST(Leases, AResultOfAnOlderLeaseOfTheSameWorkerIsFenced) {
  OneWorker desk(1, 2);
  desk.claim("w");
  desk.wait(seconds(15));
  EXPECT_THAT(desk.claim("w"), ElementsAre(1));
  desk.say(TaskFinished{"w", 1, 1});
  EXPECT_EQ(desk.state(1), TaskState::kLeased);
  desk.say(TaskFinished{"w", 1, 2});
  EXPECT_EQ(desk.state(1), TaskState::kDone);
}

}  // namespace
}  // namespace subtide::work
