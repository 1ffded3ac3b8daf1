#include "engine/speech/word_match.h"

#include <gtest/gtest.h>

namespace subtide {
namespace {

Word word(std::string text) { return {std::move(text), {}}; }

TEST(WordMatch, CaseAndPunctuationDoNotCount) {
  EXPECT_EQ(comparable_word("“Monday,”"), "monday");
  EXPECT_EQ(comparable_word("¿Qué?"), "qué");
  EXPECT_EQ(comparable_word("ÁRBOL."), comparable_word("árbol"));
  EXPECT_EQ(comparable_word("Москва!"), comparable_word("москва"));
  EXPECT_EQ(comparable_word("don't"), "dont");
  EXPECT_NE(comparable_word("qué"), comparable_word("que"));
}

TEST(WordMatch, AWordOfPunctuationAloneIsItself) {
  EXPECT_EQ(comparable_word("…"), "…");
  EXPECT_FALSE(is_same_word(word("…"), word("?")));
}

TEST(WordMatch, BrokenBytesAreReadToTheirEnd) {
  EXPECT_EQ(comparable_word("a\xE2"), "a\xE2");
  EXPECT_EQ(comparable_word("\xFF\xC0"), "\xFF\xC0");
}

TEST(WordMatch, CountsTheWordsThatBothBeginWith) {
  EXPECT_EQ(common_words({word("The"), word("sea.")}, {word("the"), word("sea"), word("is")}), 2U);
  EXPECT_EQ(common_words({word("a")}, {word("b")}), 0U);
  EXPECT_EQ(common_words({}, {word("b")}), 0U);
}

TEST(WordMatch, SentencesEndBehindClosingQuotesToo) {
  EXPECT_TRUE(may_end_sentence("over.\""));
  EXPECT_TRUE(may_end_sentence("完了。"));
  EXPECT_FALSE(may_end_sentence("over,"));
  EXPECT_FALSE(may_end_sentence(")"));
}

}  // namespace
}  // namespace subtide
