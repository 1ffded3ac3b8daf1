#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "engine/base/result.h"

struct SwsContext;

namespace subtide {

/// Of brightness; colours are half as fine in both directions.
struct PictureSize {
  int width = 0;
  int height = 0;
  bool operator==(const PictureSize&) const = default;
};

enum class SampleDepth { kEight, kTen };

/// Where the three planes of a picture lie: Y, U, V, and the bytes from row to row. Ten bits take
/// two bytes, the low one first.
struct ReadPlanes {
  std::array<const std::uint8_t*, 3> rows;
  std::array<int, 3> strides;
};
struct WritePlanes {
  std::array<std::uint8_t*, 3> rows;
  std::array<int, 3> strides;
};

/// Makes pictures of one size from those of another, by libswscale's bicubic filter: the one that
/// ffmpeg scales with. Values stay what they are, in whatever range and colour space.
///
/// Owner:   the caller; movable, not copyable.
/// Threads: starts none; one at a time.
/// Errors:  create(): kInvalidArgument for sizes below one, kUnsupported for those that libswscale
///          refuses. Nothing else can fail.
class PictureScaler {
 public:
  static Result<PictureScaler> create(PictureSize from, PictureSize to, SampleDepth depth);

  /// Fastest where rows begin at multiples of kAlignment bytes.
  void scale(const ReadPlanes& from, const WritePlanes& into);
  static constexpr unsigned kAlignment = 64;

 private:
  struct Free {
    void operator()(SwsContext* context) const;
  };
  PictureScaler(std::unique_ptr<SwsContext, Free> context, int lines)
      : context_(std::move(context)), lines_(lines) {}

  std::unique_ptr<SwsContext, Free> context_;
  int lines_;
};

}  // namespace subtide
