#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace subtide {

enum class LumaRange { kLimited, kFull };  ///< black is 16 and white 235, or 0 and 255
/// How a pixel's brightness lies in memory.
enum class LumaBits {
  k8,       ///< one byte
  k10Low,   ///< two bytes, the lower first; 10 bits from the lowest on (I420_10LE)
  k16High,  ///< two bytes, the lower first; the highest bits count (P010_10LE)
};

/// The brightness of a picture where it lies in memory; owns nothing.
struct LumaPlane {
  const std::uint8_t* pixels = nullptr;
  std::ptrdiff_t stride = 0;  ///< bytes from a row to the next
  int width = 0;
  int height = 0;
  LumaRange range = LumaRange::kLimited;
  LumaBits bits = LumaBits::k8;
};

/// A picture's brightness at some of its pixels, evenly spread, and the means of blocks of them:
/// all that is looked at to judge a picture, so that size costs nothing.
///
/// Owner: the caller; a value of 60 KB at most. Threads: one at a time. Errors: none.
class LumaGrid {
 public:
  /// Blocks beside and below each other.
  static constexpr int kColumns = 64;
  static constexpr int kRows = 36;
  using Blocks = std::array<std::uint8_t, kColumns * kRows>;

  /// Looks at another picture. A plane without pixels gives an empty grid.
  void sample(const LumaPlane& plane);

  /// 8 bit each, row by row; 320 x 180 at most. Noise is in them as in the picture.
  std::span<const std::uint8_t> points() const { return points_; }
  /// Means of 5 x 5 points or fewer, which noise hardly moves.
  const Blocks& blocks() const { return blocks_; }
  LumaRange range() const { return range_; }
  int columns() const { return columns_; }

 private:
  void average(int rows);

  std::vector<std::uint8_t> points_;
  Blocks blocks_{};
  LumaRange range_ = LumaRange::kLimited;
  int columns_ = 0;
};

/// The mean difference of two rows of equally many pixels, 0 to 255.
double mean_difference(std::span<const std::uint8_t> one, std::span<const std::uint8_t> other);

}  // namespace subtide
