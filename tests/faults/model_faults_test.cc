// Models that fail, hang back, or talk nonsense: each ends in a stated class, and what the others
// wrote stands.
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <filesystem>

#include "tests/app/program_fixture.h"
#include "tests/faults/watched_run.h"
#include "tests/support/sanitized.h"

namespace subtide {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

class ModelFaults : public ProgramTest {
 protected:
  /// `loud` seconds of sound `times` times, each with a second of silence behind it.
  void make_sound(int times, double loud) const {
    std::vector<SoundPart> parts;
    for (int i = 0; i < times; ++i) {
      parts.push_back({loud, true});
      parts.push_back({1, false});
    }
    write_sound(path("talk.wav"), parts);
  }

  Words command(const std::string& output, const std::string& recognizer, const Words& more) const {
    Words words = {built_program("subtide").string(),
                   "subtitle",
                   "talk.wav",
                   "--detector",
                   "fake:",
                   "--recognizer",
                   recognizer,
                   "--language",
                   "en",
                   "--formats",
                   "json",
                   "-o",
                   output};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }

  /// State of its own: what a run keeps is for those that name the same `state`.
  ProgramOptions with_state(const std::string& state) const {
    ProgramOptions how = options();
    how.environment["SUBTIDE_STATE"] = path(state).string();
    return how;
  }

  WatchedRun run_with(const std::string& output, const std::string& recognizer,
                      const Words& more = {}) const {
    return run_watched(command(output, recognizer, more), with_state("state-" + output));
  }

  std::vector<std::string> words_of(const std::string& output) const {
    std::vector<std::string> words;
    for (const Cue& cue : sidecar(output + "/talk.en.json").cues) {
      for (const std::string& line : cue.lines) {
        std::istringstream text(line);
        for (std::string word; text >> word;) words.push_back(word);
      }
    }
    return words;
  }

  std::vector<Gap> gaps_of(const std::string& output) const {
    return sidecar(output + "/talk.en.json").footer.gaps;
  }

  static std::vector<nlohmann::json> events_named(const std::string& out, const std::string& name) {
    std::vector<nlohmann::json> found;
    for (const auto& event : json_lines(out)) {
      if (event.at("type") == "io.subtide." + name + ".v1") found.push_back(event.at("data"));
    }
    return found;
  }
};

/// One thing that goes wrong in the window around 12 s, and what is to come of it.
struct Trouble {
  const char* name;
  const char* json;
  const char* reason;  ///< of the gap; empty: there is none
};

constexpr Trouble kTroubles[] = {
    {"timeout", R"("fault": "fail", "code": "deadline")", "recognizer_timeout"},
    {"failure", R"("fault": "fail", "code": "internal")", "recognizer_failed"},
    {"loop", R"("fault": "loop")", "output_loop"},
    {"bytes", R"("fault": "bytes")", "output_not_text"},
    {"empty", R"("fault": "empty")", "output_empty"},
    {"huge", R"("fault": "huge")", "output_too_dense"},
    {"language", R"("fault": "language")", "output_wrong_language"},
    {"once", R"("fault": "loop", "attempts": 1)", ""},
    {"slow", R"("fault": "slow", "delay": 2)", ""},
};

class F8 : public ModelFaults, public testing::WithParamInterface<int> {};

TEST_P(F8, EachTroubleEndsInItsClassAndCostsOnlyItsWindow) {
  make_sound(6, 3.4);
  const Words more = GetParam() == 0 ? Words{} : Words{"--workers", std::to_string(GetParam())};
  ASSERT_TRUE(run_with("well", R"(fake:{"max_window": 4})", more).result.succeeded());
  const auto all = words_of("well");
  for (const Trouble& trouble : kTroubles) {
    SCOPED_TRACE(trouble.name);
    const auto run = run_with(
        trouble.name,
        fmt::format(R"(fake:{{"max_window": 4, "troubles": [{{"at": 12, {}}}]}})", trouble.json),
        more);
    const bool has_gap = *trouble.reason != '\0';
    EXPECT_EQ(run.result.exit_code, has_gap ? 3 : 0) << run.result.summary();
    const auto gaps = gaps_of(trouble.name);
    const auto words = words_of(trouble.name);
    ASSERT_EQ(gaps.size(), has_gap ? 1U : 0U);
    if (!has_gap) {
      EXPECT_EQ(words, all);
      continue;
    }
    EXPECT_EQ(gaps[0].reason, trouble.reason);
    EXPECT_LE(gaps[0].span.duration(), seconds(5));
    for (const std::string& word : all) {
      const MediaTime said = seconds(std::stoi(word.substr(1)));
      const bool is_lost = gaps[0].span.begin - seconds(1) < said && said < gaps[0].span.end;
      EXPECT_TRUE(is_lost || std::ranges::count(words, word) == 1) << word;
    }
  }
}

TEST_P(F8, TenMegabytesAtEachWindowDoNotGrowTheEngine) {
  make_sound(6, 3.4);
  const Words more = GetParam() == 0 ? Words{} : Words{"--workers", std::to_string(GetParam())};
  const auto plain = run_with("well", R"(fake:{"max_window": 4})", more);
  const auto huge =
      run_with("huge", R"(fake:{"max_window": 4, "troubles": [{"fault": "huge"}]})", more);
  EXPECT_EQ(huge.result.exit_code, 3) << huge.result.summary();
  EXPECT_EQ(gaps_of("huge").size(), 6U);
  EXPECT_LT(huge.peak - plain.peak, kIsSanitized ? 300 : 50);
  std::printf("F8, %d workers: 10 MB at each window, engine %.0f MiB, without %.0f MiB\n",
              GetParam(), huge.peak, plain.peak);
}

TEST_P(F8, GarbageIsNotKeptAndNotAskedForAgain) {
  make_sound(6, 3.4);
  const Words more = GetParam() == 0 ? Words{} : Words{"--workers", std::to_string(GetParam())};
  const std::string huge = R"(fake:{"max_window": 4, "troubles": [{"fault": "huge"}]})";
  const auto how = with_state("kept");
  ASSERT_EQ(run_program(command("first", huge, more), how).exit_code, 3);
  const auto again = run_program(command("again", huge, more), how);
  EXPECT_EQ(again.exit_code, 3);
  EXPECT_THAT(again.err, HasSubstr("all of its speech was recognised before"));
  EXPECT_EQ(gaps_of("first"), gaps_of("again"));
  EXPECT_LT(std::filesystem::file_size(path("kept/store/effects.db")), 1U << 20U);
}

INSTANTIATE_TEST_SUITE_P(Workers, F8, testing::Values(0, 1),
                         [](const auto& workers) { return workers.param == 0 ? "None" : "One"; });

TEST_F(ModelFaults, ALesserRungDoesTheWorkAndIsNamedAtTheEnd) {
  make_sound(15, 1.4);
  const std::string ladder =
      R"(fake:{"name": "a", "max_window": 2, "troubles": [{"fault": "fail"}]},)"
      R"(fake:{"name": "b", "max_window": 2})";
  const auto here = run_with("here", ladder, {"--json"});
  ASSERT_TRUE(here.result.succeeded()) << here.result.summary();
  EXPECT_THAT(here.result.err, HasSubstr("fake:b wrote 15 of 15 windows"));
  EXPECT_THAT(here.result.err, HasSubstr("fake:b in place of fake:a: fake model: told to fail"));
  const auto entered = events_named(here.result.out, "degrade.entered");
  ASSERT_EQ(entered.size(), 1U);
  EXPECT_EQ(entered[0].at("ladder"), "recognizer");
  EXPECT_EQ(entered[0].at("from"), "fake:a");
  EXPECT_EQ(entered[0].at("to"), "fake:b");
  const auto opened = events_named(here.result.out, "breaker.opened");
  ASSERT_EQ(opened.size(), 1U);
  EXPECT_EQ(opened[0].at("key"), "transcribe/fake:a/cpu");
  EXPECT_EQ(opened[0].at("window"), 10);
  EXPECT_EQ(opened[0].at("failure_rate"), 1.0);
  EXPECT_EQ(opened[0].at("open_for_ms"), 15'000);

  const auto there = run_with("there", ladder, {"--workers", "1"});
  ASSERT_TRUE(there.result.succeeded()) << there.result.summary();
  EXPECT_THAT(there.result.err, HasSubstr("fake:b wrote 15 of 15 windows"));
  EXPECT_EQ(words_of("here"), words_of("there"));
}

TEST_F(ModelFaults, ARungThatWillNotLoadIsAStepDown) {
  make_sound(2, 2);
  const auto run = run_with("out", "whisper:no-such-model,fake:", {"--json"});
  ASSERT_TRUE(run.result.succeeded()) << run.result.summary();
  const auto entered = events_named(run.result.out, "degrade.entered");
  ASSERT_EQ(entered.size(), 1U);
  EXPECT_EQ(entered[0].at("from"), "whisper:no-such-model");
  EXPECT_THAT(run.result.err, HasSubstr("note       fake in place of whisper:no-such-model"));
}

// F9, as users meet it: a model that is away for some seconds and comes back.
TEST_F(ModelFaults, AnOutageCostsTheWindowsThatOpenedTheBreakerAndNoOther) {
  make_sound(60, 1.4);
  write("outage", "now");
  RunningProgram program(
      command("out",
              fmt::format(R"(fake:{{"max_window": 2, "troubles": [{{"fault": "fail", )"
                          R"("while_exists": "{}"}}]}})",
                          path("outage").string()),
              {"--json", "--lanes", "2"}),
      with_state("state"));
  EXPECT_FALSE(program.ends_within(seconds(4)));
  std::filesystem::remove(path("outage"));
  const auto result = program.wait(seconds(100));
  EXPECT_EQ(result.exit_code, 3) << result.summary();
  EXPECT_EQ(events_named(result.out, "breaker.opened").size(), 1U);
  EXPECT_EQ(events_named(result.out, "breaker.half_opened").size(), 1U);
  EXPECT_EQ(events_named(result.out, "breaker.closed").size(), 1U);
  EXPECT_THAT(result.err, HasSubstr("failed too often and was left alone for a while, once"));
  double lost = 0;
  for (const Gap& gap : gaps_of("out")) {
    EXPECT_EQ(gap.reason, "recognizer_failed");
    lost += to_seconds(gap.span.duration());
  }
  EXPECT_LE(lost / 1.4, 14) << "windows";  // ten, and what was under way then

  const auto filled =
      run_program(command("filled", R"(fake:{"max_window": 2})", {}), with_state("state"));
  EXPECT_TRUE(filled.succeeded()) << filled.summary();
  EXPECT_THAT(filled.err, testing::ContainsRegex("(4[6-9]|50) of 60 results were there"));
}

}  // namespace
}  // namespace subtide
