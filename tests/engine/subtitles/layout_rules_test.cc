#include "engine/subtitles/layout_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace subtide {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;

struct Numbers {
  std::string_view style;
  std::string_view language;
  int line_length;
  double reading_speed;
};

class LayoutRulesOf : public ::testing::TestWithParam<Numbers> {};

TEST_P(LayoutRulesOf, HaveTheNumbersOfStyleAndLanguage) {
  const auto rules = layout_rules(GetParam().style, GetParam().language);
  ASSERT_TRUE(rules);
  EXPECT_EQ(rules->line_length, GetParam().line_length);
  EXPECT_DOUBLE_EQ(rules->reading_speed, GetParam().reading_speed);
  EXPECT_EQ(rules->lines, 2);
  EXPECT_EQ(rules->minimum_duration, milliseconds(833));
  EXPECT_EQ(rules->maximum_duration, milliseconds(7000));
}

INSTANTIATE_TEST_SUITE_P(
    Styles, LayoutRulesOf,
    ::testing::Values(Numbers{"netflix", "en", 42, 20}, Numbers{"netflix", "en-GB", 42, 20},
                      Numbers{"netflix", "", 42, 20}, Numbers{"netflix", "es", 42, 17},
                      Numbers{"netflix", "zh-Hans", 16, 9}, Numbers{"netflix", "ja", 13, 4},
                      Numbers{"netflix", "ko", 16, 12}, Numbers{"bbc", "en", 37, 17},
                      Numbers{"bbc", "ja", 13, 4}, Numbers{"children", "en", 42, 17},
                      Numbers{"cea608", "en", 32, 20}, Numbers{"cea608", "zh", 16, 9}));

TEST(LayoutRules, NamesTheStylesThereAreWhenOneIsUnknown) {
  const auto rules = layout_rules("fancy", "en");
  ASSERT_FALSE(rules);
  EXPECT_EQ(rules.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(rules.error().message,
            "style \"fancy\" is not known; choose one of netflix, bbc, children, cea608");
}

TEST(LayoutRules, TellsFramesInTheVideosRate) {
  LayoutRules rules;
  EXPECT_EQ(rules.frame(), milliseconds(40));
  EXPECT_EQ(rules.minimum_gap(), milliseconds(80));
  rules.frame_rate = 50;
  EXPECT_EQ(rules.minimum_gap(), milliseconds(40));
}

TEST(CharacterCount, CountsWhatAViewerSees) {
  EXPECT_EQ(character_count(""), 0);
  EXPECT_EQ(character_count("plain text"), 10);
  EXPECT_EQ(character_count("caf\u00e9"), 4);
  EXPECT_EQ(character_count("cafe\u0301"), 4);
  EXPECT_EQ(character_count("日本語。"), 4);
  EXPECT_EQ(character_count("👩‍👩‍👧‍👦🇪🇸"), 2);
  EXPECT_EQ(character_count("한국어"), 3);
  EXPECT_EQ(character_count("نَصّ"), 2);
  EXPECT_EQ(character_count("\xff\xfe"), 2);
}

Cue cue(std::string id, int begin, int end, std::vector<std::string> lines) {
  Cue made;
  made.id = std::move(id);
  made.span = {milliseconds(begin), milliseconds(end)};
  made.lines = std::move(lines);
  return made;
}

std::vector<std::string> rules_broken(const std::vector<Cue>& cues) {
  std::vector<std::string> names;
  for (const RuleBreach& breach : check_rules(cues, LayoutRules())) {
    names.push_back(breach.cue_id + " " + breach.rule + ": " + breach.detail);
  }
  return names;
}

TEST(RuleCheck, FindsNothingInCuesThatMeetAllRules) {
  EXPECT_THAT(rules_broken({cue("1", 0, 2000, {"All is well", "on these two lines."}),
                            cue("2", 2080, 4000, {"And here."})}),
              ElementsAre());
}

TEST(RuleCheck, NamesTheLinesThatAreTooMany) {
  EXPECT_THAT(rules_broken({cue("1", 0, 2000, {"a", "b", "c"}), cue("2", 3000, 5000, {})}),
              ElementsAre("1 lines: 3 lines, 2 allowed", "2 lines: 0 lines, 2 allowed"));
}

TEST(RuleCheck, CountsTheCharactersOfALine) {
  EXPECT_THAT(rules_broken({cue("1", 0, 6000, {std::string(43, 'x')})}),
              ElementsAre("1 line_length: 43 characters on a line, 42 allowed"));
}

TEST(RuleCheck, MeasuresReadingSpeedOverAllLines) {
  EXPECT_THAT(rules_broken({cue("1", 0, 1000, {"twelve chars", "twelve chars"})}),
              ElementsAre("1 reading_speed: 24.0 characters/s, 20 allowed"));
}

TEST(RuleCheck, MeasuresDurations) {
  EXPECT_THAT(rules_broken({cue("1", 0, 500, {"Short."}), cue("2", 1000, 9000, {"Long."})}),
              ElementsAre("1 duration: shown for 0.500 s, at least 0.833 s wanted",
                          "2 duration: shown for 8.000 s, 7.000 s allowed"));
}

TEST(RuleCheck, ForgivesWhatRoundingToMillisecondsDoes) {
  EXPECT_THAT(rules_broken({cue("1", 0, 832, {"Short."}), cue("2", 911, 2000, {"Next."})}),
              ElementsAre());
}

TEST(RuleCheck, ComparesEachCueWithTheOneBefore) {
  EXPECT_THAT(rules_broken({cue("1", 5000, 6000, {"a"}), cue("2", 4000, 5000, {"b"}),
                            cue("3", 4900, 6000, {"c"}), cue("4", 6040, 7000, {"d"})}),
              ElementsAre("2 order: begins at 00:00:04.000, before cue 1 at 00:00:05.000",
                          "3 overlap: begins 0.100 s before cue 2 ends",
                          "4 gap: 0.040 s after cue 3, at least 0.080 s wanted"));
}

}  // namespace
}  // namespace subtide
