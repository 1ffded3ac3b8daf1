// `subtide subtitle` on subtitle files: no media, no models but the fake translator.
#include "tests/app/program_fixture.h"

namespace subtide {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kTalk =
    "1\n00:00:01,000 --> 00:00:03,000\nThe president will sign\nthe new budget.\n\n"
    "2\n00:00:04,000 --> 00:00:06,500\nThe weather will be cold.\n\n";

class SubtitleFiles : public ProgramTest {
 protected:
  void SetUp() override { write("talk.en.srt", kTalk); }
};

TEST_F(SubtitleFiles, ConvertBetweenAllFormatsWithoutLosingTextOrTime) {
  const Words formats = {"srt", "vtt", "ttml", "ass", "json"};
  ASSERT_TRUE(run({"subtitle", "talk.en.srt", "-o", "first", "--formats", "srt,vtt,ttml,ass,json"})
                  .succeeded());
  for (const auto& from : formats) {
    const std::string input = "first/talk.en." + from;
    const auto result =
        run({"subtitle", input, "-o", "from_" + from, "--formats", "srt,vtt,ttml,ass,json"});
    ASSERT_TRUE(result.succeeded()) << input << ": " << result.summary();
    for (const auto& to : formats) {
      const auto cues = sidecar("from_" + from + "/talk.en." + to).cues;
      ASSERT_EQ(cues.size(), 2U) << from << " to " << to;
      EXPECT_THAT(cues[0].lines, ElementsAre("The president will sign", "the new budget."));
      EXPECT_EQ(cues[0].span, (TimeSpan{std::chrono::seconds(1), std::chrono::seconds(3)}));
      EXPECT_EQ(cues[1].span.end, std::chrono::milliseconds(6500));
    }
  }
}

TEST_F(SubtitleFiles, MoveInTimeAndLeaveOutWhatEndsBeforeZero) {
  ASSERT_TRUE(
      run({"subtitle", "talk.en.srt", "--formats", "vtt", "--time-offset", "-3.5"}).succeeded());
  const auto cues = sidecar("talk.en.vtt").cues;
  ASSERT_EQ(cues.size(), 1U);
  EXPECT_EQ(cues[0].span.begin, std::chrono::milliseconds(500));
  EXPECT_EQ(cues[0].span.end, std::chrono::seconds(3));
}

TEST_F(SubtitleFiles, AreCutToAStretch) {
  ASSERT_TRUE(
      run({"subtitle", "talk.en.srt", "--formats", "vtt", "--start", "2", "--duration", "1.5"})
          .succeeded());
  const auto cues = sidecar("talk.en.vtt").cues;
  ASSERT_EQ(cues.size(), 1U);
  EXPECT_EQ(cues[0].span, (TimeSpan{std::chrono::seconds(2), std::chrono::seconds(3)}));
}

TEST_F(SubtitleFiles, AreLaidOutAnewByTheRules) {
  write("long.en.srt",
        "1\n00:00:01,000 --> 00:00:09,000\nThis line is far longer than any rule for subtitles "
        "allows, because somebody wrote the whole sentence down as one.\n\n");
  ASSERT_TRUE(run({"subtitle", "long.en.srt", "--formats", "vtt", "--relayout"}).succeeded());
  const auto cues = sidecar("long.en.vtt").cues;
  EXPECT_GE(cues.size(), 2U);
  for (const auto& cue : cues) {
    EXPECT_LE(cue.lines.size(), 2U);
    for (const auto& line : cue.lines) EXPECT_LE(line.size(), 42U) << line;
  }
  EXPECT_EQ(
      all_text(cues),
      "This line is far longer than any rule for subtitles allows, because somebody wrote the "
      "whole sentence down as one.");
}

TEST_F(SubtitleFiles, AreTranslatedOnTheSameTimes) {
  const auto result = run({"subtitle", "talk.en.srt", "--formats", "vtt", "--translate", "es,it",
                           "--translator", "fake:"});
  ASSERT_TRUE(result.succeeded()) << result.summary();
  const auto spanish = sidecar("talk.es.vtt").cues;
  EXPECT_THAT(all_text(spanish), HasSubstr("[es] The president will sign the new budget."));
  // The layout may begin a cue up to half a second early where reading needs it.
  EXPECT_LE(spanish.front().span.begin, std::chrono::seconds(1));
  EXPECT_GE(spanish.front().span.begin, std::chrono::milliseconds(500));
  EXPECT_THAT(all_text(sidecar("talk.it.vtt").cues), HasSubstr("[it] The weather will be cold."));
  EXPECT_EQ(sidecar("talk.en.vtt").cues.size(), 2U);
}

TEST_F(SubtitleFiles, TranslatorThatFailsLeavesTheOtherFilesAndExitsDegraded) {
  const auto result =
      run({"subtitle", "talk.en.srt", "--formats", "vtt", "--translate", "es", "--translator",
           R"(fake:{"troubles":[{"fault":"fail","text":"weather"}]})"});
  EXPECT_EQ(result.exit_code, 3) << result.summary();
  EXPECT_EQ(sidecar("talk.en.vtt").cues.size(), 2U);
  const auto spanish = all_text(sidecar("talk.es.vtt").cues);
  EXPECT_THAT(spanish, HasSubstr("[es] The president"));
  EXPECT_THAT(spanish, Not(HasSubstr("weather")));
  EXPECT_THAT(result.err, AllOf(HasSubstr("missing"), HasSubstr("weather")));
}

TEST_F(SubtitleFiles, KeepTheInputItselfAsItIs) {
  const auto result =
      run({"subtitle", "talk.en.srt", "--formats", "srt", "--time-offset", "1", "--force"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(read("talk.en.srt"), kTalk);
  const auto same = run({"subtitle", "talk.en.srt", "--formats", "srt", "--force"});
  EXPECT_EQ(same.exit_code, 1);
  EXPECT_THAT(same.err, HasSubstr("nothing to do"));
}

TEST_F(SubtitleFiles, WithoutAKnownLanguageAreNotTranslated) {
  write("plain.srt", kTalk);
  const auto result = run(
      {"subtitle", "plain.srt", "--formats", "vtt", "--translate", "es", "--translator", "fake:"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("--language"));
}

TEST_F(SubtitleFiles, GlossaryAndProfanityChangeTheirWords) {
  write("glossary.json", R"({"spelling": {"the president": "President Ann"}})");
  ASSERT_TRUE(run({"subtitle", "talk.en.srt", "--formats", "vtt", "--glossary", "glossary.json"})
                  .succeeded());
  EXPECT_THAT(all_text(sidecar("talk.en.vtt").cues), HasSubstr("President Ann will sign"));
}

TEST_F(SubtitleFiles, DamagedOnesAreNamedWithTheirLine) {
  write("bad.srt", "1\n00:00:01,000 -> 00:00:03,000\nText\n\n");
  const auto result = run({"subtitle", "bad.srt", "--formats", "vtt"});
  EXPECT_EQ(result.exit_code, 4);
  EXPECT_THAT(result.err, HasSubstr("bad.srt"));
  EXPECT_THAT(result.err, HasSubstr("line 2"));
  EXPECT_FALSE(exists("bad.und.vtt"));
}

}  // namespace
}  // namespace subtide
