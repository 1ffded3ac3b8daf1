#include "models/whisper/silero_detector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "engine/base/atomic_file.h"
#include "tests/support/shared_files.h"
#include "tests/support/spoken_text.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;

fs::path model() { return shared_model("ggml-silero-v6.2.0.bin"); }

/// A second of silence, a sentence, a second of silence; cut to whole detector windows.
std::vector<std::int16_t> spoken_between_silences() {
  std::vector<std::int16_t> samples(16384, 0);
  const SpokenText spoken = speak("The president will sign the new budget.", {});
  samples.insert(samples.end(), spoken.samples.begin(), spoken.samples.end());
  samples.resize((samples.size() + 16384) / kDetectorWindow * kDetectorWindow);
  return samples;
}

/// A stream on a detector of its own; the test fails when there is none.
std::unique_ptr<DetectorStream> open_stream() {
  auto detector = make_silero_detector(model());
  EXPECT_TRUE(detector) << detector.error().message;
  return *(*detector)->open_stream();
}

class SileroDetector : public testing::Test {
 protected:
  void SetUp() override { SUBTIDE_REQUIRE_FILE(model()); }
};

TEST_F(SileroDetector, TellsSpeechFromSilence) {
  const auto samples = spoken_between_silences();
  auto stream = open_stream();
  const auto probabilities = stream->push(samples);
  ASSERT_TRUE(probabilities);
  ASSERT_EQ(probabilities->size(), samples.size() / kDetectorWindow);
  EXPECT_LT(*std::max_element(probabilities->begin(), probabilities->begin() + 28), 0.3F);
  EXPECT_GT((*probabilities)[60], 0.7F);
  EXPECT_LT(probabilities->back(), 0.3F);
}

TEST_F(SileroDetector, HowTheAudioIsCutDoesNotMatter) {
  const auto samples = spoken_between_silences();
  const auto detector = *make_silero_detector(model());
  const auto at_once = *(*detector->open_stream())->push(samples);
  auto stream = *detector->open_stream();
  std::vector<float> in_parts;
  for (std::size_t at = 0; at < samples.size(); at += 3 * kDetectorWindow) {
    const std::size_t count = std::min(3 * kDetectorWindow, samples.size() - at);
    const auto part = *stream->push(std::span(samples).subspan(at, count));
    in_parts.insert(in_parts.end(), part.begin(), part.end());
  }
  EXPECT_EQ(in_parts, at_once);
}

TEST_F(SileroDetector, ResetForgetsThePast) {
  const auto samples = spoken_between_silences();
  auto stream = open_stream();
  const auto first = *stream->push(samples);
  stream->reset();
  EXPECT_EQ(*stream->push(samples), first);
}

TEST_F(SileroDetector, RefusesPartialWindows) {
  auto stream = open_stream();
  EXPECT_FALSE(stream->push(std::vector<std::int16_t>(100, 0)));
  EXPECT_TRUE(stream->push({})->empty());
}

TEST_F(SileroDetector, RefusesDamagedAndForeignFiles) {
  const std::string bytes = *read_file(model(), 8U << 20U);
  const TemporaryFolder folder;
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{10}, std::size_t{60}, bytes.size() / 2, bytes.size() - 1}) {
    std::ofstream(folder / "cut.bin", std::ios::binary | std::ios::trunc) << bytes.substr(0, size);
    const auto refused = make_silero_detector(folder / "cut.bin");
    ASSERT_FALSE(refused) << size;
    EXPECT_EQ(refused.error().code, ErrorCode::kBadInput) << size;
  }
  EXPECT_EQ(make_silero_detector("/nonexistent").error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace subtide
