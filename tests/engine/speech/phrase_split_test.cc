#include "engine/speech/phrase_split.h"

#include <gtest/gtest.h>

namespace subtide {
namespace {

using std::chrono::milliseconds;

Word word(const char* text, int begin_ms, int end_ms) {
  return {text, {milliseconds(begin_ms), milliseconds(end_ms)}, 1.0F};
}

Transcript transcript_of(std::vector<Word> words) {
  Transcript transcript;
  transcript.words = std::move(words);
  transcript.language = "en";
  return transcript;
}

std::vector<std::string> texts(const std::vector<Phrase>& phrases) {
  std::vector<std::string> all;
  for (const Phrase& phrase : phrases) all.push_back(to_text(phrase.words));
  return all;
}

using Texts = std::vector<std::string>;

TEST(PhraseSplit, CutsAtPausesOverSixTenthsOfASecond) {
  const Transcript transcript =
      transcript_of({word("one", 0, 400), word("two", 1000, 1400), word("three", 2001, 2400)});
  EXPECT_EQ(texts(split_phrases(transcript)), (Texts{"one two", "three"}));
}

TEST(PhraseSplit, CutsAfterSentencesOfPunctuatedTranscripts) {
  Transcript transcript =
      transcript_of({word("Go", 0, 100), word("home!\"", 100, 200), word("Mr.", 200, 300),
                     word("Bean", 300, 400), word("stays.", 400, 500), word("Why?", 500, 600)});
  EXPECT_EQ(texts(split_phrases(transcript)), (Texts{"Go home!\" Mr. Bean stays. Why?"}));
  transcript.is_punctuated = true;
  EXPECT_EQ(texts(split_phrases(transcript)), (Texts{"Go home!\"", "Mr. Bean stays.", "Why?"}));
  EXPECT_TRUE(split_phrases(transcript)[1].is_punctuated);
  EXPECT_EQ(split_phrases(transcript)[1].language, "en");
}

TEST(PhraseSplit, CutsWhereTheModelSays) {
  Transcript transcript = transcript_of({word("a", 0, 1), word("b", 1, 2), word("c", 2, 3)});
  transcript.phrase_starts = {0, 2};
  EXPECT_EQ(texts(split_phrases(transcript)), (Texts{"a b", "c"}));
}

TEST(PhraseSplit, GivesNothingForNoWords) { EXPECT_TRUE(split_phrases({}).empty()); }

TEST(PhraseSplit, TidiesTimesIntoTheWindow) {
  Transcript transcript =
      transcript_of({word("a", -500, 200), word("", 200, 300), word("b", 900, 400),
                     word("c", 300, 5000), word("d", 7000, 8000)});
  transcript.phrase_starts = {0, 1, 4};
  tidy_words(transcript, {milliseconds(0), milliseconds(1000)});
  const std::vector<Word> expected{word("a", 0, 200), word("b", 900, 900), word("c", 900, 1000),
                                   word("d", 1000, 1000)};
  EXPECT_EQ(transcript.words, expected);
  EXPECT_EQ(transcript.phrase_starts, (std::vector<std::size_t>{0, 1, 3}));
}

}  // namespace
}  // namespace subtide
