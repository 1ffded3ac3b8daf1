#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/subtitles/layout_phrases.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using testing::lay_out;
using testing::phrase_of;
using ::testing::SizeIs;
using testing::spoken;
using ::testing::StartsWith;
using testing::texts;
using testing::word;

std::vector<std::string> cue_texts(const std::vector<Phrase>& phrases) {
  return texts(lay_out(phrases, LayoutRules()));
}

TEST(Layout, KeepsOnOneLineWhatFitsOnOneLine) {
  EXPECT_THAT(cue_texts({spoken("The committee will meet again tomorrow.")}),
              ElementsAre("The committee will meet again tomorrow."));
}

TEST(Layout, GivesSentencesTheirOwnCues) {
  EXPECT_THAT(cue_texts({spoken("The committee met this morning. | It will meet again tomorrow.")}),
              ElementsAre("The committee met this morning.", "It will meet again tomorrow."));
}

TEST(Layout, PutsVeryShortSentencesTogether) {
  EXPECT_THAT(cue_texts({spoken("Yes. No.", 1.0, 0.06)}), ElementsAre("Yes. No."));
}

TEST(Layout, BreaksLinesBeforeAPrepositionWithTheLowerLineLonger) {
  EXPECT_THAT(cue_texts({spoken("The minister has travelled to the capital of the country.")}),
              ElementsAre("The minister has travelled / to the capital of the country."));
}

TEST(Layout, BreaksAfterAClause) {
  EXPECT_THAT(
      cue_texts({spoken("When the rain had stopped, the children ran out of the old house.")}),
      ElementsAre("When the rain had stopped, / the children ran out of the old house."));
}

TEST(Layout, BreaksAtAPauseWhereNothingElseTells) {
  const auto cues = cue_texts(
      {spoken("seven rivers meet green valleys behind tall mountains | every traveller loves quiet "
              "evenings near calm lakes")});
  ASSERT_THAT(cues, SizeIs(2));
  EXPECT_THAT(cues[1], StartsWith("every traveller"));
}

/// A pair of words that belong together, in a sentence whose middle they are.
struct Pair {
  std::string_view language;
  std::string_view text;
  std::string_view torn;
};

class LayoutKeeps : public ::testing::TestWithParam<Pair> {};

TEST_P(LayoutKeeps, WordsTogetherThatBelongTogether) {
  const auto& [language, text, torn] = GetParam();
  const LayoutRules rules = layout_rules("netflix", language).value();
  const auto cues = texts(lay_out({spoken(text, 1.0, 0.08, std::string(language))}, rules));
  for (const std::string& cue : cues) {
    EXPECT_EQ(cue.find(torn), std::string::npos) << cue;
    const std::string left(torn.substr(0, torn.find(" /")));
    EXPECT_FALSE(cue.ends_with(" " + left)) << cue;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Pairs, LayoutKeeps,
    ::testing::Values(
        Pair{"en", "Yesterday evening everybody watched the beautiful sunset above town.",
             "the / beautiful"},
        Pair{"en", "Reporters waited while chancellor Angela Merkel answered questions.",
             "Angela / Merkel"},
        Pair{"en", "Many people say nowadays that they should stay at home on weekends.",
             "they / should"},
        Pair{"en", "Nobody believed yesterday that we could not finish this work.", "not / finish"},
        Pair{"en", "The mountain village lies exactly 25 kilometres behind that border.",
             "25 / kilometres"},
        Pair{"en", "He argued afterwards with Ursula von der Leyen about money.", "von / der"},
        Pair{"en", "Yesterday evening somebody found grandmother's necklace under some bed.",
             "grandmother's / necklace"},
        Pair{"es", "Ayer por la tarde todos vieron la hermosa puesta de sol.", "la / hermosa"},
        Pair{"it", "Ieri sera tutti hanno guardato il bellissimo tramonto sul mare.",
             "il / bellissimo"},
        Pair{"fr", "Hier soir tout le monde regardait le magnifique coucher du soleil.",
             "le / magnifique"},
        Pair{"de", "Gestern Abend sahen alle Leute den wunderbaren Sonnenuntergang am Meer.",
             "den / wunderbaren"},
        Pair{"pt", "Ontem à tarde todos viram o maravilhoso pôr do sol na praia.",
             "o / maravilhoso"}));

TEST(Layout, NeverBreaksAUrlThatFitsOnALine) {
  const auto cues = cue_texts({spoken(
      "For all the details please visit https://www.example.org/energy/prices/all today.")});
  bool is_whole = false;
  for (const std::string& cue : cues) {
    is_whole |= cue.find("https://www.example.org/energy/prices/all") != std::string::npos;
  }
  EXPECT_TRUE(is_whole);
}

TEST(Layout, BeginsWithTheFirstWordAndEndsWithTheLast) {
  const auto cues =
      lay_out({spoken("A slow sentence that needs no more time.", 2.0, 0.12)}, LayoutRules());
  ASSERT_THAT(cues, SizeIs(1));
  EXPECT_EQ(cues[0].id, "1");
  EXPECT_EQ(cues[0].span.begin, 2s);
  EXPECT_EQ(cues[0].span.end, 6920ms);
}

TEST(Layout, ShowsAShortCueLongerWhereTimeIsFree) {
  const auto cues = lay_out(
      {phrase_of({word("Stop!", 5.0, 5.4)}), phrase_of({word("Why?", 12.0, 12.9)})}, LayoutRules());
  ASSERT_THAT(cues, SizeIs(2));
  EXPECT_EQ(cues[0].span, (TimeSpan{5s, 5833ms}));
}

TEST(Layout, BorrowsTimeBeforeWhenTimeAfterDoesNotSuffice) {
  std::vector<Word> words;
  for (int i = 0; i < 6; ++i) words.push_back(word("extraordinary", 5.0 + 0.4 * i, 5.4 + 0.4 * i));
  const auto cues = lay_out({phrase_of(words)}, LayoutRules());
  ASSERT_THAT(cues, SizeIs(1));  // 82 characters want 4.1 s
  EXPECT_EQ(cues[0].span, (TimeSpan{4500ms, 7900ms}));
}

TEST(Layout, ClosesShortGapsToTwoFrames) {
  const auto cues = lay_out(
      {phrase_of({word("Everything", 1.0, 1.7), word("is", 1.7, 2.0), word("fine.", 2.0, 2.6)}),
       phrase_of({word("Nobody", 3.0, 3.6), word("was", 3.6, 4.0), word("hurt.", 4.0, 4.6)})},
      LayoutRules());
  ASSERT_THAT(cues, SizeIs(2));
  EXPECT_EQ(cues[0].span, (TimeSpan{1s, 2920ms}));
  EXPECT_EQ(cues[1].span.begin, 3s);
}

TEST(Layout, LeavesLongGapsOpen) {
  const auto cues = lay_out(
      {phrase_of({word("Everything", 1.0, 1.7), word("is", 1.7, 2.0), word("fine.", 2.0, 2.6)}),
       phrase_of({word("Nobody", 3.4, 3.9), word("was", 3.9, 4.2), word("hurt.", 4.2, 4.8)})},
      LayoutRules());
  ASSERT_THAT(cues, SizeIs(2));
  EXPECT_EQ(cues[0].span.end, 2600ms);
}

TEST(Layout, HoldsNoSilenceLongerThanAllowed) {
  const auto cues =
      lay_out({phrase_of({word("Well", 1.0, 1.4), word("then", 3.0, 3.4)})}, LayoutRules());
  EXPECT_THAT(texts(cues), ElementsAre("Well", "then"));
}

TEST(Layout, ShowsAnEllipsisOnlyAtALongPauseInMidSentence) {
  EXPECT_THAT(cue_texts({spoken("I really wanted to || tell you everything.")}),
              ElementsAre("I really wanted to…", "tell you everything."));
  EXPECT_THAT(cue_texts({spoken("I told them. || And then everything changed.")}),
              ElementsAre("I told them.", "And then everything changed."));
  EXPECT_THAT(cue_texts({spoken("I told them || Nobody answered.")}),
              ElementsAre("I told them", "Nobody answered."));
  EXPECT_THAT(cue_texts({spoken("The end of the tape")}), ElementsAre("The end of the tape"));
}

TEST(Layout, StartsANewCueWithANewSpeaker) {
  Phrase question = spoken("Are you coming", 1.0);
  question.speaker = "A";
  Phrase answer = spoken("with all of them", 2.4);
  answer.speaker = "B";
  const auto cues = lay_out({question, answer}, LayoutRules());
  EXPECT_THAT(texts(cues), ElementsAre("Are you coming", "with all of them"));
  EXPECT_EQ(cues[0].speaker, "A");
  EXPECT_EQ(cues[1].speaker, "B");
}

TEST(Layout, PrefersToBreakWhereTheSourceDid) {
  Phrase plain = spoken("La comisión aprobó ayer el plan y los ministros lo celebraron juntos", 1.0,
                        0.08, "es");
  const LayoutRules rules = layout_rules("netflix", "es").value();
  EXPECT_THAT(lay_out({plain}, rules), SizeIs(1));
  plain.preferred_breaks = {6};
  EXPECT_THAT(texts(lay_out({plain}, rules)), ElementsAre("La comisión aprobó ayer el plan",
                                                          "y los ministros lo celebraron juntos"));
}

TEST(Layout, KeepsTheGapBetweenCuesInDenseSpeech) {
  const Phrase phrase = spoken(
      "one thing leads to another thing and nobody ever stops to take a breath because the story "
      "goes on and on and on until the very last word of this long recording has been said",
      0.0, 0.03);
  const auto cues = lay_out({phrase}, LayoutRules());
  ASSERT_GT(cues.size(), 1U);
  for (std::size_t i = 1; i < cues.size(); ++i) {
    EXPECT_GE(cues[i].span.begin - cues[i - 1].span.end, 80ms);
  }
}

TEST(Layout, MendsWordsThatOverlapOrTakeNoTime) {
  const auto cues = lay_out({phrase_of({word("These", 1.0, 1.8), word("words", 1.5, 1.5),
                                        word("are", 1.5, 2.2), word("odd.", 2.0, 2.9)})},
                            LayoutRules());
  ASSERT_THAT(cues, SizeIs(1));
  const std::vector<Word>& words = cues[0].words;
  EXPECT_EQ(words[0].span, (TimeSpan{1s, 1500ms}));
  for (std::size_t i = 0; i < words.size(); ++i) {
    EXPECT_LT(words[i].span.begin, words[i].span.end);
    if (i == 0) continue;
    EXPECT_LE(words[i - 1].span.end, words[i].span.begin);
  }
  EXPECT_EQ(cues[0].span, (TimeSpan{1s, 2900ms}));
}

TEST(Layout, ClampsWordsThatLastTooLong) {
  const auto cues = lay_out({phrase_of({word("Hello.", 1.0, 11.0)})}, LayoutRules());
  ASSERT_THAT(cues, SizeIs(1));
  EXPECT_EQ(cues[0].span, (TimeSpan{1s, 3s}));
}

TEST(Layout, WritesNoSpacesIntoChineseAndBreaksBetweenItsWords) {
  Phrase phrase = phrase_of(
      {word("我们今天讨论新的经济政策，", 1.0, 4.0), word("明天继续讨论下一个问题。", 4.0, 7.0)},
      "zh");
  const auto cues = texts(lay_out({phrase}, layout_rules("netflix", "zh").value()));
  std::string all;
  for (const std::string& cue : cues) {
    EXPECT_EQ(cue.find("，我"), std::string::npos);
    all += cue;
  }
  std::erase(all, ' ');
  std::erase(all, '/');
  EXPECT_EQ(all, "我们今天讨论新的经济政策，明天继续讨论下一个问题。");
}

TEST(Layout, BreaksAWordThatFitsOnNoLineBetweenGraphemes) {
  const std::string giant(100, 'x');
  const auto cues = lay_out({phrase_of({word(giant, 1.0, 3.0)})}, LayoutRules());
  std::string all;
  for (const Cue& cue : cues) {
    for (const std::string& line : cue.lines) {
      EXPECT_LE(line.size(), 42U);
      all += line;
    }
  }
  EXPECT_EQ(all, giant);
}

TEST(Layout, GivesCuesBeforeTheEnd) {
  auto layout = CueLayout::create(LayoutRules());
  std::size_t early = 0;
  for (int i = 0; i < 20; ++i) {
    early += layout->push(spoken("And another sentence was said right here.", 4.0 * i)).size();
  }
  EXPECT_GE(early, 14U);
}

TEST(Layout, LetsACueOutWhenTimeHasPassed) {
  auto layout = CueLayout::create(LayoutRules());
  EXPECT_THAT(layout->push(phrase_of({word("Hello.", 1.0, 2.0)})), SizeIs(0));
  EXPECT_THAT(layout->advance(3s), SizeIs(0));
  EXPECT_THAT(layout->advance(4s), SizeIs(1));
  EXPECT_THAT(layout->finish(), SizeIs(0));
}

TEST(Layout, RefusesImpossibleRules) {
  const auto refused = [](auto change) {
    LayoutRules rules;
    change(rules);
    const auto layout = CueLayout::create(rules);
    return layout ? std::string() : layout.error().message;
  };
  EXPECT_EQ(refused([](LayoutRules& rules) { rules.line_length = 0; }),
            "layout rules: line_length is out of range; take a preset and change less");
  EXPECT_THAT(refused([](LayoutRules& rules) { rules.reading_speed = 0; }),
              StartsWith("layout rules: reading_speed"));
  EXPECT_THAT(refused([](LayoutRules& rules) { rules.maximum_duration = 100ms; }),
              StartsWith("layout rules: maximum_duration"));
  EXPECT_THAT(refused([](LayoutRules& rules) { rules.frame_rate = 0.0 / 1.0; }),
              StartsWith("layout rules: frame_rate"));
}

TEST(Layout, LiveNothingThatWentOutIsSaidAgainOrMoved) {
  const Phrase phrase = spoken(
      "The minister has travelled to the capital. When the rain had stopped, the children ran out "
      "|| of the old house and down to the long bridge. No.");
  for (const MediaDuration held : {0ms, 300ms, 1000ms, 3000ms}) {
    Result<CueLayout> layout = CueLayout::create(LayoutRules());
    std::vector<Cue> cues;
    const auto take = [&](std::vector<Cue> some) {
      cues.insert(cues.end(), some.begin(), some.end());
    };
    for (const Word& each : phrase.words) {
      Phrase one = phrase;
      one.words = {each};
      take(layout->push(one));
      take(layout->publish(each.span.end - held, each.span.end));
      MediaTime due = 0s;
      for (const Word& said : phrase.words) {
        if (said.span.end <= each.span.end - held) due = said.span.end;
      }
      EXPECT_GE(cues.empty() ? 0s : cues.back().words.back().span.end, due);
    }
    take(layout->finish());
    std::string all;
    MediaTime last = 0s;
    for (const Cue& cue : cues) {
      EXPECT_GE(cue.span.begin, last);
      EXPECT_GT(cue.span.end, cue.span.begin);
      last = cue.span.end;
      all += (all.empty() ? "" : " ") + to_text(cue.words);
    }
    EXPECT_EQ(all, to_text(phrase.words));
  }
}

TEST(Layout, LiveACueIsShownAsLongAsTheQuietAfterItIsKnown) {
  Result<CueLayout> layout = CueLayout::create(LayoutRules());
  layout->push(phrase_of({word("No.", 1.0, 1.2)}));
  const auto cues = layout->publish(5s, 1500ms);
  ASSERT_THAT(cues, SizeIs(1));
  EXPECT_EQ(cues[0].span.end, 1420ms);  // two frames before what may come
}

}  // namespace
}  // namespace subtide
