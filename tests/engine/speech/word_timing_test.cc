#include "engine/speech/word_timing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "engine/speech/audio_window.h"
#include "engine/speech/sound_frames.h"
#include "engine/speech/spoken_length.h"

namespace subtide {
namespace {

using std::chrono::milliseconds;

constexpr MediaDuration kNear = milliseconds(40);

/// Audio of tones and silences, in the order they are added.
class Sound {
 public:
  Sound& silence(int ms) {
    for (int i = 0; i < ms * 16; ++i) samples_.push_back(static_cast<std::int16_t>(i % 7 - 3));
    return *this;
  }
  Sound& tone(int ms, double hertz) {
    for (int i = 0; i < ms * 16; ++i) {
      samples_.push_back(static_cast<std::int16_t>(
          8000.0 * std::sin(2.0 * std::numbers::pi * hertz * i / 16000.0)));
    }
    return *this;
  }
  const std::vector<std::int16_t>& samples() const { return samples_; }

 private:
  std::vector<std::int16_t> samples_;
};

RoughPhrase phrase(int begin_ms, int end_ms, const std::vector<std::string>& words) {
  RoughPhrase result{.span = {milliseconds(begin_ms), milliseconds(end_ms)}, .words = {}};
  for (const std::string& word : words) result.words.push_back({.text = word});
  return result;
}

MATCHER_P(IsNear, expected, "") { return std::chrono::abs(arg - MediaTime(expected)) <= kNear; }

void expect_in_order(const std::vector<TimeSpan>& spans, MediaDuration duration) {
  MediaTime last{0};
  for (const TimeSpan& span : spans) {
    EXPECT_GE(span.begin, last);
    EXPECT_GT(span.end, span.begin);
    last = span.end;
  }
  EXPECT_LE(last, duration);
}

TEST(WordTiming, WordsBeginWhereTheSoundBegins) {
  const Sound sound = Sound().silence(600).tone(300, 300).silence(400).tone(300, 900).silence(600);
  const auto spans = time_words(sound.samples(), {phrase(500, 1700, {"moment,", "letter"})}, {});
  ASSERT_EQ(spans.size(), 2U);
  EXPECT_THAT(spans[0].begin, IsNear(milliseconds(600)));
  EXPECT_THAT(spans[0].end, IsNear(milliseconds(900)));
  EXPECT_THAT(spans[1].begin, IsNear(milliseconds(1300)));
  EXPECT_THAT(spans[1].end, IsNear(milliseconds(1600)));
}

TEST(WordTiming, TouchingWordsAreDividedWhereTheSoundChanges) {
  const Sound sound = Sound().silence(500).tone(370, 300).tone(350, 1500).silence(500);
  const auto spans = time_words(sound.samples(), {phrase(500, 1220, {"moment", "moment"})}, {});
  ASSERT_EQ(spans.size(), 2U);
  EXPECT_THAT(spans[1].begin, IsNear(milliseconds(870)));
}

TEST(WordTiming, TheSoundCorrectsAPhraseThatIsPlacedTooEarly) {
  const Sound sound = Sound().silence(1000).tone(500, 400).silence(1000);
  const auto spans = time_words(sound.samples(), {phrase(700, 1300, {"yesterday"})}, {});
  ASSERT_EQ(spans.size(), 1U);
  EXPECT_THAT(spans[0].begin, IsNear(milliseconds(1000)));
}

TEST(WordTiming, LongWordsGetMoreTimeThanShortOnes) {
  const Sound sound = Sound().silence(300).tone(900, 400).silence(300);
  const auto spans = time_words(sound.samples(), {phrase(300, 1200, {"a", "considerable"})}, {});
  ASSERT_EQ(spans.size(), 2U);
  EXPECT_LT(spans[0].duration() * 3, spans[1].duration());
}

TEST(WordTiming, NoWordsGiveNoTimes) {
  EXPECT_TRUE(time_words(Sound().tone(500, 300).samples(), {}, {}).empty());
  EXPECT_TRUE(time_words({}, {phrase(0, 100, {})}, {}).empty());
}

TEST(WordTiming, PhrasesOutsideTheAudioOrBackwardsStillGiveOrderedTimes) {
  const Sound sound = Sound().tone(1000, 300);
  const auto spans = time_words(sound.samples(),
                                {phrase(900, 400, {"one", "two"}), phrase(5000, 9000, {"three"}),
                                 phrase(-700, -100, {"four", "five"})},
                                {});
  ASSERT_EQ(spans.size(), 5U);
  expect_in_order(spans, std::chrono::seconds(1));
}

TEST(WordTiming, MoreWordsThanTheAudioHasRoomForShareItEvenly) {
  const std::vector<std::string> words(100, "word");
  const auto spans = time_words(Sound().tone(500, 300).samples(), {phrase(0, 500, words)}, {});
  ASSERT_EQ(spans.size(), 100U);
  EXPECT_EQ(spans.front().begin, MediaTime(0));
  EXPECT_EQ(spans.back().end, milliseconds(500));
}

TEST(WordTiming, AudioShorterThanAFrameIsShared) {
  const std::vector<std::int16_t> samples(80, 100);
  const auto spans = time_words(samples, {phrase(0, 10, {"a", "b"})}, {});
  ASSERT_EQ(spans.size(), 2U);
  EXPECT_EQ(spans[1].end, milliseconds(5));
}

TEST(WordTiming, TheSameInputGivesTheSameTimes) {
  const Sound sound = Sound().silence(200).tone(700, 300).silence(100).tone(400, 700);
  const std::vector<RoughPhrase> phrases = {phrase(200, 1400, {"The", "weather", "tonight."})};
  EXPECT_EQ(time_words(sound.samples(), phrases, {}), time_words(sound.samples(), phrases, {}));
}

TEST(SpokenLength, FollowsLettersAndPauses) {
  using enum SpokenPlace;
  EXPECT_LT(spoken_length("the", kInside), spoken_length("three", kInside));
  EXPECT_LT(spoken_length("budget", kInside), spoken_length("president", kInside));
  EXPECT_LT(spoken_length("budget", kInside), spoken_length("budget", kBeforePause));
  EXPECT_GT(spoken_length("1984", kInside), 0.6);
  EXPECT_GT(spoken_length("\xE6\x9D\xB1\xE4\xBA\xAC", kInside), 0.3);
  EXPECT_GE(spoken_length("", kInside), 0.05);
  EXPECT_GE(spoken_length("\xFF\xE6", kInside), 0.05);
}

TEST(SoundFrames, TellLoudFromQuietAndWhereSoundChanges) {
  const SoundFrames frames = look_at_sound(Sound().silence(300).tone(300, 500).samples());
  ASSERT_EQ(frames.loudness.size(), 60U);
  EXPECT_LT(frames.loudness[10], kLoudLevel);
  EXPECT_GT(frames.loudness[45], kLoudLevel);
  EXPECT_GT(frames.change[30], frames.change[10]);
  EXPECT_GT(frames.change[30], frames.change[45]);
}

}  // namespace
}  // namespace subtide
