#pragma once

#include <gst/video/video.h>

#include <optional>

#include "engine/quality/luma_grid.h"

namespace subtide {

/// Raw video whose brightness lies in a plane of its own, of 8 or 10 bits.
struct LumaForm {
  GstVideoInfo video;
  LumaRange range = LumaRange::kLimited;
  LumaBits bits = LumaBits::k8;
};

/// Nothing for other caps: RGB, packed or tiled formats, more bits, memory of a device.
std::optional<LumaForm> read_luma_form(const GstCaps* caps);

/// The brightness of a buffer of that form, readable as long as this lives; nothing is copied.
class LumaFrame {
 public:
  LumaFrame(const LumaForm& form, GstBuffer* buffer);
  ~LumaFrame();
  LumaFrame(const LumaFrame&) = delete;
  LumaFrame& operator=(const LumaFrame&) = delete;

  /// Without pixels when the memory does not map.
  const LumaPlane& plane() const { return plane_; }

 private:
  GstVideoFrame frame_{};
  LumaPlane plane_;
};

}  // namespace subtide
