#include "models/whisper/whisper_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/english_normalizer.h"
#include "tests/support/word_errors.h"

namespace subtide {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> words_of(const std::vector<std::string>& tokens) {
  std::vector<TextToken> text_tokens;
  for (const std::string& token : tokens) text_tokens.push_back({.bytes = token});
  std::vector<std::string> words;
  for (const RoughWord& word : assemble_words(text_tokens)) words.push_back(word.text);
  return words;
}

TEST(WhisperWords, AWordBeginsWithItsSpace) {
  EXPECT_THAT(words_of({" The", " pres", "ident", "'s", " bud", "get", "."}),
              ElementsAre("The", "president's", "budget."));
}

TEST(WhisperWords, CharactersSplitOverTokensAreWhole) {
  EXPECT_THAT(words_of({" caf", "\xC3", "\xA9", " \xF0\x9F", "\x98\x80"}),
              ElementsAre("caf\xC3\xA9", "\xF0\x9F\x98\x80"));
}

TEST(WhisperWords, BytesThatAreNoTextAreLeftOut) {
  EXPECT_THAT(words_of({" a\xC3", " b\xFF", " \xED\xA0\x80"}), ElementsAre("a", "b"));
}

TEST(WhisperWords, RemarksAboutSoundsAreLeftOut) {
  EXPECT_THAT(words_of({" [", "BL", "ANK", "_", "AUDIO", "]"}), IsEmpty());
  EXPECT_THAT(words_of({" (upbeat music)"}), IsEmpty());
  EXPECT_THAT(words_of({" *sighs*", " Well", "."}), ElementsAre("Well."));
  EXPECT_THAT(words_of({" \xE2\x99\xAA", " Hello", " \xE2\x99\xAA"}), ElementsAre("Hello"));
}

TEST(WhisperWords, ABracketThatNeverClosesStays) {
  EXPECT_THAT(words_of({" a", " (b", " c"}), ElementsAre("a", "(b", "c"));
}

TEST(WhisperWords, LonePunctuationJoinsTheWordBeforeAndLoneDashesGo) {
  EXPECT_THAT(words_of({" -", " Yes", " ...", " >>", " no"}), ElementsAre("Yes...", "no"));
  EXPECT_THAT(words_of({" ."}), IsEmpty());
}

TEST(WhisperWords, TextWithoutSpacesBreaksAfterItsPunctuation) {
  EXPECT_THAT(words_of({"今日は、", "晴れです。"}), ElementsAre("今日は、", "晴れです。"));
}

TEST(WhisperWords, ConfidenceIsTheMeanOfTheTokens) {
  const auto words = assemble_words({{" to", 0.9F}, {"day", 0.4F}, {" now", 1.0F}});
  ASSERT_EQ(words.size(), 2U);
  EXPECT_NEAR(words[0].confidence, 0.6F, 0.01F);
  EXPECT_FLOAT_EQ(words[1].confidence, 1.0F);
}

std::string normalized(std::string_view text) {
  std::string joined;
  for (const std::string& word : normalize_english(text)) {
    joined += (joined.empty() ? "" : " ") + word;
  }
  return joined;
}

TEST(EnglishNormalizer, CasePunctuationAndFillersDoNotCount) {
  EXPECT_EQ(normalized("Um, HELLO there [noise] -- friend (laughs)!"), "hello there friend");
}

TEST(EnglishNormalizer, ContractionsAreSpelledOut) {
  EXPECT_EQ(normalized("I won't, he'd been, they're, let's"),
            "i will not he had been they are let us");
  EXPECT_EQ(normalized("Mr. Smith can't"), "mister smith can not");
}

TEST(EnglishNormalizer, NumbersBecomeDigits) {
  EXPECT_EQ(normalized("twenty one"), "21");
  EXPECT_EQ(normalized("two hundred and five boats"), "205 boats");
  EXPECT_EQ(normalized("nineteen eighty four"), "1984");
  EXPECT_EQ(normalized("three million two hundred thousand"), "3200000");
  EXPECT_EQ(normalized("the twenty first of May"), "the 21st of may");
  EXPECT_EQ(normalized("1,500 and fifty percent"), "1500 and 50%");
}

TEST(EnglishNormalizer, SpellingIsAmerican) {
  EXPECT_EQ(normalized("the colour of the theatre was organised and travelled"),
            "the color of the theater was organized and traveled");
  EXPECT_EQ(normalized("compelled by our hour"), "compelled by our hour");
}

TEST(WordErrors, CountsEachKind) {
  const WordErrors errors = raw_word_errors("a b c d", "a x c d e");
  EXPECT_EQ(errors.substituted, 1U);
  EXPECT_EQ(errors.lost, 0U);
  EXPECT_EQ(errors.invented, 1U);
  EXPECT_DOUBLE_EQ(errors.rate(), 0.5);
}

TEST(WordErrors, OnsetsAreComparedForWordsHeardRight) {
  using std::chrono::milliseconds;
  const std::vector<Word> truth = {
      {.text = "The", .span = {milliseconds(0), milliseconds(100)}},
      {.text = "dog.", .span = {milliseconds(100), milliseconds(300)}}};
  const std::vector<Word> heard = {{.text = "the", .span = {milliseconds(20), milliseconds(90)}},
                                   {.text = "dock", .span = {milliseconds(90), milliseconds(300)}}};
  const TimeErrors errors = onset_errors(truth, heard);
  ASSERT_EQ(errors.count(), 1U);
  EXPECT_NEAR(errors.bias(), 0.02, 1e-9);
}

}  // namespace
}  // namespace subtide
