#include "models/energy/energy_detector.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <random>

#include "engine/speech/speech_gate.h"
#include "tests/support/shared_files.h"

namespace subtide {
namespace {

using Samples = std::vector<std::int16_t>;

std::size_t windows_of(double seconds) { return static_cast<std::size_t>(seconds / 0.032); }

Samples noise(double seconds, double peak, unsigned seed = 1) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> any(-peak, peak);
  Samples samples(windows_of(seconds) * kDetectorWindow);
  for (auto& sample : samples) sample = static_cast<std::int16_t>(any(random));
  return samples;
}

std::vector<float> hear(const Samples& samples) {
  auto stream = make_energy_detector()->open_stream().value();
  return stream->push(samples).value();
}

Samples joined(std::initializer_list<Samples> parts) {
  Samples all;
  for (const Samples& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

/// 16-bit mono files at 16 kHz alone.
Samples read_wav(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(file)), {});
  const std::size_t data = bytes.find("data") + 8;
  Samples samples((bytes.size() - data) / 2);
  std::memcpy(samples.data(), bytes.data() + data, samples.size() * 2);
  samples.resize((samples.size() + kDetectorWindow - 1) / kDetectorWindow * kDetectorWindow);
  return samples;
}

std::vector<TimeSpan> speech_in(const Samples& samples) {
  SpeechGate gate = std::move(SpeechGate::create({}).value());
  std::vector<TimeSpan> found;
  MediaTime now{0};
  for (const float probability : hear(samples)) {
    for (const auto& decision :
         gate.push({now, now + std::chrono::milliseconds(32)}, probability)) {
      if (decision.ended) found.push_back(decision.ended->span);
    }
    now += std::chrono::milliseconds(32);
  }
  if (const auto last = gate.finish()) found.push_back(last->span);
  return found;
}

double total(const std::vector<TimeSpan>& spans) {
  double sum = 0;
  for (const TimeSpan& span : spans) sum += to_seconds(span.duration());
  return sum;
}

double overlap(const std::vector<TimeSpan>& spans, double begin, double end) {
  double sum = 0;
  for (const TimeSpan& span : spans) {
    sum += std::max(0.0,
                    std::min(end, to_seconds(span.end)) - std::max(begin, to_seconds(span.begin)));
  }
  return sum;
}

TEST(EnergyDetector, HearsNothingInDigitalSilence) {
  for (const float probability : hear(Samples(200 * kDetectorWindow))) EXPECT_EQ(probability, 0.0F);
}

TEST(EnergyDetector, HearsNothingInAConstantOffset) {
  const auto heard = hear(Samples(200 * kDetectorWindow, 12'000));
  for (std::size_t i = 10; i < heard.size(); ++i) EXPECT_LT(heard[i], 0.1F);
}

TEST(EnergyDetector, HearsWhatIsLoudAboveTheNoise) {
  const auto heard = hear(joined({noise(4, 60), noise(1, 3000), noise(2, 60)}));
  EXPECT_LT(heard[windows_of(3.5)], 0.2F);
  EXPECT_GT(heard[windows_of(4.5)], 0.9F);
  EXPECT_LT(heard[windows_of(6.0)], 0.2F);
}

TEST(EnergyDetector, HearsSpeechThatComesAtOnce) { EXPECT_GT(hear(noise(1, 3000))[2], 0.9F); }

TEST(EnergyDetector, GetsUsedToSteadyNoise) {
  const auto heard = hear(noise(10, 2000));
  EXPECT_LT(heard[windows_of(9)], 0.2F);
}

TEST(EnergyDetector, GivesTheSameHoweverTheAudioIsCut) {
  const Samples samples = joined({noise(2, 100), noise(1, 4000), noise(1, 100)});
  const auto whole = hear(samples);
  auto stream = make_energy_detector()->open_stream().value();
  std::vector<float> pieces;
  for (std::size_t at = 0; at < samples.size(); at += kDetectorWindow) {
    const auto more = stream->push(std::span(samples).subspan(at, kDetectorWindow)).value();
    pieces.insert(pieces.end(), more.begin(), more.end());
  }
  EXPECT_EQ(pieces, whole);
}

TEST(EnergyDetector, ForgetsThePastAfterAReset) {
  auto stream = make_energy_detector()->open_stream().value();
  const auto fresh = stream->push(noise(1, 800)).value();
  ASSERT_TRUE(stream->push(noise(5, 5000)));
  stream->reset();
  EXPECT_EQ(stream->push(noise(1, 800)).value(), fresh);
}

TEST(EnergyDetector, TakesATuneOfSingleNotesForNoSpeech) {
  std::vector<std::int16_t> tune;
  constexpr double kNotes[] = {523.25, 659.25, 783.99, 1046.5};
  for (int i = 0; i < 32000; ++i) {
    const double time = i / 16000.0;
    const double note = kNotes[static_cast<int>(time * 6) % 4];
    const double fade = std::exp(-3 * std::fmod(time * 6, 1));
    tune.push_back(static_cast<std::int16_t>(6000 * fade * std::sin(6.283185307 * note * time)));
  }
  tune.resize(tune.size() / kDetectorWindow * kDetectorWindow);
  for (const float probability : hear(tune)) EXPECT_LT(probability, 0.35F);
}

TEST(EnergyDetector, RefusesAPieceOfAWindow) {
  auto stream = make_energy_detector()->open_stream().value();
  EXPECT_FALSE(stream->push(Samples(kDetectorWindow + 1)));
}

TEST(EnergyDetector, FindsTheHandLabelledSpeech) {
  const auto file = shared_media("vad/sb_valid.wav");
  SUBTIDE_REQUIRE_FILE(file);
  const auto found = speech_in(read_wav(file));
  EXPECT_GT(overlap(found, 0.38, 2.7), 0.9 * 2.32);
  EXPECT_GT(overlap(found, 4.1, 5.88), 0.9 * 1.78);
  EXPECT_LT(overlap(found, 3.1, 3.8), 0.1);
}

TEST(EnergyDetector, FindsASpeakerBetweenDigitalSilence) {
  const auto file = shared_media("vad/derived_jfk_padded.wav");
  SUBTIDE_REQUIRE_FILE(file);
  const auto found = speech_in(read_wav(file));
  ASSERT_FALSE(found.empty());
  EXPECT_GE(to_seconds(found.front().begin), 7.7);
  EXPECT_LE(to_seconds(found.back().end), 19.5);
  EXPECT_GT(total(found), 8.0);
}

TEST(EnergyDetector, FindsNoSpeechInSilentFiles) {
  const auto zero = shared_media("vad/aeneas_zero.wav");
  SUBTIDE_REQUIRE_FILE(zero);
  EXPECT_TRUE(speech_in(read_wav(zero)).empty());
}

}  // namespace
}  // namespace subtide
