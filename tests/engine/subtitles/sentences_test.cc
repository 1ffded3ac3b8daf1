#include "engine/subtitles/sentences.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/subtitles/layout_phrases.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::spoken;

std::vector<std::string> texts_of(const std::vector<Phrase>& phrases) {
  std::vector<std::string> texts;
  for (const Phrase& phrase : phrases) texts.push_back(to_text(phrase.words));
  return texts;
}

std::vector<Phrase> split(const std::vector<Phrase>& phrases, SentenceOptions options = {}) {
  SentenceSplitter splitter(options);
  std::vector<Phrase> out;
  for (const Phrase& phrase : phrases) {
    for (Phrase& sentence : splitter.push(phrase)) out.push_back(sentence);
  }
  for (Phrase& sentence : splitter.finish()) out.push_back(sentence);
  return out;
}

TEST(SentenceSplitter, CutsAPhraseIntoSentences) {
  EXPECT_THAT(texts_of(split({spoken("It rained. Did you know? \"No!\" And on it goes.")})),
              ElementsAre("It rained.", "Did you know?", "\"No!\"", "And on it goes."));
}

TEST(SentenceSplitter, JoinsPhrasesAndRemembersTheirBorders) {
  const auto sentences = split({spoken("The president will sign", 1), spoken("the new budget", 3),
                                spoken("tomorrow. Then he", 5), spoken("leaves.", 7)});
  EXPECT_THAT(texts_of(sentences),
              ElementsAre("The president will sign the new budget tomorrow.", "Then he leaves."));
  EXPECT_THAT(sentences[0].preferred_breaks, ElementsAre(4U, 7U));
  EXPECT_THAT(sentences[1].preferred_breaks, ElementsAre(2U));
}

TEST(SentenceSplitter, KeepsBordersThatAPhraseBrings) {
  Phrase phrase = spoken("one two three four.");
  phrase.preferred_breaks = {2};
  EXPECT_THAT(split({phrase})[0].preferred_breaks, ElementsAre(2U));
}

TEST(SentenceSplitter, DoesNotStopAtAbbreviationsAndInitials) {
  EXPECT_THAT(texts_of(split({spoken("Dr. J. Smith met Mrs. Jones, e.g. in May. They spoke.")})),
              ElementsAre("Dr. J. Smith met Mrs. Jones, e.g. in May.", "They spoke."));
  EXPECT_THAT(texts_of(split({spoken("Le vio el Sr. Pérez. Nada más.", 1, 0.08, "es")})),
              ElementsAre("Le vio el Sr. Pérez.", "Nada más."));
}

TEST(SentenceSplitter, GoesOnWhereTheNextWordIsSmall) {
  EXPECT_THAT(texts_of(split({spoken("\"Stop!\" he cried. Nobody did.")})),
              ElementsAre("\"Stop!\" he cried.", "Nobody did."));
}

TEST(SentenceSplitter, EndsAtALongPause) {
  EXPECT_THAT(texts_of(split({spoken("no full stop || but silence")})),
              ElementsAre("no full stop", "but silence"));
}

TEST(SentenceSplitter, GivesASentenceAsSoonAsItEnded) {
  SentenceSplitter splitter;
  EXPECT_THAT(splitter.push(spoken("It is")), IsEmpty());
  EXPECT_THAT(texts_of(splitter.push(spoken("done.", 2))), ElementsAre("It is done."));
  EXPECT_THAT(splitter.push(spoken("and so", 4)), IsEmpty());
  EXPECT_THAT(splitter.advance(5s), IsEmpty());
  EXPECT_THAT(texts_of(splitter.advance(9s)), ElementsAre("and so"));
}

TEST(SentenceSplitter, EndsAtANewSpeakerOrLanguage) {
  Phrase first = spoken("who is");
  first.speaker = "A";
  Phrase second = spoken("it is me", 3);
  second.speaker = "B";
  EXPECT_THAT(texts_of(split({first, second, spoken("soy yo", 5, 0.08, "es")})),
              ElementsAre("who is", "it is me", "soy yo"));
}

TEST(SentenceSplitter, CutsAnEndlessSentenceAtItsBestPlace) {
  SentenceOptions options;
  options.most_words = 10;
  const auto sentences = split(
      {spoken("we sang old songs all night long, and then the morning came at last")}, options);
  EXPECT_THAT(texts_of(sentences), ElementsAre("we sang old songs all night long,",
                                               "and then the morning came at last"));
}

TEST(SentenceSplitter, BoundsEverySentence) {
  SentenceOptions options;
  options.most_words = 7;
  std::string text;
  for (int i = 0; i < 500; ++i) text += "word ";
  std::size_t words = 0;
  for (const Phrase& sentence : split({spoken(text)}, options)) {
    EXPECT_LE(sentence.words.size(), 7U);
    EXPECT_FALSE(sentence.words.empty());
    words += sentence.words.size();
  }
  EXPECT_EQ(words, 500U);
}

TEST(SentenceSplitter, ReadsOtherScripts) {
  EXPECT_THAT(texts_of(split({spoken("今日 は 晴れ 。 明日 は 雨 。", 1, 0.1, "ja")})), SizeIs(2));
}

TEST(SentenceSplitter, LiveWhatIsDueGoesOutAtItsBestBreak) {
  SentenceSplitter splitter;
  const Phrase phrase = spoken("When the rain had stopped, the children ran");
  EXPECT_THAT(splitter.push(phrase), IsEmpty());
  EXPECT_THAT(splitter.publish(phrase.words[0].span.end - 1ms), IsEmpty());
  EXPECT_THAT(texts_of(splitter.publish(phrase.words[2].span.end)),
              ElementsAre("When the rain had stopped,"));
  EXPECT_THAT(texts_of(splitter.publish(60s)), ElementsAre("the children ran"));
  EXPECT_THAT(splitter.publish(60s), IsEmpty());
}

TEST(SentenceSplitter, LiveWordsAreNeitherLostNorDoubledWhateverIsDue) {
  const Phrase phrase = spoken("one two three, four five six and seven eight nine ten. eleven");
  SentenceSplitter splitter;
  std::string all;
  const auto take = [&](const std::vector<Phrase>& phrases) {
    for (const auto& text : texts_of(phrases)) all += text + " ";
  };
  for (const Word& each : phrase.words) {
    Phrase one = phrase;
    one.words = {each};
    take(splitter.push(one));
    take(splitter.publish(each.span.begin - 500ms));
  }
  take(splitter.finish());
  EXPECT_EQ(all, to_text(phrase.words) + " ");
}

}  // namespace
}  // namespace subtide
