#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/engine/subtitles/layout_phrases.h"

namespace subtide {
namespace {

using testing::lay_out;

/// Makes word streams of the kinds that broke subtitles before: bursts, long silences, words
/// without time, giant words, scripts without spaces, clusters of many code points.
class WordStream {
 public:
  explicit WordStream(unsigned seed) : random_(seed) {}

  Phrase next_phrase() {
    Phrase phrase;
    phrase.language = pick({"en", "en", "es", "zh", "ja", "ar", "de", ""});
    if (one_in(5)) phrase.speaker = pick({"A", "B"});
    phrase.is_punctuated = !one_in(4);
    const int count = number(1, one_in(8) ? 300 : 20);
    const int tempo = number(0, 3);
    for (int i = 0; i < count; ++i) phrase.words.push_back(next_word(phrase.language, tempo));
    for (int i = number(0, 2); i > 0; --i) {
      phrase.preferred_breaks.push_back(static_cast<std::size_t>(number(0, count)));
    }
    return phrase;
  }

  bool one_in(int n) { return number(1, n) == 1; }
  int number(int from, int to) { return std::uniform_int_distribution<int>(from, to)(random_); }
  MediaTime now() const { return std::chrono::milliseconds(at_); }

 private:
  std::string pick(const std::vector<std::string>& choices) {
    return choices[static_cast<std::size_t>(number(0, static_cast<int>(choices.size()) - 1))];
  }

  std::string next_text(const std::string& language) {
    if (one_in(60)) return std::string(static_cast<std::size_t>(number(43, 300)), 'w');
    if (one_in(40))
      return pick(
          {"👩‍👩‍👧‍👦", "🇪🇸🇮🇹", "e\u0301e\u0301", "https://a.example/b/c?d=e"});
    std::string text;
    if (language == "zh") {
      text = pick({"我们", "今天讨论新的经济政策", "的", "明天继续讨论下一个问题和其他所有的事情"});
    } else if (language == "ja") {
      text = pick({"私たちは", "東京", "ショッピングセンターで", "っ", "今日は天気がいいですね"});
    } else if (language == "ar") {
      text = pick({"مرحبا", "بالعالم", "في", "المَدْرَسَة", "و"});
    } else {
      text = pick({"the", "President", "of", "a", "extraordinary", "I", "do", "not", "Angela",
                   "Merkel", "25", "kilometres", "and", "internationalisation", "Dr.", "years"});
    }
    return text + pick({"", "", "", "", "", ",", ".", "?", "…", "。", " x"});
  }

  Word next_word(const std::string& language, int tempo) {
    static constexpr int kLongest[] = {0, 60, 400, 900};
    if (one_in(25)) at_ += number(0, 3500);
    const int length = one_in(50) ? number(2000, 9000) : number(0, kLongest[tempo]);
    Word made{next_text(language), {}, 0.5F};
    made.span.begin = std::chrono::microseconds(at_ * 1000LL + number(0, 999));
    made.span.end = made.span.begin + std::chrono::milliseconds(length);
    at_ += one_in(10) ? length / 2 : length;
    return made;
  }

  std::mt19937 random_;
  std::int64_t at_ = 0;
};

std::string without_spaces(std::string text) {
  std::erase(text, ' ');
  for (std::size_t at = text.find("…"); at != std::string::npos; at = text.find("…")) {
    text.erase(at, std::string("…").size());
  }
  return text;
}

void expect_hard_rules(const std::vector<Cue>& cues, const LayoutRules& rules) {
  MediaTime free_from = MediaTime::min();
  int id = 0;
  for (const Cue& cue : cues) {
    EXPECT_EQ(cue.id, std::to_string(++id));
    EXPECT_GE(cue.span.begin, free_from) << "cue " << id;
    EXPECT_LT(cue.span.begin, cue.span.end) << "cue " << id;
    EXPECT_LE(cue.span.duration(), rules.maximum_duration + std::chrono::milliseconds(1));
    free_from = cue.span.end + rules.minimum_gap();
    EXPECT_GE(cue.lines.size(), 1U);
    EXPECT_LE(cue.lines.size(), static_cast<std::size_t>(rules.lines));
    for (const std::string& line : cue.lines) {
      EXPECT_LE(character_count(line), rules.line_length) << line;
      EXPECT_FALSE(line.empty());
      EXPECT_NE(line.front(), ' ');
      EXPECT_NE(line.back(), ' ');
    }
    EXPECT_FALSE(cue.words.empty());
  }
  for (const RuleBreach& breach : check_rules(cues, rules)) {
    EXPECT_TRUE(breach.rule == "reading_speed" || breach.rule == "duration") << breach.rule;
  }
}

void expect_same_text(const std::vector<Phrase>& phrases, const std::vector<Cue>& cues) {
  std::string spoken;
  for (const Phrase& phrase : phrases) {
    for (const Word& word : phrase.words) spoken += word.text;
  }
  std::string shown;
  std::string behind;
  for (const Cue& cue : cues) {
    for (const std::string& line : cue.lines) shown += line;
    for (const Word& word : cue.words) behind += word.text;
  }
  EXPECT_EQ(without_spaces(spoken), without_spaces(shown));
  EXPECT_EQ(without_spaces(spoken), without_spaces(behind));
}

/// All rules that have to hold for every cue, over random streams and each style.
class LayoutOfRandomWords : public ::testing::TestWithParam<unsigned> {
 protected:
  LayoutOfRandomWords() : stream_(GetParam()) {
    const auto styles = layout_styles();
    const char* languages[] = {"en", "zh", "ja", "es"};
    rules_ =
        layout_rules(styles[GetParam() % styles.size()], languages[GetParam() / 4 % 4]).value();
    if (stream_.one_in(4)) rules_.lines = stream_.number(1, 4);
    if (stream_.one_in(4)) rules_.line_length = stream_.number(1, 60);
    if (stream_.one_in(4)) rules_.minimum_gap_frames = stream_.number(0, 12);
    if (stream_.one_in(4)) rules_.frame_rate = 24000.0 / 1001.0;
    for (int i = stream_.number(1, 12); i > 0; --i) phrases_.push_back(stream_.next_phrase());
  }

  WordStream stream_;
  LayoutRules rules_;
  std::vector<Phrase> phrases_;
};

TEST_P(LayoutOfRandomWords, MeetsTheHardRulesAndLosesNothing) {
  const std::vector<Cue> cues = lay_out(phrases_, rules_);
  expect_hard_rules(cues, rules_);
  expect_same_text(phrases_, cues);
}

TEST_P(LayoutOfRandomWords, DoesNotDependOnWhenTimeIsTold) {
  auto layout = CueLayout::create(rules_);
  std::vector<Cue> cues;
  const auto take = [&](std::vector<Cue> some) {
    cues.insert(cues.end(), some.begin(), some.end());
  };
  for (std::size_t i = 0; i < phrases_.size(); ++i) {
    take(layout->push(phrases_[i]));
    if (i + 1 < phrases_.size() && stream_.one_in(2)) {
      take(layout->advance(phrases_[i + 1].words.front().span.begin));
    }
  }
  take(layout->finish());
  EXPECT_EQ(cues, lay_out(phrases_, rules_));
}

TEST_P(LayoutOfRandomWords, DoesNotDependOnHowWordsAreSpreadOverPhrases) {
  std::vector<Phrase> pieces;
  for (const Phrase& phrase : phrases_) {
    for (std::size_t i = 0; i < phrase.words.size(); ++i) {
      if (i == 0 || stream_.one_in(3)) {
        pieces.push_back(phrase);
        pieces.back().words.clear();
        pieces.back().preferred_breaks.clear();
      }
      const auto& breaks = phrase.preferred_breaks;
      if (std::find(breaks.begin(), breaks.end(), i) != breaks.end()) {
        pieces.back().preferred_breaks.push_back(pieces.back().words.size());
      }
      pieces.back().words.push_back(phrase.words[i]);
    }
  }
  EXPECT_EQ(lay_out(pieces, rules_), lay_out(phrases_, rules_));
}

TEST(LayoutOfAnEndlessTalk, HoldsBackABoundedNumberOfWords) {
  auto layout = CueLayout::create(LayoutRules());
  const Phrase talk = testing::spoken("word after word after word without any end in sight and on");
  std::size_t given = 0;
  for (int i = 0; i < 2000; ++i) {
    Phrase phrase = talk;
    for (Word& word : phrase.words) word.span = word.span.shifted(std::chrono::seconds(5) * i);
    for (const Cue& cue : layout->push(phrase)) given += cue.words.size();
    EXPECT_LE((static_cast<std::size_t>(i) + 1) * talk.words.size() - given, 300U);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, LayoutOfRandomWords, ::testing::Range(0U, 120U));

}  // namespace
}  // namespace subtide
