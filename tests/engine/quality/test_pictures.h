#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "engine/quality/luma_grid.h"

namespace subtide::testing_support {

/// A picture in memory that a test draws on.
struct TestPicture {
  int width = 320;
  int height = 180;
  std::vector<std::uint8_t> pixels = std::vector<std::uint8_t>(320 * 180, 16);

  LumaPlane plane() const { return {pixels.data(), width, width, height}; }
  LumaGrid grid() const {
    LumaGrid made;
    made.sample(plane());
    return made;
  }
  TestPicture& fill(int level) {
    std::fill(pixels.begin(), pixels.end(), static_cast<std::uint8_t>(level));
    return *this;
  }
  TestPicture& each(auto change) {
    for (std::size_t i = 0; i < pixels.size(); ++i) {
      const int changed = static_cast<int>(std::lround(change(static_cast<double>(pixels[i]))));
      pixels[i] = static_cast<std::uint8_t>(std::clamp(changed, 0, 255));
    }
    return *this;
  }
  /// Noise of its own at each pixel.
  TestPicture& noise(double strength, unsigned seed) {
    std::minstd_rand engine(seed);
    std::normal_distribution<double> by(0, strength);
    return each([&](double level) { return level + by(engine); });
  }
};

/// A scene that looks like no other: soft light and a few dozen boxes. `from` is how far to the
/// right of it the camera looks, in pixels.
inline TestPicture scene(unsigned number, double from = 0) {
  std::minstd_rand engine(number * 7919 + 17);
  const auto any = [&engine](double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(engine);
  };
  const double slope = any(-60, 60);
  const double base = any(60, 170);
  TestPicture picture;
  for (int y = 0; y < picture.height; ++y) {
    const double level = base + slope * y / picture.height;
    std::fill_n(picture.pixels.begin() + y * picture.width, picture.width,
                static_cast<std::uint8_t>(level));
  }
  for (int i = 0; i < 90; ++i) {
    const int left = static_cast<int>(any(-100, 2000) - from);
    const int top = static_cast<int>(any(-30, 180));
    const int right = std::min(left + static_cast<int>(any(10, 110)), picture.width);
    const int bottom = std::min(top + static_cast<int>(any(10, 100)), picture.height);
    const auto level = static_cast<std::uint8_t>(any(20, 230));
    if (right <= std::max(left, 0)) continue;
    for (int y = std::max(top, 0); y < bottom; ++y) {
      std::fill_n(picture.pixels.begin() + y * picture.width + std::max(left, 0),
                  right - std::max(left, 0), level);
    }
  }
  return picture;
}

}  // namespace subtide::testing_support
