// Workers killed, paused, hung, poisoned and starved while they work; and the engine told to end.
#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <optional>
#include <thread>

#include "tests/faults/faults_fixture.h"
#include "tests/faults/work_story.h"
#include "tests/support/sanitized.h"

namespace subtide {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::IsEmpty;

// A worker that is killed as often as it starts does no work; under sanitizers it starts slowly.
constexpr milliseconds kBetweenKills = kIsSanitized ? seconds(5) : seconds(1);
constexpr double kRecovery = kIsSanitized ? 7.5 : 1.5;  // seconds

class WorkerKills : public FaultsTest {
 protected:
  WorkStory story() const { return WorkStory(read_runs(path("state")).back()); }

  void expect_whole(const std::string& plain) const {
    EXPECT_EQ(without_model(read("out/talk.en.json")), without_model(plain));
    EXPECT_THAT(broken("out/talk.en.json", plain), IsEmpty());
  }

  /// Waits until so many results are there.
  void wait_for_results(RunningProgram& program, int count) const {
    while (!program.ends_within(milliseconds(100))) {
      const auto runs = read_runs(path("state"));
      if (!runs.empty() && WorkStory(runs.back()).count("task.completed") >= count) return;
    }
    FAIL() << "it ended too soon: " << program.err();
  }
};

// F1
TEST_F(WorkerKills, AKillEverySecondCostsNoWordAndLittleTime) {
  const int workers = is_long_form() ? 8 : 4;
  const int windows = is_long_form() ? 500 : 200;
  const milliseconds pause = is_long_form() ? 2 * kBetweenKills : kBetweenKills;
  const double delay = is_long_form() ? 0.96 : 0.2;
  make_talk_of(windows);
  const auto seed = std::random_device()();
  std::mt19937 random(seed);
  RunningProgram program(command(talk("out", {"--workers", std::to_string(workers)}, delay)),
                         with_state());
  std::vector<WorkStory::Kill> kills;
  while (!program.ends_within(pause)) {
    const auto pids = workers_of(program.pid());
    if (pids.empty()) continue;
    const pid_t pid = pids[random() % pids.size()];
    kills.push_back({pid, now_ns()});
    ::kill(pid, SIGKILL);
  }
  const auto result = program.wait(seconds(1));
  ASSERT_TRUE(result.succeeded()) << "seed " << seed << ": " << result.summary();
  expect_whole(undisturbed());
  const WorkStory told = story();
  EXPECT_EQ(told.count("task.completed"), windows);
  std::vector<double> recoveries;
  for (const WorkStory::Kill& kill : kills) {
    if (const auto took = told.recovery(kill)) recoveries.push_back(*took);
  }
  ASSERT_THAT(recoveries, testing::Not(IsEmpty())) << "seed " << seed;
  const double p95 = percentile(recoveries, 95);
  EXPECT_LT(p95, kRecovery) << "seed " << seed;
  std::printf(
      "%zu of %d workers killed, %zu with a task: recovery p50 %.3f s, p95 %.3f s, longest %.3f s, "
      "seed %u\n",
      kills.size(), workers, recoveries.size(), percentile(recoveries, 50), p95,
      percentile(recoveries, 100), seed);
}

// F4
TEST_F(WorkerKills, APausedWorkerLosesItsTaskAndItsLateResultIsFencedOnce) {
  make_talk_of(30);
  RunningProgram program(command(talk("out", {"--workers", "2"}, 0.8)), with_state());
  wait_for_results(program, 3);
  const pid_t pid = workers_of(program.pid()).at(0);
  const std::int64_t paused = now_ns();
  ::kill(pid, SIGSTOP);
  EXPECT_FALSE(program.ends_within(seconds(10)));
  ::kill(pid, SIGCONT);
  const auto result = program.wait(seconds(60));
  ASSERT_TRUE(result.succeeded()) << result.summary();
  expect_whole(undisturbed());
  const WorkStory told = story();
  const auto reassigned = told.recovery({pid, paused});
  ASSERT_TRUE(reassigned) << "it had no task";
  EXPECT_LT(*reassigned, 6.0);
  EXPECT_THAT(result.err, HasSubstr("not used: 1\n"));
  EXPECT_EQ(told.count("worker.suspect"), 1);
  EXPECT_EQ(told.count("task.completed"), 30);
  std::printf("paused for 10 s: its task went to another after %.2f s, 1 result fenced\n",
              *reassigned);
}

// F5
TEST_F(WorkerKills, AWorkerThatRenewsWithoutWorkingIsKilledByTheStallLimit) {
  const std::string hang = R"(, "troubles": [{"fault": "hang", "at": 100}])";
  const auto result = run(talk("out", {"--workers", "2"}, 0.05, hang), with_state());
  EXPECT_EQ(result.exit_code, 3) << result.summary();
  EXPECT_EQ(sidecar("out/talk.en.json").footer.gaps.size(), 1U);
  const WorkStory told = story();
  const auto stalls = told.ended_leases("worker_stalled");
  ASSERT_EQ(stalls.size(), 2U) << "on two workers, then it is the task's fault";
  const double longest = *std::ranges::max_element(stalls);
  EXPECT_GT(longest, 9.0);
  EXPECT_LT(longest, 13.0) << "the stall limit is 10 s for short windows";
  EXPECT_EQ(told.count("task.completed"), 59);
  EXPECT_THAT(broken("out/talk.en.json", undisturbed()), IsEmpty());
  std::printf("hung twice with a beating heart: killed after %.2f s and %.2f s\n", stalls[0],
              stalls[1]);
}

// F6
TEST_F(WorkerKills, BusyCoresAreNoReasonToDeclareAWorkerDead) {
  const int length = is_long_form() ? 300 : 15;
  make_talk_of(60);
  std::vector<std::jthread> spinners;
  for (unsigned i = 0; i < 2 * std::thread::hardware_concurrency(); ++i) {
    spinners.emplace_back([](const std::stop_token& stop) {
      std::atomic<std::uint64_t> count = 0;
      while (!stop.stop_requested()) ++count;
    });
  }
  const double delay = 3.0 * length / 60;
  RunningProgram program(command(talk("out", {"--workers", "3"}, delay)), with_state());
  const auto result = program.wait(seconds(10 * length + 60));
  spinners.clear();
  ASSERT_TRUE(result.succeeded()) << result.summary();
  expect_whole(undisturbed());
  const WorkStory told = story();
  EXPECT_EQ(told.count("worker.dead"), 0);
  EXPECT_EQ(told.count("lease.expired"), 0);
  EXPECT_EQ(told.count("worker.quarantined"), 0);
  std::printf("all cores busy for %.0f s: 0 false deaths, %d times suspected\n", told.length(),
              told.count("worker.suspect"));
}

// F7
TEST_F(WorkerKills, APoisonedWindowTakesNoOtherWithItAndNoWorkerIsBlamed) {
  make_talk_of(100);
  const std::string poison = R"(, "troubles": [{"fault": "crash", "at": 100}])";
  const auto result = run(talk("out", {"--workers", "3"}, 0.02, poison), with_state());
  EXPECT_EQ(result.exit_code, 3) << result.summary();
  EXPECT_EQ(sidecar("out/talk.en.json").footer.gaps.size(), 1U);
  const WorkStory told = story();
  EXPECT_EQ(told.count("task.completed"), 99);
  EXPECT_EQ(told.count("task.dead"), 1);
  EXPECT_EQ(told.count("worker.quarantined"), 0);
  const auto crashes = told.ended_leases("worker_crashed").size();
  EXPECT_GE(crashes, 2U);
  EXPECT_LE(crashes, 4U);
  EXPECT_THAT(broken("out/talk.en.json", undisturbed()), IsEmpty());
  std::printf("a poisoned window: dead after %zu crashes, 99 of 100 done, none quarantined\n",
              crashes);
}

// F27, batch
TEST_F(WorkerKills, AnEngineToldToEndFinishesWhatIsLeasedAndTheNextRunGoesOn) {
  RunningProgram program(command(talk("out", {"--workers", "2"}, 0.5)), with_state());
  wait_for_results(program, 6);
  const std::int64_t asked = now_ns();
  program.send_signal(SIGTERM);
  const auto ended = program.wait(seconds(40));
  const double took = static_cast<double>(now_ns() - asked) / 1e9;
  EXPECT_EQ(ended.exit_code, 130) << ended.summary();
  EXPECT_LT(took, 30.0);
  const WorkStory first = story();
  const int done = first.count("task.completed");
  const int late = first.count_after("task.completed", asked);
  EXPECT_GT(late, 0) << "what was leased was not finished";
  EXPECT_LE(first.count_after("task.leased", asked + 200'000'000), 0) << "it gave out new leases";
  EXPECT_EQ(first.count("lease.expired"), 0);
  const auto again = run(talk("out", {"--workers", "2"}), with_state());
  ASSERT_TRUE(again.succeeded()) << again.summary();
  EXPECT_THAT(again.err, HasSubstr(fmt::format("{} of 60 results were there", done)));
  expect_whole(undisturbed());
  std::printf("SIGTERM under load: out after %.2f s, %d leases finished, %d of 60 done, no gap\n",
              took, late, done);
}

// F27: what takes too long is given back.
TEST_F(WorkerKills, AnEngineToldToEndWaitsTwentyFiveSecondsAtMost) {
  if (!is_long_form()) GTEST_SKIP() << "takes half a minute: run it with SUBTIDE_LONG=1";
  const std::string slow = R"(, "troubles": [{"fault": "language", "at": 20, "delay": 90}])";
  RunningProgram program(command(talk("out", {"--workers", "2"}, 0.5, slow)), with_state());
  wait_for_results(program, 30);
  const std::int64_t asked = now_ns();
  program.send_signal(SIGTERM);
  const auto ended = program.wait(seconds(60));
  const double took = static_cast<double>(now_ns() - asked) / 1e9;
  EXPECT_EQ(ended.exit_code, 130) << ended.summary();
  EXPECT_THAT(ended.err, HasSubstr("1 of them are left for the next run"));
  EXPECT_GT(took, 24.0);
  EXPECT_LT(took, 30.0);
  EXPECT_THAT(story().ended_leases("stopped"), testing::SizeIs(1));
  const auto again = run(talk("out", {"--workers", "2"}), with_state());
  ASSERT_TRUE(again.succeeded()) << again.summary();
  expect_whole(undisturbed());
  std::printf("SIGTERM with a window of 90 s: out after %.2f s, 1 lease given back\n", took);
}

TEST_F(WorkerKills, AWorkerToldToEndFinishesWhatItHas) {
  RunningProgram program(command(talk("out", {"--workers", "2"}, 0.3)), with_state());
  wait_for_results(program, 5);
  const pid_t pid = workers_of(program.pid()).at(0);
  ::kill(pid, SIGTERM);
  const auto result = program.wait(seconds(60));
  ASSERT_TRUE(result.succeeded()) << result.summary();
  const WorkStory told = story();
  EXPECT_GE(told.count("worker.draining"), 1);
  EXPECT_GE(told.count("worker.stopped"), 1);
  EXPECT_EQ(told.count("lease.expired"), 0) << "it left its task behind";
  EXPECT_EQ(told.count("worker.registered"), 3) << "another took its place";
  expect_whole(undisturbed());
}

TEST_F(WorkerKills, KilledTranslatorsCostNoWord) {
  make_talk_of(40);
  const Words languages = {"--translate", "es,it", "--translator", R"(fake:{"delay": 0.1})"};
  Words plain = talk("plain", {"--translate", "es,it", "--translator", "fake:"});
  ASSERT_TRUE(run(plain).succeeded());
  Words words = talk("out", {"--workers", "1"}, 0.05);
  words.insert(words.end(), languages.begin(), languages.end());
  RunningProgram program(command(words), with_state());
  int killed = 0;
  while (!program.ends_within(kBetweenKills)) {
    for (const pid_t pid : workers_of(program.pid())) {
      const auto shown = run_program({"ps", "-o", "args=", "-p", std::to_string(pid)});
      if (shown.out.find("--stage translate") == std::string::npos) continue;
      ::kill(pid, SIGKILL);
      ++killed;
    }
  }
  const auto result = program.wait(seconds(1));
  ASSERT_TRUE(result.succeeded()) << result.summary();
  for (const char* name : {"talk.en.json", "talk.es.json", "talk.it.json"}) {
    EXPECT_EQ(without_model(read(fmt::format("out/{}", name))),
              without_model(read(fmt::format("plain/{}", name))));
  }
  EXPECT_THAT(broken("out/talk.en.json", read("plain/talk.en.json")), IsEmpty());
  const auto languages_of = story().values("worker.registered", "models");
  EXPECT_THAT(languages_of, testing::Contains(HasSubstr("auto>es")));
  EXPECT_THAT(languages_of, testing::Contains(HasSubstr("auto>it")));
  EXPECT_GE(killed, 2);
  std::printf("%d translators killed, no gap in two languages\n", killed);
}

// F7, for sentences
TEST_F(WorkerKills, ASentenceThatCrashesEveryTranslatorIsAGapThatCanBeFilled) {
  make_talk_of(10);
  const Words words = talk("out", {"--workers", "1", "--translate", "es", "--translator",
                                   R"(fake:{"troubles": [{"fault": "crash", "text": "s7h"}]})"});
  const auto result = run(words, with_state());
  EXPECT_EQ(result.exit_code, 3) << result.summary();
  EXPECT_EQ(sidecar("out/talk.es.json").footer.gaps.size(), 1U);
  EXPECT_THAT(sidecar("out/talk.en.json").footer.gaps, IsEmpty());
  EXPECT_GE(story().count("task.dead"), 1);
  const auto retried = run({"dlq", "retry", "--all", "--translator", "fake:"}, with_state());
  EXPECT_TRUE(retried.succeeded()) << retried.summary();
  EXPECT_THAT(run({"dlq", "list"}, with_state()).out, IsEmpty());
  EXPECT_THAT(sidecar("out/talk.es.json").footer.gaps, IsEmpty()) << retried.summary();
}

}  // namespace
}  // namespace subtide
