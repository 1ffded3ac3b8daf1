#include "models/whisper/whisper_recognizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <future>
#include <thread>

#include "engine/base/atomic_file.h"
#include "models/whisper/paused_audio.h"
#include "tests/support/shared_files.h"
#include "tests/support/spoken_text.h"
#include "tests/support/word_errors.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using testing::HasSubstr;

constexpr std::size_t kLimit = 64U << 20U;

fs::path mini() { return shared_model("ggml-mini.en.bin"); }
fs::path grammar() { return shared_folder() / "models" / "mini-grammar.json"; }

WhisperOptions options(const fs::path& file) {
  WhisperOptions result;
  result.model_file = file;
  result.spec = "whisper:mini.en";
  return result;
}

std::shared_ptr<Recognizer> recognizer(int lanes = 1) {
  WhisperOptions with_lanes = options(mini());
  with_lanes.lanes = lanes;
  return *make_whisper_recognizer(with_lanes);
}

std::shared_ptr<const AudioWindow> window_of(const std::string& sentence) {
  SpokenText spoken = speak(sentence, {});
  spoken.samples.insert(spoken.samples.begin(), 8000, 0);
  spoken.samples.resize(spoken.samples.size() + 8000);
  return *AudioWindow::create(std::move(spoken.samples), {{0, MediaTime(0)}});
}

/// A copy of the mini model with its first `size` bytes, or one byte changed.
class DamagedModel {
 public:
  DamagedModel() : bytes_(*read_file(mini(), kLimit)) {}
  std::size_t size() const { return bytes_.size(); }
  fs::path cut(std::size_t size) const { return write(bytes_.substr(0, size)); }
  fs::path changed(std::size_t at, char value) const {
    std::string bytes = bytes_;
    bytes[at] = value;
    return write(bytes);
  }

 private:
  fs::path write(const std::string& bytes) const {
    std::ofstream(folder_ / "damaged.bin", std::ios::binary | std::ios::trunc) << bytes;
    return folder_ / "damaged.bin";
  }
  TemporaryFolder folder_;
  std::string bytes_;
};

class WhisperRecognizer : public testing::Test {
 protected:
  void SetUp() override {
    SUBTIDE_REQUIRE_FILE(mini());
    SUBTIDE_REQUIRE_FILE(grammar());
  }
};

TEST_F(WhisperRecognizer, HearsASentenceItKnows) {
  const std::string sentence = "The president will sign the new budget tomorrow morning.";
  const auto transcript = recognizer()->recognize(*window_of(sentence), {});
  ASSERT_TRUE(transcript) << transcript.error().message;
  EXPECT_EQ(to_text(transcript->words), sentence);
  EXPECT_EQ(transcript->language, "en");
  EXPECT_TRUE(transcript->is_punctuated);
  EXPECT_THAT(transcript->phrase_starts, testing::ElementsAre(0U));
}

TEST_F(WhisperRecognizer, WordsAreWhereTheyWereSpoken) {
  SpokenGrammar sentences(grammar(), 21);
  const SpokenText spoken = sentences.programme(12);
  const auto model = recognizer();
  std::vector<Word> heard;
  for (const auto& window : pack_sentences(spoken, std::chrono::seconds(9))) {
    const auto transcript = model->recognize(*window, {});
    ASSERT_TRUE(transcript) << transcript.error().message;
    for (const Word& word : transcript->words) {
      EXPECT_GE(word.span.begin, window->span().begin);
      EXPECT_LE(word.span.end, window->span().end);
      EXPECT_GE(word.span.begin, heard.empty() ? MediaTime(0) : heard.back().span.end);
      heard.push_back(word);
    }
  }
  EXPECT_LE(normalized_word_errors(spoken.text(), to_text(heard)).rate(), 0.05);
  const TimeErrors onsets = onset_errors(spoken.words, heard);
  EXPECT_LE(onsets.percentile(0.5), 0.1);
  EXPECT_LE(onsets.percentile(0.95), 0.3);
}

TEST_F(WhisperRecognizer, LanesAndOrderDoNotMatter) {
  const auto one = recognizer(1);
  const auto four = recognizer(4);
  SpokenGrammar sentences(grammar(), 5);
  const auto windows = pack_sentences(sentences.programme(8), std::chrono::seconds(7));
  std::vector<std::future<Result<Transcript>>> running;
  for (const auto& window : windows) {
    running.push_back(
        std::async(std::launch::async, [&four, window] { return four->recognize(*window, {}); }));
  }
  for (std::size_t i = windows.size(); i-- > 0;) {
    const auto alone = one->recognize(*windows[i], {});
    const auto together = running[i].get();
    ASSERT_TRUE(alone && together);
    EXPECT_EQ(alone->words, together->words);
  }
}

TEST_F(WhisperRecognizer, ASecondAttemptIsAsRepeatableAsTheFirst) {
  SpokenGrammar sentences(grammar(), 5);
  const auto model = recognizer();
  RecognitionRequest again;
  again.attempt = 1;
  for (const auto& window : pack_sentences(sentences.programme(6), std::chrono::seconds(7))) {
    const auto first = model->recognize(*window, {});
    const auto second = model->recognize(*window, again);
    const auto third = model->recognize(*window, again);
    ASSERT_TRUE(first && second && third);
    EXPECT_FALSE(second->words.empty());
    EXPECT_EQ(second->words, third->words);
    EXPECT_EQ(model->recognize(*window, {})->words, first->words);
  }
}

TEST_F(WhisperRecognizer, SilenceAndAlmostNothingAreNoErrorAndNoFlood) {
  const auto model = recognizer();
  for (const std::size_t samples : {1U, 160U, 32000U}) {
    const auto window =
        *AudioWindow::create(std::vector<std::int16_t>(samples, 0), {{0, MediaTime(0)}});
    const auto transcript = model->recognize(*window, {});
    ASSERT_TRUE(transcript) << transcript.error().message;
    EXPECT_LE(transcript->words.size(), 12U);
  }
}

TEST_F(WhisperRecognizer, CountsItsStepsForWhoeverWatches) {
  std::atomic<std::uint64_t> steps = 0;
  RecognitionRequest request;
  request.progress = &steps;
  ASSERT_TRUE(
      recognizer()->recognize(*window_of("The mayor opened the hospital on Monday."), request));
  EXPECT_GT(steps, 5U);
}

TEST_F(WhisperRecognizer, StopsWhenAsked) {
  const auto model = recognizer();
  const auto window = window_of("Please show the hospital.");
  std::stop_source source;
  source.request_stop();
  RecognitionRequest request;
  request.stop = source.get_token();
  const auto stopped = model->recognize(*window, request);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::kUnavailable);
  EXPECT_TRUE(model->recognize(*window, {})) << "the lane is free again";
}

TEST_F(WhisperRecognizer, RefusesALanguageItDoesNotKnow) {
  RecognitionRequest request;
  request.language = "es";
  const auto refused = recognizer()->recognize(*window_of("Please open the door."), request);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(refused.error().message, HasSubstr("'es'"));
}

TEST_F(WhisperRecognizer, RefusesModelsThatAreCutOff) {
  const DamagedModel damaged;
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{3}, std::size_t{4}, std::size_t{40}, std::size_t{2000},
        std::size_t{200000}, damaged.size() / 2, damaged.size() - 1}) {
    const auto refused = make_whisper_recognizer(options(damaged.cut(size)));
    ASSERT_FALSE(refused) << size;
    EXPECT_EQ(refused.error().code, ErrorCode::kBadInput) << size;
    EXPECT_THAT(refused.error().message, HasSubstr("damaged.bin")) << size;
  }
}

TEST_F(WhisperRecognizer, DamagedHeadersNeverEndTheProcess) {
  const DamagedModel damaged;
  for (std::size_t at = 0; at < 64; at += 3) {
    const auto made = make_whisper_recognizer(options(damaged.changed(at, '\x7F')));
    EXPECT_TRUE(made || made.error().code == ErrorCode::kBadInput) << at;
  }
}

TEST_F(WhisperRecognizer, RefusesAModelWithoutWeights) {
  const fs::path empty = shared_model("for-tests-ggml-tiny.en.bin");
  SUBTIDE_REQUIRE_FILE(empty);
  const auto refused = make_whisper_recognizer(options(empty));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kBadInput);
  EXPECT_THAT(refused.error().message, HasSubstr("no weights"));
}

TEST(WhisperModelFile, NamesAFileThatIsMissingOrNoModel) {
  const auto missing = make_whisper_recognizer(options("/nonexistent/ggml-base.bin"));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(missing.error().message, HasSubstr("subtide models"));
  const auto folder = make_whisper_recognizer(options(fs::temp_directory_path()));
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().code, ErrorCode::kBadInput);
}

TEST(PausedAudio, PutsPausesBackAndFindsTheWayToTheWindow) {
  const auto window = *AudioWindow::create(std::vector<std::int16_t>(32000, 1),
                                           {{0, MediaTime(0)}, {16000, milliseconds(5000)}});
  const PausedAudio audio(*window, milliseconds(300), milliseconds(500));
  EXPECT_EQ(audio.samples().size(), 32000U + 4800U + 8000U);
  EXPECT_EQ(audio.window_offset(milliseconds(100)), milliseconds(0));
  EXPECT_EQ(audio.window_offset(milliseconds(800)), milliseconds(500));
  EXPECT_EQ(audio.window_offset(milliseconds(1500)), milliseconds(1000));
  EXPECT_EQ(audio.window_offset(milliseconds(2000)), milliseconds(1200));
  EXPECT_EQ(audio.window_offset(milliseconds(9000)), milliseconds(2000));
}

TEST_F(WhisperRecognizer, HearsTheSameWhereItMaySearchLess) {
  const std::string sentence = "The president will sign the new budget tomorrow morning.";
  RecognitionRequest live;
  live.is_partial = true;
  live.audio_context = AudioContext::kWindow;
  live.effort = SearchEffort::kQuick;
  const auto model = recognizer();
  const auto transcript = model->recognize(*window_of(sentence), live);
  ASSERT_TRUE(transcript) << transcript.error().message;
  EXPECT_EQ(to_text(transcript->words), sentence);
  EXPECT_EQ(to_text(model->recognize(*window_of(sentence), {})->words), sentence);
}

}  // namespace
}  // namespace subtide
