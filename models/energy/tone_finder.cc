#include "models/energy/tone_finder.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>

namespace subtide {
namespace {

constexpr std::size_t kSize = 512;
constexpr std::size_t kBins = 128;         // 31.25 Hz each, up to 4 kHz
constexpr std::size_t kHighestPitch = 14;  // 437 Hz: no speaking voice is higher
constexpr std::size_t kReach = 3;          // bins to each side that a windowed tone spreads over
constexpr double kShare = 0.9;

struct Tables {
  std::array<double, kSize> hann;
  std::array<double, kSize> cosine;

  Tables() {
    for (std::size_t i = 0; i < kSize; ++i) {
      const double turn = 2.0 * std::numbers::pi * static_cast<double>(i) / kSize;
      hann[i] = 0.5 - 0.5 * std::cos(turn);
      cosine[i] = std::cos(turn);
    }
  }
};

std::array<double, kBins> power_spectrum(std::span<const std::int16_t> window) {
  static const Tables tables;
  std::array<double, kSize> samples;
  for (std::size_t i = 0; i < kSize; ++i) samples[i] = tables.hann[i] * window[i];
  std::array<double, kBins> power;
  for (std::size_t bin = 0; bin < kBins; ++bin) {
    double real = 0.0;
    double imaginary = 0.0;
    for (std::size_t i = 0; i < kSize; ++i) {
      const std::size_t phase = bin * i % kSize;
      real += samples[i] * tables.cosine[phase];
      imaginary += samples[i] * tables.cosine[(phase + kSize - kSize / 4) % kSize];
    }
    power[bin] = real * real + imaginary * imaginary;
  }
  return power;
}

}  // namespace

bool is_tone(std::span<const std::int16_t> window) {
  if (window.size() != kSize) return false;
  const auto power = power_spectrum(window);
  const auto peak =
      static_cast<std::size_t>(std::max_element(power.begin(), power.end()) - power.begin());
  if (peak < kHighestPitch) return false;
  double all = 0.0;
  double near = 0.0;
  for (std::size_t bin = 2; bin < kBins; ++bin) {
    all += power[bin];
    if (bin + kReach >= peak && bin <= peak + kReach) near += power[bin];
  }
  return near > kShare * all;
}

}  // namespace subtide
