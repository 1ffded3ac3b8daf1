#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "engine/subtitles/time_projection.h"
#include "tests/engine/subtitles/layout_phrases.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using testing::phrase_of;
using ::testing::SizeIs;
using testing::spoken;
using testing::word;

TEST(TimeProjection, TakesTheSpanOfTheSentence) {
  const Phrase source = spoken("The president will sign the new budget tomorrow.", 3.0);
  const auto target = project_times(source, "El presidente firmará mañana el presupuesto.", "es");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->words.front().span.begin, source.words.front().span.begin);
  EXPECT_EQ(target->words.back().span.end, source.words.back().span.end);
  EXPECT_EQ(target->language, "es");
  EXPECT_TRUE(target->is_punctuated);
  EXPECT_EQ(to_text(target->words), "El presidente firmará mañana el presupuesto.");
}

TEST(TimeProjection, SharesTimeByLength) {
  const auto target = project_times(phrase_of({word("hello", 0, 8)}), "a bb cc", "es");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->words[0].span, (TimeSpan{0s, 2s}));
  EXPECT_EQ(target->words[1].span, (TimeSpan{2s, 5s}));
  EXPECT_EQ(target->words[2].span, (TimeSpan{5s, 8s}));
}

TEST(TimeProjection, KeepsThePausesOfTheSource) {
  const Phrase source =
      phrase_of({word("when", 1, 1.5), word("it", 1.5, 1.8), word("rains,", 1.8, 2.4),
                 word("we", 3.6, 3.8), word("stay", 3.8, 4.2), word("home.", 4.2, 4.8)});
  const auto target = project_times(source, "cuando llueve, nos quedamos en casa.", "es");
  ASSERT_TRUE(target);
  for (const Word& made : target->words) EXPECT_FALSE(made.span.overlaps({2400ms, 3600ms}));
  EXPECT_EQ(target->words[1].span.end, 2400ms);
  EXPECT_EQ(target->words[2].span.begin, 3600ms);
}

TEST(TimeProjection, BringsTheCueBordersAlongToTheNearestClause) {
  Phrase source = spoken("When the rain stopped, the children ran out of the house.", 1.0);
  source.preferred_breaks = {4};
  const auto target = project_times(
      source, "Cuando dejó de llover, los niños salieron corriendo de la casa.", "es");
  ASSERT_TRUE(target);
  EXPECT_THAT(target->preferred_breaks, ElementsAre(4U));
  EXPECT_EQ(target->words[4].text, "los");
  EXPECT_EQ(target->words[4].span.begin, source.words[4].span.begin);
}

TEST(TimeProjection, GivesUpABorderThatHasNoPlace) {
  Phrase source = spoken("a very long sentence that was said in two cues of the source language");
  source.preferred_breaks = {7};
  const auto target = project_times(source, "Eso.", "es");
  ASSERT_TRUE(target);
  EXPECT_THAT(target->preferred_breaks, SizeIs(0));
  EXPECT_EQ(target->span(), source.span());
}

TEST(TimeProjection, CutsScriptsWithoutSpacesIntoWords) {
  const auto target =
      project_times(spoken("We will discuss it tomorrow."), "我们明天讨论这个问题。", "zh");
  ASSERT_TRUE(target);
  EXPECT_GT(target->words.size(), 3U);
}

TEST(TimeProjection, GivesNothingForNoText) {
  EXPECT_FALSE(project_times(spoken("Hello."), "  ", "es"));
}

TEST(TimeProjection, LaysOutWithCuesThatBeginAndEndWithTheSource) {
  Phrase source = spoken(
      "The committee said on Monday that it had agreed on a new plan to cut emissions, but several "
      "governments have not yet decided whether they will support it.",
      2.0, 0.07);
  const LayoutRules english = layout_rules("netflix", "en").value();
  const auto source_cues = testing::lay_out({source}, english);
  std::size_t at = 0;
  for (std::size_t i = 0; i + 1 < source_cues.size(); ++i) {
    at += source_cues[i].words.size();
    source.preferred_breaks.push_back(at);
  }
  const auto target = project_times(
      source,
      "El comité dijo el lunes que había acordado un nuevo plan para reducir las emisiones, pero "
      "varios gobiernos aún no han decidido si lo apoyarán.",
      "es");
  ASSERT_TRUE(target);
  const auto cues = testing::lay_out({*target}, layout_rules("netflix", "es").value());
  EXPECT_EQ(cues.front().span.begin, source_cues.front().span.begin);
  EXPECT_NEAR(to_seconds(cues.back().span.end), to_seconds(source_cues.back().span.end), 0.5);
}

class ProjectionOfRandomSentences : public ::testing::TestWithParam<unsigned> {};

TEST_P(ProjectionOfRandomSentences, NeverRunsBackwardsAndKeepsTheSpan) {
  std::mt19937 random(GetParam());
  const auto number = [&](int from, int to) {
    return std::uniform_int_distribution<int>(from, to)(random);
  };
  Phrase source = phrase_of({});
  double at = number(0, 5000) / 1000.0;
  for (int i = number(1, 40); i > 0; --i) {
    if (number(1, 5) == 1) at += number(0, 3000) / 1000.0;
    const double length = number(0, 700) / 1000.0;
    source.words.push_back(
        word(std::string(static_cast<std::size_t>(number(1, 12)), 'a'), at, at + length));
    at += length;
    if (number(1, 6) == 1) source.preferred_breaks.push_back(source.words.size());
  }
  std::string text;
  for (int i = number(1, 40); i > 0; --i) {
    text += std::string(static_cast<std::size_t>(number(1, 12)), 'b') +
            (number(1, 6) == 1 ? ", " : " ");
  }
  const auto target = project_times(source, text, "it");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->span(), source.span());
  for (std::size_t i = 0; i < target->words.size(); ++i) {
    EXPECT_LE(target->words[i].span.begin, target->words[i].span.end);
    if (i == 0) continue;
    EXPECT_LE(target->words[i - 1].span.end, target->words[i].span.begin);
  }
  for (std::size_t i = 0; i < target->preferred_breaks.size(); ++i) {
    EXPECT_LT(target->preferred_breaks[i], target->words.size());
    if (i == 0) continue;
    EXPECT_LT(target->preferred_breaks[i - 1], target->preferred_breaks[i]);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, ProjectionOfRandomSentences, ::testing::Range(0U, 200U));

}  // namespace
}  // namespace subtide
