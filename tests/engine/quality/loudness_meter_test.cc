#include "engine/quality/loudness_meter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>

namespace subtide {
namespace {

using testing::DoubleNear;
using testing::HasSubstr;
using testing::Optional;

constexpr int kRate = 48000;
/// What the meter's histograms are exact to.
constexpr double kExact = 0.1;

/// A tone of 997 Hz in `channels` alike, its peaks at `level` dBFS.
std::vector<float> tone(double seconds, double level, std::size_t channels = 2) {
  const double peak = std::pow(10.0, level / 20);
  std::vector<float> samples;
  for (int i = 0; i < static_cast<int>(seconds * kRate); ++i) {
    const auto sample = static_cast<float>(peak * std::sin(2 * std::numbers::pi * 997 * i / kRate));
    samples.insert(samples.end(), channels, sample);
  }
  return samples;
}

std::vector<std::int16_t> to_16_bit(const std::vector<float>& samples) {
  std::vector<std::int16_t> all;
  for (const float sample : samples) {
    all.push_back(static_cast<std::int16_t>(std::lround(sample * 32767)));
  }
  return all;
}

LoudnessMeter meter(int channels = 2) {
  auto made = LoudnessMeter::create({kRate, usual_channels(channels)});
  EXPECT_TRUE(made);
  return std::move(*made);
}

TEST(LoudnessMeter, AStereoToneIsAsLoudAsItsPeaks) {
  // EBU Tech 3341, case 1: 1 kHz in both channels at -23 dBFS measures -23 LUFS.
  LoudnessMeter watch = meter();
  watch.push(tone(20, -23));
  const auto result = watch.result();
  ASSERT_TRUE(result);
  EXPECT_NEAR(result->integrated, -23.0, kExact);
  EXPECT_NEAR(result->range, 0.0, kExact);
  EXPECT_NEAR(result->true_peak, -23.0, kExact);
}

TEST(LoudnessMeter, SamplesOf16BitMeasureTheSame) {
  LoudnessMeter watch = meter();
  watch.push(to_16_bit(tone(5, -33)));
  const auto result = watch.result();
  ASSERT_TRUE(result);
  EXPECT_NEAR(result->integrated, -33.0, kExact);
  EXPECT_NEAR(result->true_peak, -33.0, kExact);
}

TEST(LoudnessMeter, QuietPartsAreGatedOutAndWidenTheRange) {
  // EBU Tech 3342, case 1: 20 s at -20 and 20 s at -30 dBFS range over 10 LU.
  LoudnessMeter watch = meter();
  watch.push(tone(20, -20));
  watch.push(tone(20, -30));
  EXPECT_NEAR(watch.result()->range, 10.0, 1.0);
  LoudnessMeter gated = meter();
  gated.push(tone(10, -23));
  gated.push(tone(10, -75));
  EXPECT_NEAR(gated.result()->integrated, -23.0, kExact);
}

TEST(LoudnessMeter, TruePeaksLieBetweenSamples) {
  // A quarter of the rate, caught 45 degrees off its peaks: samples at 0.5 of what the wave
  // reaches.
  std::vector<float> samples;
  for (int i = 0; i < kRate; ++i) {
    samples.push_back(static_cast<float>(0.5 * std::sin(std::numbers::pi * (2 * i + 1) / 4)));
  }
  LoudnessMeter watch = meter(1);
  watch.push(samples);
  EXPECT_NEAR(watch.result()->true_peak, 20 * std::log10(0.5), 0.3);
}

TEST(LoudnessMeter, ChannelsWeighAsTheyAreHeard) {
  const auto only = [](std::size_t channel) {
    std::vector<float> samples;
    for (const float sample : tone(5, -23, 1)) {
      for (std::size_t i = 0; i < 6; ++i) samples.push_back(i == channel ? sample : 0.0F);
    }
    LoudnessMeter watch = meter(6);
    watch.push(samples);
    return watch.result();
  };
  EXPECT_NEAR(only(0)->integrated, -26.0, kExact) << "left";
  EXPECT_NEAR(only(2)->integrated, -26.0, kExact) << "centre";
  EXPECT_NEAR(only(4)->integrated, -24.5, kExact) << "surround";
  EXPECT_EQ(only(3), std::nullopt) << "low frequencies do not count";
}

TEST(LoudnessMeter, WhatIsTooShortOrSilentHasNone) {
  LoudnessMeter watch = meter();
  EXPECT_EQ(watch.result(), std::nullopt);
  watch.push(tone(0.3, -20));
  EXPECT_EQ(watch.result(), std::nullopt) << "a block is 0.4 s";
  LoudnessMeter silent = meter();
  silent.push(std::vector<float>(2 * kRate * 3, 0.0F));
  EXPECT_EQ(silent.result(), std::nullopt);
}

TEST(LoudnessMeter, ASampleThatIsNoNumberSpoilsNothing) {
  std::vector<float> samples = tone(5, -23);
  samples[1000] = std::numeric_limits<float>::quiet_NaN();
  samples[2001] = std::numeric_limits<float>::infinity();
  LoudnessMeter watch = meter();
  watch.push(samples);
  EXPECT_NEAR(watch.result()->integrated, -23.0, kExact);
}

TEST(LoudnessMeter, GoesOnInAnotherForm) {
  LoudnessMeter watch = meter();
  watch.push(tone(10, -10));
  ASSERT_TRUE(watch.change_form({kRate, usual_channels(1)}));
  watch.push(tone(10, -40, 1));
  const auto result = watch.result();
  EXPECT_NEAR(result->integrated, -10.0, kExact) << "the second half is gated out";
  EXPECT_NEAR(result->true_peak, -10.0, kExact) << "of the first half";
}

TEST(LoudnessMeter, RefusesWhatNobodyMeasures) {
  EXPECT_EQ(LoudnessMeter::create({0, usual_channels(2)}).error().code, ErrorCode::kUnsupported);
  const auto none = LoudnessMeter::create({kRate, {}});
  EXPECT_THAT(none.error().message, HasSubstr("0 channels at 48000 Hz"));
  EXPECT_EQ(meter().change_form({kRate, usual_channels(65)}).error().code, ErrorCode::kUnsupported);
}

TEST(LoudnessGain, ReachesTheTargetUnlessPeaksForbid) {
  const Loudness quiet{-30, 5, -12};
  EXPECT_DOUBLE_EQ(loudness_gain(quiet, -23), 7);
  EXPECT_DOUBLE_EQ(loudness_gain(quiet, -16), 11) << "peaks then reach -1";
  EXPECT_DOUBLE_EQ(loudness_gain(quiet, -16, 0), 12);
  EXPECT_DOUBLE_EQ(loudness_gain({-10, 5, -0.5}, -23), -13);
}

TEST(UsualChannels, FollowWave) {
  using enum SoundChannel;
  EXPECT_THAT(usual_channels(1), testing::ElementsAre(kCentre));
  EXPECT_THAT(usual_channels(2), testing::ElementsAre(kLeft, kRight));
  EXPECT_EQ(usual_channels(6)[3], kLowFrequency);
  EXPECT_THAT(usual_channels(10), testing::SizeIs(10));
  EXPECT_TRUE(usual_channels(-1).empty());
}

}  // namespace
}  // namespace subtide
