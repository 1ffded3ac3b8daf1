#include "engine/speech/sound_frames.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <cstddef>
#include <numbers>
#include <utility>

namespace subtide {
namespace {

constexpr std::size_t kHop = 160;
constexpr std::size_t kWidth = 256;
constexpr std::size_t kLead = (kWidth - kHop) / 2;  ///< centres what is looked at on its 10 ms
constexpr std::size_t kBands = 14;
constexpr float kFloor = 1e4F;     ///< power well under quiet room noise
constexpr std::size_t kReach = 4;  ///< frames on each side that a change is told from

using Bands = std::array<float, kBands>;
using Complex = std::complex<float>;

/// Half of a radix-2 transform: 256 real samples as 128 complex ones.
class Spectrum {
 public:
  Spectrum() {
    for (std::size_t i = 0; i < kWidth; ++i) {
      const double phase = 2.0 * std::numbers::pi * static_cast<double>(i) / kWidth;
      taper_[i] = static_cast<float>(0.5 - 0.5 * std::cos(phase));
      turn_[i] = Complex(static_cast<float>(std::cos(phase)), static_cast<float>(-std::sin(phase)));
    }
    for (std::size_t i = 0; i < kHalf; ++i) {
      std::size_t reversed = 0;
      for (std::size_t bit = 0; bit < kBits; ++bit)
        reversed |= ((i >> bit) & 1U) << (kBits - 1 - bit);
      order_[i] = reversed;
    }
  }

  /// Power of each of the lower 128 frequencies.
  void powers(std::span<const std::int16_t> samples, std::array<float, kWidth / 2>& out) {
    std::array<Complex, kHalf> work;
    for (std::size_t i = 0; i < kHalf; ++i)
      work[order_[i]] = Complex(tapered(samples, 2 * i), tapered(samples, 2 * i + 1));
    transform(work);
    for (std::size_t k = 0; k < kHalf; ++k) {
      const Complex mirrored = std::conj(work[(kHalf - k) % kHalf]);
      const Complex even = 0.5F * (work[k] + mirrored);
      const Complex odd = Complex(0.0F, -0.5F) * (work[k] - mirrored);
      out[k] = std::norm(even + multiply(turn_[k], odd));
    }
  }

 private:
  static constexpr std::size_t kHalf = kWidth / 2;
  static constexpr std::size_t kBits = 7;

  static Complex multiply(Complex a, Complex b) {
    return {a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()};
  }

  float tapered(std::span<const std::int16_t> samples, std::size_t i) const {
    return i < samples.size() ? static_cast<float>(samples[i]) * taper_[i] : 0.0F;
  }

  void transform(std::array<Complex, kHalf>& work) const {
    for (std::size_t length = 2; length <= kHalf; length *= 2) {
      const std::size_t step = kWidth / length;
      for (std::size_t start = 0; start < kHalf; start += length) {
        for (std::size_t k = 0; k < length / 2; ++k) {
          const Complex turned = multiply(turn_[k * step], work[start + k + length / 2]);
          work[start + k + length / 2] = work[start + k] - turned;
          work[start + k] += turned;
        }
      }
    }
  }

  std::array<float, kWidth> taper_{};
  std::array<Complex, kWidth> turn_{};
  std::array<std::size_t, kHalf> order_{};
};

/// First frequency of each band, about even on the ear's scale from 125 Hz to 8 kHz (62.5 Hz each).
constexpr std::array<std::size_t, kBands + 1> kEdges = {2,  4,  6,  8,  11, 14, 18, 23,
                                                        29, 37, 47, 60, 76, 97, 128};

Bands band_levels(const std::array<float, kWidth / 2>& powers) {
  Bands levels{};
  for (std::size_t b = 0; b < kBands; ++b) {
    float sum = kFloor;
    for (std::size_t k = kEdges[b]; k < kEdges[b + 1]; ++k) sum += powers[k];
    levels[b] = std::log10(sum);
  }
  return levels;
}

float level_at(std::vector<float> values, double share) {
  if (values.empty()) return 0.0F;
  const auto at =
      values.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

/// How far the mean of the frames from `t` on is from the mean of those before.
float change_at(const std::vector<Bands>& levels, std::size_t t) {
  const std::size_t before = std::min(kReach, t);
  const std::size_t after = std::min(kReach, levels.size() - t);
  float sum = 0.0F;
  for (std::size_t b = 0; b < kBands; ++b) {
    float left = 0.0F;
    float right = 0.0F;
    for (std::size_t i = 1; i <= before; ++i) left += levels[t - i][b];
    for (std::size_t i = 0; i < after; ++i) right += levels[t + i][b];
    const float step = right / static_cast<float>(after) - left / static_cast<float>(before);
    sum += step * step;
  }
  return std::sqrt(sum);
}

std::vector<float> changes(const std::vector<Bands>& levels) {
  std::vector<float> change(levels.size(), 0.0F);
  for (std::size_t t = 1; t < levels.size(); ++t) change[t] = change_at(levels, t);
  const float usual = std::max(level_at(change, 0.8), 1e-3F);
  for (float& value : change) value = std::min(value / usual, 3.0F);
  return change;
}

}  // namespace

SoundFrames look_at_sound(std::span<const std::int16_t> samples) {
  const std::size_t count = samples.size() / kHop;
  Spectrum spectrum;
  std::vector<Bands> levels(count);
  std::vector<float> loudness(count);
  std::array<float, kWidth / 2> powers{};
  for (std::size_t t = 0; t < count; ++t) {
    const std::size_t first = t * kHop >= kLead ? t * kHop - kLead : 0;
    spectrum.powers(samples.subspan(first, std::min(kWidth, samples.size() - first)), powers);
    levels[t] = band_levels(powers);
    float sum = kFloor;
    for (std::size_t k = kEdges.front(); k < kEdges.back(); ++k) sum += powers[k];
    loudness[t] = std::log10(sum);
  }
  const float loud = level_at(loudness, 0.9);
  const float quiet = std::max(level_at(loudness, 0.02), loud - 6.0F);
  const float range = std::max(loud - quiet, 1.0F);
  for (float& value : loudness) value = std::clamp((value - quiet) / range, 0.0F, 1.0F);
  return {.loudness = std::move(loudness), .change = changes(levels)};
}

}  // namespace subtide
