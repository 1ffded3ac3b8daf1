#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "tests/engine/work/work_desk.h"

namespace subtide::work {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::SizeIs;

// F42: with nothing but ticks every state that is not terminal ends.
using Drive = std::function<void(WorkDesk&)>;
struct Held {
  const char* name;
  std::string state;  ///< of task 1, job j or worker w, after the drive
  Drive drive;
};

std::string task_state(const WorkDesk& desk) { return std::string(to_string(desk.state(1))); }
std::string job_state(const WorkDesk& desk) { return std::string(to_string(desk.job_state("j"))); }
std::string worker_state(const WorkDesk& desk) {
  return std::string(to_string(desk.worker_state("w")));
}

void queued(WorkDesk& desk) {
  desk.job("j");
  desk.task(1);
}
void running(WorkDesk& desk) {
  queued(desk);
  desk.worker("w");
  desk.claim("w");
}

void expect_exit(const std::vector<Held>& table, std::string (*state)(const WorkDesk&)) {
  for (const Held& held : table) {
    SCOPED_TRACE(held.name);
    WorkDesk desk;
    held.drive(desk);
    ASSERT_EQ(state(desk), held.state);
    desk.silence("w");
    desk.wait(minutes(40));
    EXPECT_NE(state(desk), held.state);
    EXPECT_EQ(desk.core().counts().tasks, 0U);
    EXPECT_EQ(desk.core().counts().jobs, 0U);
    EXPECT_EQ(desk.core().counts().workers, 0U);
    EXPECT_EQ(desk.core().next_due(), std::nullopt);
  }
}

TEST(TimedExits, EveryTaskStateHasOne) {
  expect_exit({{"ready", "ready", queued},
               {"leased", "leased", running},
               {"retry_wait", "retry_wait",
                [](WorkDesk& desk) {
                  running(desk);
                  desk.fail("w", 1);
                }}},
              task_state);
}

TEST(TimedExits, EveryJobStateHasOne) {
  expect_exit({{"accepted", "accepted", [](WorkDesk& desk) { desk.job("j"); }},
               {"queued", "queued", queued},
               {"running", "running", running},
               {"finalizing", "finalizing",
                [](WorkDesk& desk) {
                  desk.job("j");
                  desk.close("j");
                }},
               {"cancelling", "cancelling",
                [](WorkDesk& desk) {
                  running(desk);
                  desk.say(JobCancelled{"j"});
                }}},
              job_state);
}

TEST(TimedExits, EveryWorkerStateHasOne) {
  expect_exit({{"starting", "starting", [](WorkDesk& desk) { desk.register_worker("w"); }},
               {"loading", "loading",
                [](WorkDesk& desk) {
                  desk.register_worker("w");
                  desk.say(WorkerHeartbeat{"w", true});
                }},
               {"ready", "ready", [](WorkDesk& desk) { desk.worker("w"); }},
               {"busy", "busy", running},
               {"draining", "draining",
                [](WorkDesk& desk) {
                  running(desk);
                  desk.say(WorkerDraining{"w"});
                }},
               {"suspect", "suspect",
                [](WorkDesk& desk) {
                  running(desk);
                  desk.silence("w");
                  desk.wait(seconds(3));
                }},
               {"quarantined", "quarantined",
                [](WorkDesk& desk) {
                  for (int crash = 0; crash < 3; ++crash) {
                    desk.worker("w");
                    desk.crash("w");
                  }
                }}},
              worker_state);
}

// The heart beats on: these must end without the help of silence.
TEST(TimedExits, AWorkerThatBeatsAndDoesNothingElseEndsWhatItHas) {
  for (const bool is_draining : {false, true}) {
    WorkDesk desk;
    running(desk);
    if (is_draining) desk.say(WorkerDraining{"w"});
    desk.wait(minutes(3));
    EXPECT_THAT(desk.said<KillWorker>(), SizeIs(1));
    EXPECT_NE(desk.state(1), TaskState::kLeased);
  }
}

}  // namespace
}  // namespace subtide::work
