#include "engine/speech/speech_finder.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

namespace subtide {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Samples = std::vector<std::int16_t>;

/// Speech where the first sample of a window is loud; counts what it was asked.
class LoudDetector : public DetectorStream {
 public:
  struct Calls {
    int pushes = 0;
    int resets = 0;
    bool fails = false;
  };
  explicit LoudDetector(std::shared_ptr<Calls> calls) : calls_(std::move(calls)) {}
  Result<std::vector<float>> push(std::span<const std::int16_t> samples) override {
    ++calls_->pushes;
    if (calls_->fails) return make_error(ErrorCode::kInternal, "detector broke");
    std::vector<float> probabilities;
    for (; !samples.empty(); samples = samples.subspan(kDetectorWindow)) {
      probabilities.push_back(samples[0] > 1000 ? 0.9F : 0.1F);
    }
    return probabilities;
  }
  void reset() override { ++calls_->resets; }

 private:
  std::shared_ptr<Calls> calls_;
};

class SpeechFinderTest : public testing::Test {
 protected:
  static SpeechGateOptions options() {
    SpeechGateOptions made;
    made.padding = milliseconds(64);
    return made;
  }
  SpeechFinder finder(std::size_t batch) {
    return std::move(
        SpeechFinder::create(std::make_unique<LoudDetector>(calls_), options(), batch).value());
  }
  void hear(SpeechFinder& finder, std::optional<MediaTime> begin, const Samples& samples) {
    note(finder.push(begin, samples).value());
  }
  void note(const std::vector<GateDecision>& decisions) {
    for (const auto& decision : decisions) {
      if (decision.ended) ended_.push_back(decision.ended->span);
    }
  }
  static Samples loud_from_to(std::size_t windows, std::size_t from, std::size_t to) {
    Samples samples(windows * kDetectorWindow, 0);
    for (std::size_t i = from * kDetectorWindow; i < to * kDetectorWindow; ++i) samples[i] = 2000;
    return samples;
  }

  std::shared_ptr<LoudDetector::Calls> calls_ = std::make_shared<LoudDetector::Calls>();
  std::vector<TimeSpan> ended_;
};

TEST_F(SpeechFinderTest, FindsTheSameHoweverTheAudioIsCut) {
  const Samples audio = loud_from_to(200, 50, 90);
  for (const std::size_t size : {1000U, 17U, 512U, 102'400U}) {
    ended_.clear();
    SpeechFinder finder = this->finder(8);
    for (std::size_t at = 0; at < audio.size(); at += size) {
      const auto begin = seconds(3) + samples_to_duration(static_cast<std::int64_t>(at));
      const auto part = std::span(audio).subspan(at, std::min(size, audio.size() - at));
      hear(finder, begin, Samples(part.begin(), part.end()));
    }
    note(finder.finish().value());
    const TimeSpan expected{seconds(3) + milliseconds(48 * 32), seconds(3) + milliseconds(92 * 32)};
    EXPECT_EQ(ended_, std::vector{expected}) << size;
  }
}

TEST_F(SpeechFinderTest, AsksTheDetectorForABatchAtOnce) {
  SpeechFinder finder = this->finder(10);
  hear(finder, seconds(0), loud_from_to(35, 0, 0));
  EXPECT_EQ(calls_->pushes, 3);
  EXPECT_EQ(finder.heard(), milliseconds(35 * 32));
}

TEST_F(SpeechFinderTest, EndsSpeechAtAJumpAndForgetsThePast) {
  SpeechFinder finder = this->finder(4);
  hear(finder, seconds(0), loud_from_to(30, 10, 30));
  hear(finder, seconds(60), loud_from_to(30, 0, 20));
  note(finder.finish().value());
  EXPECT_EQ(ended_, (std::vector<TimeSpan>{{milliseconds(8 * 32), milliseconds(30 * 32)},
                                           {seconds(60), seconds(60) + milliseconds(22 * 32)}}));
  EXPECT_EQ(calls_->resets, 2);
}

TEST_F(SpeechFinderTest, EndsWithTheLastSampleEvenInsideAWindow) {
  SpeechFinder finder = this->finder(4);
  Samples audio = loud_from_to(30, 10, 30);
  audio.resize(audio.size() - 256);
  hear(finder, seconds(0), audio);
  note(finder.finish().value());
  ASSERT_EQ(ended_.size(), 1U);
  EXPECT_EQ(ended_[0].end, milliseconds(30 * 32 - 16));
}

TEST_F(SpeechFinderTest, FollowsOnWhereABufferHasNoTime) {
  SpeechFinder finder = this->finder(4);
  hear(finder, seconds(5), loud_from_to(20, 10, 20));
  hear(finder, std::nullopt, loud_from_to(30, 0, 10));
  note(finder.finish().value());
  EXPECT_EQ(ended_, (std::vector<TimeSpan>{
                        {seconds(5) + milliseconds(8 * 32), seconds(5) + milliseconds(32 * 32)}}));
}

TEST_F(SpeechFinderTest, HandsOnWhatTheDetectorComplainsAbout) {
  SpeechFinder finder = this->finder(4);
  calls_->fails = true;
  const auto heard = finder.push(seconds(0), loud_from_to(10, 0, 0));
  ASSERT_FALSE(heard);
  EXPECT_EQ(heard.error().message, "detector broke");
}

TEST_F(SpeechFinderTest, RefusesABatchOfNothing) {
  EXPECT_FALSE(SpeechFinder::create(std::make_unique<LoudDetector>(calls_), options(), 0));
}

}  // namespace
}  // namespace subtide
