#include "models/pocketsphinx/pocketsphinx_recognizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sndfile.h>

#include <future>

#include "tests/support/shared_files.h"
#include "tests/support/word_errors.h"

namespace subtide {
namespace {

using testing::HasSubstr;

std::shared_ptr<const AudioWindow> clip(std::string_view name) {
  SF_INFO format{};
  SNDFILE* file = sf_open(shared_media(name).c_str(), SFM_READ, &format);
  std::vector<std::int16_t> samples(static_cast<std::size_t>(format.frames));
  sf_read_short(file, samples.data(), format.frames);
  sf_close(file);
  return *AudioWindow::create(std::move(samples), {{0, std::chrono::seconds(10)}});
}

class PocketsphinxRecognizer : public testing::Test {
 protected:
  void SetUp() override {
    SUBTIDE_REQUIRE_FILE(PocketsphinxOptions().model_folder);
    SUBTIDE_REQUIRE_FILE(shared_media("en/librivox_0880.wav"));
  }
};

TEST_F(PocketsphinxRecognizer, HearsEnglishWithWordTimes) {
  const auto model = *make_pocketsphinx_recognizer({});
  const auto window = clip("en/librispeech_61-70968-0000.flac");
  const auto heard = model->recognize(*window, {});
  ASSERT_TRUE(heard) << heard.error().message;
  const WordErrors errors = normalized_word_errors(
      "he began a confused complaint against the wizard who had vanished behind the curtain on the "
      "left",
      to_text(heard->words));
  EXPECT_LE(errors.rate(), 0.25) << to_text(heard->words);
  MediaTime last = window->span().begin;
  for (const Word& word : heard->words) {
    EXPECT_EQ(word.text.find_first_of("<[(+"), std::string::npos) << word.text;
    EXPECT_GE(word.span.begin, last);
    EXPECT_LE(word.span.end, window->span().end);
    EXPECT_GE(word.confidence, 0.0F);
    EXPECT_LE(word.confidence, 1.0F);
    last = word.span.end;
  }
}

TEST_F(PocketsphinxRecognizer, LanesAndOrderDoNotMatter) {
  const auto model = *make_pocketsphinx_recognizer({.lanes = 2});
  const auto first = clip("en/librivox_0880.wav");
  const auto second = clip("en/sb_spk1_snt1.wav");
  const auto before = model->recognize(*first, {});
  auto beside = std::async(std::launch::async, [&] { return model->recognize(*second, {}); });
  const auto again = model->recognize(*first, {});
  const auto other = beside.get();
  const auto after = model->recognize(*first, {});
  ASSERT_TRUE(before && again && other && after);
  EXPECT_EQ(before->words, again->words);
  EXPECT_EQ(before->words, after->words);
  EXPECT_EQ(model->recognize(*second, {})->words, other->words);
}

TEST_F(PocketsphinxRecognizer, HasNoOtherWayForASecondAttempt) {
  const auto model = *make_pocketsphinx_recognizer({});
  RecognitionRequest request;
  request.attempt = 1;
  EXPECT_EQ(model->recognize(*clip("en/librivox_0880.wav"), request).error().code,
            ErrorCode::kUnsupported);
}

TEST_F(PocketsphinxRecognizer, AlmostNothingGivesNoWords) {
  const auto model = *make_pocketsphinx_recognizer({});
  const auto window = *AudioWindow::create(std::vector<std::int16_t>(10, 0), {{0, MediaTime(0)}});
  const auto heard = model->recognize(*window, {});
  ASSERT_TRUE(heard) << heard.error().message;
  EXPECT_TRUE(heard->words.empty());
}

TEST_F(PocketsphinxRecognizer, CountsItsStepsForWhoeverWatches) {
  const auto model = *make_pocketsphinx_recognizer({});
  std::vector<std::int16_t> noise(32000);
  for (std::size_t i = 0; i < noise.size(); ++i)
    noise[i] = static_cast<std::int16_t>(i * 7919 % 4001);
  std::atomic<std::uint64_t> steps = 0;
  RecognitionRequest request;
  request.progress = &steps;
  ASSERT_TRUE(model->recognize(**AudioWindow::create(noise, {{0, MediaTime(0)}}), request));
  EXPECT_GT(steps, 3U);
}

TEST_F(PocketsphinxRecognizer, StopsWhenAskedAndKnowsEnglishOnly) {
  const auto model = *make_pocketsphinx_recognizer({});
  std::stop_source source;
  source.request_stop();
  RecognitionRequest request;
  request.stop = source.get_token();
  EXPECT_EQ(model->recognize(*clip("en/librivox_0880.wav"), request).error().code,
            ErrorCode::kUnavailable);
  request = {};
  request.language = "fr";
  EXPECT_EQ(model->recognize(*clip("en/librivox_0880.wav"), request).error().code,
            ErrorCode::kUnsupported);
}

TEST(PocketsphinxModel, AMissingModelNamesThePackage) {
  const auto missing = make_pocketsphinx_recognizer({.model_folder = "/nonexistent"});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(missing.error().message, HasSubstr("pocketsphinx-en-us"));
}

}  // namespace
}  // namespace subtide
