#pragma once

#include <gst/video/video.h>

#include <memory>

#include "engine/gst/pointer.h"

namespace subtide {

/// One place in memory for pictures, lent to whoever reads each of them before it returns: the
/// buffer of a former picture shows the new one once that is written.
///
/// Encoders copy what they get and keep the buffer all the same, for as long as they look ahead;
/// with a place of its own for each, that would be dozens of pictures that nobody reads.
///
/// Owner:   the scaler. Threads: one at a time. Errors: none.
class LentPicture {
 public:
  /// Rows begin at multiples of `alignment`, a power of two.
  LentPicture(const GstVideoInfo& picture, unsigned alignment);

  /// A buffer on the place, with the layout in its video meta.
  BufferPtr lend() const;

 private:
  GstVideoInfo layout_;
  std::shared_ptr<void> place_;  ///< buffers hold it too
};

}  // namespace subtide
