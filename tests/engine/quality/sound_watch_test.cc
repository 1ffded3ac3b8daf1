#include "engine/quality/sound_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace subtide {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr int kRate = 1000;  // so a sample is a millisecond
constexpr QualityKind kSilent = QualityKind::kSilent;
constexpr QualityKind kClipped = QualityKind::kClipped;
constexpr QualityKind kMissing = QualityKind::kMissingAudio;

using Samples = std::vector<float>;

/// Samples of one level.
Samples flat(std::size_t count, float level) { return Samples(count, level); }

Samples operator+(Samples one, const Samples& other) {
  one.insert(one.end(), other.begin(), other.end());
  return one;
}

/// A watch whose findings are gathered.
class Sound {
 public:
  explicit Sound(int channels = 1, const SoundWatchOptions& options = {})
      : watch_(*SoundWatch::create(kRate, channels, options)) {}

  Sound& at(MediaTime begin, const Samples& samples) {
    keep(watch_.push(begin, samples));
    return *this;
  }
  Sound& gap(TimeSpan span) {
    keep(watch_.skip(span));
    return *this;
  }
  std::vector<QualityFinding> so_far() const { return all_; }
  std::vector<QualityFinding> end() {
    keep(watch_.finish());
    return all_;
  }

 private:
  void keep(std::vector<QualityFinding> found) {
    for (auto& one : found) all_.push_back(std::move(one));
  }

  SoundWatch watch_;
  std::vector<QualityFinding> all_;
};

QualityFinding silent(TimeSpan span) { return {kSilent, span, "below -60 dBFS in all channels"}; }
QualityFinding clipped(TimeSpan span, const std::string& count) { return {kClipped, span, count}; }
QualityFinding missing(TimeSpan span) { return {kMissing, span, ""}; }

TEST(SoundWatch, FindsSilenceToTheSample) {
  Sound sound;
  sound.at(10s, flat(500, 0.5F) + flat(2500, 0.0005F) + flat(100, 0.5F));
  EXPECT_THAT(sound.so_far(), ElementsAre(silent({10500ms, 13s})));
}

TEST(SoundWatch, SilenceRunsOnOverBuffersOfAnySize) {
  Sound sound;
  for (MediaTime at = 0ms; at < 3s; at += 7ms) sound.at(at, flat(7, 0));
  sound.at(3003ms, flat(10, 0.2F));
  EXPECT_THAT(sound.end(), ElementsAre(silent({0s, 3003ms})));
}

TEST(SoundWatch, OneLoudChannelIsNoSilence) {
  Samples samples;
  for (int i = 0; i < 3000; ++i) samples.insert(samples.end(), {0.0F, 0.1F});
  EXPECT_THAT(Sound(2).at(0s, samples).end(), IsEmpty());
}

TEST(SoundWatch, ShortSilenceIsAPause) {
  EXPECT_THAT(Sound().at(0s, flat(1999, 0) + flat(10, 0.5F)).end(), IsEmpty());
  EXPECT_THAT(Sound().at(0s, flat(2000, 0) + flat(10, 0.5F)).end(), ElementsAre(silent({0s, 2s})));
  EXPECT_THAT(Sound(1, {.silence_level = -40, .shortest_silence = 1s})
                  .at(0s, flat(1000, 0.009F) + flat(10, 0.5F))
                  .end(),
              ElementsAre(QualityFinding{kSilent, {0s, 1s}, "below -40 dBFS in all channels"}));
}

TEST(SoundWatch, SilenceAtTheEndEndsWithTheLastSample) {
  EXPECT_THAT(Sound().at(0s, flat(10, 0.5F) + flat(2000, 0)).end(),
              ElementsAre(silent({10ms, 2010ms})));
}

TEST(SoundWatch, ThreeSamplesAtFullScaleAreAClip) {
  Sound sound;
  sound.at(5s,
           flat(100, 0.5F) + flat(2, 1.0F) + flat(100, 0.5F) + flat(3, -1.0F) + flat(600, 0.5F));
  EXPECT_THAT(sound.so_far(), ElementsAre(clipped({5202ms, 5205ms}, "1 clip")));
}

TEST(SoundWatch, NearClipsAreOneStretch) {
  Sound sound;
  sound.at(0s, flat(3, 1.0F) + flat(500, 0) + flat(4, 1.0F) + flat(501, 0.1F) + flat(5, 1.0F));
  EXPECT_THAT(sound.end(),
              ElementsAre(clipped({0s, 507ms}, "2 clips"), clipped({1008ms, 1013ms}, "1 clip")));
}

TEST(SoundWatch, AClipRunsOnOverBuffers) {
  Sound sound;
  sound.at(0ms, flat(2, 1.0F)).at(2ms, flat(2, 1.0F)).at(4ms, flat(9, 0));
  EXPECT_THAT(sound.end(), ElementsAre(clipped({0ms, 4ms}, "1 clip")));
}

TEST(SoundWatch, AClipIsOneChannelsAlone) {
  // Two samples each, one after the other: never three in a row.
  const Samples samples = {1, 0, 1, 0, 0, 1, 0, 1, 0, 0};
  EXPECT_THAT(Sound(2).at(0s, samples).end(), IsEmpty());
  EXPECT_THAT(Sound(2).at(0s, {0, 1, 0, 1, 0, 1, 0, 0}).end(),
              ElementsAre(clipped({0ms, 3ms}, "1 clip")));
}

TEST(SoundWatch, SamplesOf16BitClipAtTheirHighest) {
  SoundWatch watch = *SoundWatch::create(kRate, 1);
  watch.push(0s, std::vector<std::int16_t>{0, 32766, 32766, 32766, 0, 32767, -32768, 32767});
  EXPECT_THAT(watch.finish(), ElementsAre(clipped({5ms, 8ms}, "1 clip")));
  watch.push(0s, std::vector<std::int16_t>(2000, 32));
  EXPECT_THAT(watch.finish(), ElementsAre(silent({0s, 2s}))) << "-60.2 dBFS";
}

TEST(SoundWatch, AHoleIsMissingSoundAndEndsSilence) {
  Sound sound;
  sound.at(0s, flat(2500, 0)).at(4s, flat(2500, 0)).at(6500ms, flat(10, 0.5F));
  EXPECT_THAT(sound.end(),
              ElementsAre(silent({0s, 2500ms}), missing({2500ms, 4s}), silent({4s, 6500ms})));
}

TEST(SoundWatch, TimesComeFromTheBuffers) {
  // Each buffer lacks a tenth of its samples: nothing that anybody would hear as a hole.
  Sound sound;
  for (MediaTime at = 0s; at < 10s; at += 100ms) {
    sound.at(at, flat(90, at >= 4s && at < 7s ? 0.0F : 0.5F));
  }
  EXPECT_THAT(sound.end(), ElementsAre(silent({4s, 7s})));
}

TEST(SoundWatch, AGapThatIsToldIsMissingSound) {
  EXPECT_THAT(Sound().at(0s, flat(100, 0.5F)).gap({100ms, 2s}).gap({2s, 3s}).end(),
              ElementsAre(missing({100ms, 3s})));
  EXPECT_THAT(Sound().gap({1s, 2s}).at(2s, flat(10, 0.5F)).end(), ElementsAre(missing({1s, 2s})));
  EXPECT_THAT(Sound().at(0s, flat(100, 0.5F)).gap({100ms, 150ms}).at(150ms, flat(9, 0.5F)).end(),
              IsEmpty());
}

TEST(SoundWatch, AStepBackIsNoHole) {
  Sound sound;
  sound.at(10s, flat(2000, 0)).at(0s, flat(2000, 0));
  EXPECT_THAT(sound.end(), ElementsAre(silent({10s, 12s}), silent({0s, 2s})));
}

TEST(SoundWatch, WhatIsNoNumberIsNeitherSilentNorClipped) {
  const float odd = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(Sound().at(0s, flat(3000, odd)).end(), IsEmpty());
  EXPECT_THAT(Sound(2).at(0s, {0.5F}).end(), IsEmpty()) << "half a frame";
}

TEST(SoundWatch, RefusesImpossibleOptions) {
  EXPECT_EQ(SoundWatch::create(0, 2).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(SoundWatch::create(kRate, 0).error().code, ErrorCode::kInvalidArgument);
  const auto loud = SoundWatch::create(kRate, 1, {.silence_level = 3});
  EXPECT_THAT(loud.error().message, testing::HasSubstr("silence_level"));
}

TEST(QualityFinding, SaysWhatAndWhere) {
  EXPECT_EQ(to_string(missing({2s, 5500ms})),
            "missing_audio 00:00:02.000 to 00:00:05.500 (3.500 s)");
  EXPECT_EQ(to_string(clipped({0s, 4ms}, "1 clip")),
            "clipped 00:00:00.000 to 00:00:00.004 (0.004 s): 1 clip");
}

TEST(QualityFinding, NamesOfKindsAreReadBack) {
  for (const auto kind : {QualityKind::kBlack, QualityKind::kFrozen, kSilent, kClipped, kMissing}) {
    EXPECT_EQ(parse_quality_kind(to_string(kind)), kind);
  }
  EXPECT_EQ(parse_quality_kind("loud"), std::nullopt);
}

}  // namespace
}  // namespace subtide
