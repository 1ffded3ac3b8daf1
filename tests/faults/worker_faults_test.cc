// Workers and engines that die in the middle: nothing accepted is lost.
#include "tests/faults/faults_fixture.h"

namespace subtide {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Faults : public FaultsTest {};

TEST_F(Faults, WorkersGiveTheSameFilesAsLanes) {
  const auto result = run(talk("out", {"--workers", "2"}), with_state());
  ASSERT_TRUE(result.succeeded()) << result.summary();
  const std::string plain = undisturbed();
  EXPECT_EQ(without_model(read("out/talk.en.json")), without_model(plain));
  EXPECT_THAT(broken("out/talk.en.json", plain), IsEmpty());
}

TEST_F(Faults, KilledWorkersCostNoWord) {
  const auto seed = std::random_device()();
  std::mt19937 random(seed);
  RunningProgram program(command(talk("out", {"--workers", "3"}, 0.1)), with_state());
  int killed = 0;
  while (!program.ends_within(milliseconds(400))) {
    const auto workers = workers_of(program.pid());
    if (workers.empty()) continue;
    ::kill(workers[random() % workers.size()], SIGKILL);
    ++killed;
  }
  const auto result = program.wait(milliseconds(1000));
  ASSERT_TRUE(result.succeeded()) << "seed " << seed << ": " << result.summary();
  const std::string plain = undisturbed();
  EXPECT_EQ(without_model(read("out/talk.en.json")), without_model(plain));
  EXPECT_THAT(broken("out/talk.en.json", plain), IsEmpty());
  EXPECT_GT(killed, 3);
  std::printf("%d workers killed, no gap, seed %u\n", killed, seed);
}

TEST_F(Faults, AKilledEngineGoesOnWhereItWasAndLeavesNoWorkerBehind) {
  RunningProgram program(command(talk("out", {"--workers", "2"}, 0.1)), with_state());
  EXPECT_FALSE(program.ends_within(milliseconds(2500)));
  const auto workers = workers_of(program.pid());
  EXPECT_FALSE(workers.empty());
  program.send_signal(SIGKILL);
  program.wait(milliseconds(5000));
  const auto again = run(talk("out", {"--workers", "2"}, 0.1), with_state());
  ASSERT_TRUE(again.succeeded()) << again.summary();
  EXPECT_THAT(again.err, testing::ContainsRegex("[0-9]+ of [0-9]+ results were there"));
  const std::string plain = undisturbed();
  EXPECT_EQ(without_model(read("out/talk.en.json")), without_model(plain));
  EXPECT_THAT(broken("out/talk.en.json", plain), IsEmpty());
  for (const pid_t pid : workers) EXPECT_FALSE(is_running(pid)) << "worker " << pid << " lives on";
}

TEST_F(Faults, AFinishedJobIsNotDoneAgainAndFreshDoesItAnew) {
  const auto how = with_state();
  ASSERT_TRUE(run(talk("out", {}), how).succeeded());
  const auto again = run(talk("again", {}), how);
  ASSERT_TRUE(again.succeeded());
  EXPECT_THAT(again.err, HasSubstr("recognised before"));
  EXPECT_EQ(read("out/talk.en.json"), read("again/talk.en.json"));
  const auto fresh = run(talk("fresh", {"--fresh"}), how);
  ASSERT_TRUE(fresh.succeeded());
  EXPECT_THAT(fresh.err, testing::Not(HasSubstr("results were there")));
  EXPECT_THAT(broken("fresh/talk.en.json", undisturbed()), IsEmpty());
}

TEST_F(Faults, AWindowThatCrashesEveryWorkerIsAGapAndADeadLetterThatCanBeRetried) {
  const std::string poison = R"(, "troubles": [{"fault": "crash", "at": 49}])";
  const auto how = with_state();
  const auto poisoned = run(talk("out", {"--workers", "2"}, 0, poison), how);
  EXPECT_EQ(poisoned.exit_code, 3) << poisoned.summary();
  const auto gaps = sidecar("out/talk.en.json").footer.gaps;
  ASSERT_EQ(gaps.size(), 1U);
  EXPECT_TRUE(gaps[0].span.contains(std::chrono::seconds(49)));

  const std::string plain = undisturbed();
  EXPECT_THAT(broken("out/talk.en.json", plain), IsEmpty());

  const auto listed = run({"dlq", "list"}, how);
  ASSERT_TRUE(listed.succeeded()) << listed.summary();
  EXPECT_THAT(listed.out, HasSubstr("poison"));
  const std::string id = listed.out.substr(0, listed.out.find(' '));
  const auto shown = run({"dlq", "show", id}, how);
  EXPECT_THAT(shown.out, HasSubstr("reason    poison"));

  const auto retried = run({"dlq", "retry", id, "--recognizer", "fake:"}, how);
  ASSERT_TRUE(retried.succeeded()) << retried.summary();
  EXPECT_THAT(run({"dlq", "list"}, how).out, IsEmpty());
  EXPECT_THAT(sidecar("out/talk.en.json").footer.gaps, IsEmpty());
  EXPECT_THAT(broken("out/talk.en.json", plain), IsEmpty());
}

TEST_F(Faults, EventsAreKeptAndToldFromTheFirst) {
  RunningProgram program(command(talk("out", {"--workers", "1"}, 0.05)), with_state());
  EXPECT_FALSE(program.ends_within(milliseconds(1000)));
  const auto tail = run({"events", "tail", "--from", "1", "--json"}, with_state());
  program.wait(milliseconds(60'000));
  ASSERT_TRUE(tail.succeeded()) << tail.summary();
  std::vector<std::string> names;
  std::istringstream lines(tail.out);
  std::map<std::string, std::uint64_t> last;
  for (std::string line; std::getline(lines, line);) {
    const auto event = nlohmann::json::parse(line);
    const std::string type = event.at("type");
    names.push_back(type);
    if (!event.contains("sequence")) continue;
    const std::string name = type.substr(std::string("io.subtide.").size());
    const std::string family = name.substr(0, name.find('.'));
    const std::uint64_t sequence = std::stoull(event.at("sequence").get<std::string>());
    auto& before = last[event.at("source").get<std::string>() + family];
    EXPECT_EQ(sequence, before + 1) << type;
    before = sequence;
  }
  EXPECT_THAT(names, testing::Contains("io.subtide.job.accepted.v1"));
  EXPECT_THAT(names, testing::Contains("io.subtide.task.completed.v1"));
  EXPECT_THAT(names, testing::Contains("io.subtide.job.completed.v1"));
  EXPECT_THAT(broken("out/talk.en.json", undisturbed()), IsEmpty());
}

TEST_F(Faults, SchemasAreListedAndShown) {
  const auto listed = run({"events", "schema"});
  ASSERT_TRUE(listed.succeeded());
  EXPECT_THAT(listed.out, HasSubstr("cue.emitted.v1"));
  const auto shown = run({"events", "schema", "cue.emitted"});
  ASSERT_TRUE(shown.succeeded());
  EXPECT_TRUE(nlohmann::json::parse(shown.out).is_object());
  EXPECT_EQ(run({"events", "schema", "no.such"}).exit_code, 2);
}

TEST_F(Faults, TheCacheSaysWhatItHoldsAndGivesItUp) {
  const auto how = with_state();
  ASSERT_TRUE(run(talk("out", {"--workers", "1"}), how).succeeded());
  EXPECT_THAT(run({"cache", "show"}, how).out, HasSubstr("results"));
  const auto trimmed = run({"cache", "trim", "--most-mib", "0"}, how);
  ASSERT_TRUE(trimmed.succeeded()) << trimmed.summary();
  EXPECT_THAT(trimmed.out, testing::ContainsRegex("removed +[1-9][0-9]* results"));
  EXPECT_THAT(run({"cache", "show"}, how).out, testing::ContainsRegex("results +0 "));
  EXPECT_EQ(run({"cache", "trim"}, how).exit_code, 2);
}

}  // namespace
}  // namespace subtide
