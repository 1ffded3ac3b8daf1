#include "models/fake/tone_listener.h"

#include <gtest/gtest.h>

#include "models/fake/fake.h"
#include "tests/support/tone_speech.h"

namespace subtide {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::shared_ptr<const AudioWindow> window_of(const std::vector<ToneWord>& words,
                                             MediaDuration length, MediaTime begin) {
  return *AudioWindow::create(tone_samples(words, length, kSpeechSampleRate), {{0, begin}});
}

TEST(ToneListener, HearsEveryWordWhereItIs) {
  const auto words = tone_words(seconds(40));
  ASSERT_GT(words.size(), 60U) << "all tones, and some again";
  const auto heard = hear_tones(*window_of(words, seconds(40), seconds(100)));
  ASSERT_EQ(heard.size(), words.size());
  for (std::size_t i = 0; i < words.size(); ++i) {
    EXPECT_EQ(heard[i].text, words[i].text);
    const TimeSpan span = words[i].span.shifted(seconds(100));
    EXPECT_LE(std::chrono::abs(heard[i].span.begin - span.begin), milliseconds(6));
    EXPECT_LE(std::chrono::abs(heard[i].span.end - span.end), milliseconds(6));
  }
}

TEST(ToneListener, ATailWithoutItsBeginIsNoWord) {
  const std::vector<ToneWord> words = {{"t5", {MediaTime(0), milliseconds(100)}},
                                       {"t6", {milliseconds(400), milliseconds(650)}}};
  const auto heard = hear_tones(*window_of(words, seconds(1), MediaTime(0)));
  ASSERT_EQ(heard.size(), 1U);
  EXPECT_EQ(heard[0].text, "t6");
}

TEST(ToneListener, SilenceHasNoWords) {
  EXPECT_TRUE(hear_tones(*window_of({}, seconds(1), MediaTime(0))).empty());
}

TEST(ToneListener, IsAskedForByTheScript) {
  const auto recognizer = make_fake_recognizer(R"({"tones": true})", {});
  ASSERT_TRUE(recognizer) << recognizer.error().message;
  const auto words = tone_words(seconds(5));
  const auto transcript = (*recognizer)->recognize(*window_of(words, seconds(5), MediaTime(0)), {});
  ASSERT_TRUE(transcript);
  EXPECT_EQ(transcript->words.size(), words.size());
}

}  // namespace
}  // namespace subtide
