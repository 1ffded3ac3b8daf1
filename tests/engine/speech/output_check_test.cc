#include "engine/speech/output_check.h"

#include <gtest/gtest.h>

#include <sstream>

namespace subtide {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::vector<std::int16_t> sound(MediaDuration length, std::int16_t peak) {
  return std::vector<std::int16_t>(static_cast<std::size_t>(duration_to_samples(length)), peak);
}

std::shared_ptr<const AudioWindow> loud_window(MediaDuration length) {
  return AudioWindow::create(sound(length, 3000), {{0, MediaTime(0)}}).value();
}

/// One word each half second.
Transcript transcript(const std::string& text, MediaTime begin = MediaTime(0)) {
  Transcript made;
  std::istringstream stream(text);
  for (std::string word; stream >> word; begin += milliseconds(500)) {
    made.words.push_back({word, {begin, begin + milliseconds(400)}, 1.0F});
  }
  return made;
}

std::string times(int count, const std::string& text) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text + " ";
  return all;
}

TEST(OutputCheck, GapsOfDisbeliefAreKnownByTheirReason) {
  for (const auto reason : {Implausible::kLoop, Implausible::kTooDense, Implausible::kSilence,
                            Implausible::kLanguage, Implausible::kNotText, Implausible::kEmpty}) {
    EXPECT_TRUE(is_disbelieved({{}, std::string(to_string(reason))}));
  }
  EXPECT_FALSE(is_disbelieved({{}, "recognizer_failed"}));
}

TEST(OutputCheck, KeepsOrdinarySpeech) {
  const auto checked = check_output(transcript("Ask not what your country can do for you"),
                                    *loud_window(seconds(5)));
  EXPECT_EQ(to_text(checked.transcript.words), "Ask not what your country can do for you");
  EXPECT_TRUE(checked.removed.empty());
}

TEST(OutputCheck, KeepsTheRepetitionsThatPeopleSay) {
  for (const char* said : {"No, no, no!", "I know, I know, I know.", "very very very very good"}) {
    const auto checked = check_output(transcript(said), *loud_window(seconds(5)));
    EXPECT_EQ(to_text(checked.transcript.words), said);
  }
}

TEST(OutputCheck, TrimsALoopToItsFirstOccurrenceAndKeepsWhatFollows) {
  const auto checked =
      check_output(transcript("Well, " + times(4, "thank you all.") + "Now the weather."),
                   *loud_window(seconds(10)));
  EXPECT_EQ(to_text(checked.transcript.words), "Well, thank you all. Now the weather.");
  ASSERT_EQ(checked.removed.size(), 1U);
  EXPECT_EQ(checked.removed[0], (Gap{{seconds(2), milliseconds(6400)}, "output_loop"}));
}

TEST(OutputCheck, SeesALoopThroughCaseAndPunctuation) {
  const auto checked =
      check_output(transcript("So. so, SO so! So so so"), *loud_window(seconds(5)));
  EXPECT_EQ(to_text(checked.transcript.words), "So.");
}

TEST(OutputCheck, DropsMoreTextThanAnyoneCanSay) {
  const std::string dense =
      "An extraordinarily voluminous declaration unquestionably overflowing its recording.";
  EXPECT_FALSE(check_output(transcript(dense), *loud_window(seconds(4))).transcript.words.empty());
  const auto checked = check_output(transcript(dense), *loud_window(seconds(3)));
  EXPECT_TRUE(checked.transcript.words.empty());
  ASSERT_EQ(checked.removed.size(), 1U);
  EXPECT_EQ(checked.removed[0], (Gap{{seconds(0), seconds(3)}, "output_too_dense"}));
}

TEST(OutputCheck, CountsCharactersNotBytes) {
  const auto checked =
      check_output(transcript("это обычная речь по-русски"), *loud_window(seconds(2)));
  EXPECT_EQ(checked.transcript.words.size(), 4U);
}

TEST(OutputCheck, DropsTenMegabytesOfTextAtOnce) {
  Transcript huge;
  huge.words.push_back({std::string(10'000'000, 'a'), {MediaTime(0), seconds(1)}, 1.0F});
  const auto checked = check_output(std::move(huge), *loud_window(seconds(20)));
  EXPECT_TRUE(checked.transcript.words.empty());
  EXPECT_EQ(checked.removed.at(0).reason, "output_too_dense");
}

TEST(OutputCheck, DropsWordsOverSilenceAndKeepsTheOthers) {
  auto samples = sound(seconds(2), 3000);
  const auto silence = sound(seconds(3), 20);
  samples.insert(samples.end(), silence.begin(), silence.end());
  const auto window = AudioWindow::create(samples, {{0, seconds(10)}}).value();
  const auto checked =
      check_output(transcript("one two three four five six seven", seconds(10)), *window);
  EXPECT_EQ(to_text(checked.transcript.words), "one two three four five");
  ASSERT_EQ(checked.removed.size(), 1U);
  EXPECT_EQ(checked.removed[0],
            (Gap{{milliseconds(12'500), milliseconds(13'400)}, "output_over_silence"}));
}

TEST(OutputCheck, ListensAtTheRightPieceOfAPackedWindow) {
  auto samples = sound(seconds(1), 0);
  const auto loud = sound(seconds(1), 3000);
  samples.insert(samples.end(), loud.begin(), loud.end());
  const auto window =
      AudioWindow::create(samples, {{0, seconds(5)}, {16'000, seconds(60)}}).value();
  Transcript two;
  two.words = {{"hush", {milliseconds(5200), milliseconds(5600)}, 1.0F},
               {"loud", {milliseconds(60'100), milliseconds(60'500)}, 1.0F}};
  EXPECT_EQ(to_text(check_output(two, *window).transcript.words), "loud");
}

TEST(OutputCheck, MovesThePhraseStartsAlong) {
  Transcript made = transcript(times(4, "thank you all") + "and now the weather");
  made.phrase_starts = {0, 6, 12, 14};
  const auto checked = check_output(made, *loud_window(seconds(10)));
  EXPECT_EQ(checked.transcript.phrase_starts, (std::vector<std::size_t>{0, 3, 5}));
}

TEST(OutputCheck, DropsAnotherLanguageThanTheOneAskedFor) {
  Transcript made = transcript("guten Tag");
  made.language = "de-AT";
  const auto window = loud_window(seconds(5));
  EXPECT_TRUE(check_output(made, *window, "de").removed.empty());
  EXPECT_TRUE(check_output(made, *window).removed.empty());
  const auto checked = check_output(made, *window, "en-GB");
  EXPECT_TRUE(checked.transcript.words.empty());
  EXPECT_EQ(checked.removed,
            (std::vector<Gap>{{{MediaTime(0), seconds(5)}, "output_wrong_language"}}));
}

TEST(OutputCheck, TakesOutWhatIsNoText) {
  const auto checked =
      check_output(transcript("good \xFF\xC0 \x01 " + std::string(1001, 'a') + " night"),
                   *loud_window(seconds(60)));
  EXPECT_EQ(to_text(checked.transcript.words), "good night");
  ASSERT_EQ(checked.removed.size(), 1U);
  EXPECT_EQ(checked.removed[0].reason, "output_not_text");
}

TEST(OutputCheck, NothingWhereThereIsMuchToHearIsAGap) {
  const auto checked = check_output({}, *loud_window(seconds(4)));
  EXPECT_EQ(checked.removed, (std::vector<Gap>{{{MediaTime(0), seconds(4)}, "output_empty"}}));
  EXPECT_TRUE(check_output({}, *loud_window(seconds(2))).removed.empty());
  const auto quiet = AudioWindow::create(sound(seconds(9), 500), {{0, MediaTime(0)}}).value();
  EXPECT_TRUE(check_output({}, *quiet).removed.empty());
  Transcript dropped;
  dropped.gaps = {{{MediaTime(0), seconds(4)}, "output_loop"}};
  EXPECT_TRUE(check_output(dropped, *loud_window(seconds(4))).removed.empty());
}

}  // namespace
}  // namespace subtide
