#include "engine/quality/luma_grid.h"

#include <algorithm>
#include <cstdlib>

namespace subtide {
namespace {

constexpr int kPointsABlock = 5;  ///< beside and below each other
constexpr int kMostColumns = LumaGrid::kColumns * kPointsABlock;
constexpr int kMostRows = LumaGrid::kRows * kPointsABlock;

/// The pixel in the middle of each of `count` equal parts of `size`.
int middle_of_part(int part, int count, int size) {
  return static_cast<int>((2 * static_cast<std::int64_t>(part) + 1) * size / (2 * count));
}

std::uint8_t read_pixel(const std::uint8_t* row, int x, LumaBits bits) {
  if (bits == LumaBits::k8) return row[x];
  const std::uint8_t low = row[2 * x];
  const std::uint8_t high = row[2 * x + 1];
  if (bits == LumaBits::k16High) return high;
  return static_cast<std::uint8_t>(std::min(high << 6 | low >> 2, 255));
}

}  // namespace

void LumaGrid::sample(const LumaPlane& plane) {
  range_ = plane.range;
  columns_ = plane.pixels == nullptr ? 0 : std::clamp(plane.width, 0, kMostColumns);
  const int rows = columns_ == 0 ? 0 : std::clamp(plane.height, 0, kMostRows);
  points_.resize(static_cast<std::size_t>(columns_) * static_cast<std::size_t>(rows));
  std::array<int, kMostColumns> at{};
  for (int x = 0; x < columns_; ++x) {
    at[static_cast<std::size_t>(x)] = middle_of_part(x, columns_, plane.width);
  }
  std::uint8_t* point = points_.data();
  for (int y = 0; y < rows; ++y) {
    const std::uint8_t* row = plane.pixels + plane.stride * middle_of_part(y, rows, plane.height);
    for (int x = 0; x < columns_; ++x) {
      *point++ = read_pixel(row, at[static_cast<std::size_t>(x)], plane.bits);
    }
  }
  average(rows);
}

void LumaGrid::average(int rows) {
  blocks_.fill(0);
  if (points_.empty()) return;
  std::array<unsigned, kColumns * kRows> sums{};
  std::array<unsigned, kColumns * kRows> counts{};
  std::array<std::uint8_t, kMostColumns> column_of{};
  for (int x = 0; x < columns_; ++x) {
    column_of[static_cast<std::size_t>(x)] = static_cast<std::uint8_t>(x * kColumns / columns_);
  }
  const std::uint8_t* point = points_.data();
  for (int y = 0; y < rows; ++y) {
    const auto first = static_cast<std::size_t>(y * kRows / rows * kColumns);
    for (std::size_t x = 0; x < static_cast<std::size_t>(columns_); ++x) {
      sums[first + column_of[x]] += *point++;
      ++counts[first + column_of[x]];
    }
  }
  // A picture smaller than the grid leaves blocks empty, the same ones in each picture.
  for (std::size_t i = 0; i < sums.size(); ++i) {
    if (counts[i] > 0)
      blocks_[i] = static_cast<std::uint8_t>((sums[i] + counts[i] / 2) / counts[i]);
  }
}

double mean_difference(std::span<const std::uint8_t> one, std::span<const std::uint8_t> other) {
  const std::size_t size = std::min(one.size(), other.size());
  if (size == 0) return 0;
  unsigned sum = 0;
  for (std::size_t i = 0; i < size; ++i) {
    sum += static_cast<unsigned>(std::abs(static_cast<int>(one[i]) - static_cast<int>(other[i])));
  }
  return static_cast<double>(sum) / static_cast<double>(size);
}

}  // namespace subtide
