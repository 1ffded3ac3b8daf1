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

/// One whose stall limit is ten seconds from the first run on.
WorkLimits quick_limits() {
  WorkLimits limits;
  limits.first_runs = seconds(10);
  return limits;
}

TEST(Stalls, AHeartbeatWithoutWorkIsKilledWithinTheStallLimit) {
  OneWorker desk;
  for (TaskId id = 2; id <= 21; ++id) desk.task(id);
  for (int run = 0; run < 20; ++run) {  // until the run time is known
    const TaskId task = desk.claim("w").at(0);
    desk.wait(milliseconds(500));
    desk.finish("w", task);
  }
  const TaskId stuck = desk.claim("w").at(0);
  desk.wait(seconds(5));
  desk.renew("w", stuck, 7);
  desk.wait(seconds(5));
  desk.renew("w", stuck, 7);
  EXPECT_THAT(desk.said<KillWorker>(), IsEmpty());
  desk.wait(milliseconds(5'100));
  const auto killed = desk.said<KillWorker>();
  ASSERT_THAT(killed, SizeIs(1));
  EXPECT_EQ(killed[0].worker, "w");
  EXPECT_EQ(killed[0].boot, desk.boot());
  EXPECT_EQ(killed[0].reason, "worker_stalled");
  EXPECT_TRUE(killed[0].is_ours);
  EXPECT_EQ(desk.state(stuck), TaskState::kReady);
  EXPECT_EQ(desk.worker_state("w"), WorkerState::kDead);
}

TEST(Stalls, ARenewalAloneIsNoProgress) {
  OneWorker desk(21);
  for (int run = 0; run < 20; ++run) desk.finish("w", desk.claim("w").at(0));
  desk.claim("w");
  desk.wait(seconds(5));
  desk.renew("w", 21, 0);
  desk.wait(milliseconds(5'100));
  EXPECT_THAT(desk.said<KillWorker>(), SizeIs(1));
}

TEST(Stalls, ATaskThatIsTriedAloneTakesNoLongerThanOthersOfItsKind) {
  OneWorker desk(21);
  for (int run = 0; run < 20; ++run) desk.finish("w", desk.claim("w").at(0));
  EXPECT_THAT(desk.claim("w"), ElementsAre(21));
  desk.wait(milliseconds(10'100));
  EXPECT_THAT(desk.said<KillWorker>(), SizeIs(1));
  desk.worker("x");
  EXPECT_THAT(desk.claim("x"), ElementsAre(21));
  desk.wait(milliseconds(10'100));
  EXPECT_THAT(desk.said<KillWorker>(), SizeIs(2))
      << "its first run alone has a limit like the rest";
}

TEST(Stalls, AStallWithoutAnyRenewalIsSeenToo) {
  OneWorker desk(21);
  for (int run = 0; run < 20; ++run) desk.finish("w", desk.claim("w").at(0));
  desk.claim("w");
  desk.wait(milliseconds(10'100));
  EXPECT_THAT(desk.said<KillWorker>(), SizeIs(1));
}

TEST(Stalls, SlowWorkHasThreeTimesItsUsualTime) {
  OneWorker desk(21);
  for (int run = 0; run < 20; ++run) {
    const TaskId task = desk.claim("w").at(0);
    for (std::uint64_t beat = 1; beat <= 4; ++beat) {
      desk.wait(seconds(5));
      desk.renew("w", task, beat);
    }
    desk.finish("w", task);
  }
  const TaskId stuck = desk.claim("w").at(0);
  for (int beat = 0; beat < 11; ++beat) {
    desk.wait(seconds(5));
    desk.renew("w", stuck, 1);
  }
  EXPECT_THAT(desk.said<KillWorker>(), IsEmpty());  // 55 s; the one change was after 5 s
  desk.wait(milliseconds(10'100));
  EXPECT_THAT(desk.said<KillWorker>(), SizeIs(1));
}

TEST(Stalls, AWorkerThatHangsInATaskNobodyWantsIsKilledToo) {
  OneWorker desk(1);
  desk.task(2, "j", seconds(4));
  desk.claim("w");  // the live one
  desk.wait(seconds(4));
  EXPECT_EQ(desk.state(2), TaskState::kSkipped);
  EXPECT_EQ(desk.said<LeaseRevoked>().at(0).reason, "deadline");
  EXPECT_THAT(desk.said<KillWorker>(), IsEmpty());
  desk.wait(milliseconds(6'100));
  EXPECT_THAT(desk.said<KillWorker>(), SizeIs(1));
}

TEST(Stalls, AWorkerThatLetGoOfARevokedTaskLivesOn) {
  OneWorker desk(1);
  desk.task(2, "j", seconds(4));
  desk.claim("w");
  desk.wait(seconds(4));
  EXPECT_THAT(desk.claim("w"), ElementsAre(1));  // a claim says as much
  desk.wait(seconds(12));
  EXPECT_THAT(desk.said<KillWorker>(), IsEmpty());
}

TEST(Stalls, SilenceIsNotTakenForAStallAndAStallNotForgottenOverIt) {
  WorkDesk desk(quick_limits());
  desk.job("j");
  desk.task(1);
  desk.worker("w");
  desk.claim("w");
  desk.wait(milliseconds(6'500));
  desk.renew("w", 1, 0);
  desk.wait(milliseconds(100));
  desk.silence("w");
  desk.wait(milliseconds(4'400));  // suspect when the ten seconds are over, counted from progress
  desk.renew("w", 1, 0);
  EXPECT_EQ(desk.worker_state("w"), WorkerState::kBusy);
  EXPECT_THAT(desk.said<KillWorker>(), IsEmpty());
  for (int beat = 0; beat < 8; ++beat) {
    desk.wait(seconds(1));
    desk.renew("w", 1, 0);
  }
  EXPECT_EQ(desk.said<KillWorker>().at(0).reason, "worker_stalled");
}

TEST(Stalls, EndlessProgressHasAnEnd) {
  OneWorker desk;
  desk.claim("w");
  for (std::uint64_t beat = 1; beat <= 361; ++beat) {
    desk.wait(seconds(5));
    desk.renew("w", 1, beat);
  }
  EXPECT_THAT(desk.said<KillWorker>(), SizeIs(1));
}

TEST(Stalls, AWorkerThatIsSilentIsNotAStalledOne) {
  WorkDesk desk(quick_limits());
  desk.job("j");
  desk.task(1);
  desk.worker("w");
  desk.claim("w");
  desk.silence("w");
  desk.wait(seconds(29));
  EXPECT_THAT(desk.said<KillWorker>(), IsEmpty());
}

TEST(Stalls, AWorkerThatComesBackOnlyToHangIsKilled) {
  WorkDesk desk(quick_limits());
  desk.job("j");
  desk.task(1);
  desk.worker("w");
  desk.claim("w");
  desk.silence("w");
  desk.wait(seconds(8));
  for (int beat = 0; beat < 11; ++beat) {
    desk.say(WorkerHeartbeat{"w", false});
    desk.wait(seconds(1));
  }
  EXPECT_EQ(desk.said<KillWorker>().at(0).reason, "worker_stalled");
}

}  // namespace
}  // namespace subtide::work
