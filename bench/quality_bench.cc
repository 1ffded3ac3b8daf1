#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdint>
#include <vector>

#include "engine/quality/loudness_meter.h"
#include "engine/quality/picture_watch.h"
#include "engine/quality/shot_finder.h"
#include "engine/quality/sound_watch.h"

namespace subtide {
namespace {

constexpr int kWidth = 1920;
constexpr int kHeight = 1080;

/// A few pictures of 1080p, more of them than a processor keeps near.
std::vector<std::vector<std::uint8_t>> make_pictures() {
  std::vector<std::vector<std::uint8_t>> pictures(16);
  std::uint32_t random = 1;
  for (auto& picture : pictures) {
    picture.resize(static_cast<std::size_t>(kWidth) * kHeight);
    for (auto& pixel : picture) {
      random = random * 1664525 + 1013904223;
      pixel = static_cast<std::uint8_t>(random >> 24);
    }
  }
  return pictures;
}

/// All that is done to one picture.
void picture(benchmark::State& state) {
  const auto pictures = make_pictures();
  PictureWatch watch = *PictureWatch::create();
  ShotFinder shots;
  LumaGrid grid;
  MediaTime now{0};
  std::size_t next = 0;
  for (auto _ : state) {
    grid.sample({pictures[next++ % pictures.size()].data(), kWidth, kWidth, kHeight});
    benchmark::DoNotOptimize(watch.push({now, now + std::chrono::milliseconds(40)}, grid));
    benchmark::DoNotOptimize(shots.push(now, grid));
    now += std::chrono::milliseconds(40);
  }
}
BENCHMARK(picture)->Unit(benchmark::kMicrosecond);

/// One second of stereo at 48 kHz.
std::vector<float> make_sound() {
  std::vector<float> samples(2 * 48000);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    samples[i] = 0.3F * std::sin(0.05F * static_cast<float>(i));
  }
  return samples;
}

void sound_watch_second(benchmark::State& state) {
  const auto samples = make_sound();
  SoundWatch watch = *SoundWatch::create(48000, 2);
  MediaTime now{0};
  for (auto _ : state) {
    benchmark::DoNotOptimize(watch.push(now, samples));
    now += std::chrono::seconds(1);
  }
}
BENCHMARK(sound_watch_second)->Unit(benchmark::kMicrosecond);

void loudness_second(benchmark::State& state) {
  const auto samples = make_sound();
  LoudnessMeter meter = *LoudnessMeter::create({48000, usual_channels(2)});
  for (auto _ : state) meter.push(samples);
  benchmark::DoNotOptimize(meter.result());
}
BENCHMARK(loudness_second)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace subtide

BENCHMARK_MAIN();
