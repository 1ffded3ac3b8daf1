#include "engine/gst/luma_frame.h"

namespace subtide {
namespace {

std::optional<LumaBits> bits_of(const GstVideoFormatInfo* format) {
  if (!GST_VIDEO_FORMAT_INFO_IS_YUV(format) && !GST_VIDEO_FORMAT_INFO_IS_GRAY(format)) {
    return std::nullopt;
  }
  if (GST_VIDEO_FORMAT_INFO_IS_TILED(format) || GST_VIDEO_FORMAT_INFO_IS_COMPLEX(format)) {
    return std::nullopt;
  }
  const guint depth = GST_VIDEO_FORMAT_INFO_DEPTH(format, 0);
  const int step = GST_VIDEO_FORMAT_INFO_PSTRIDE(format, 0);
  if (depth == 8 && step == 1) return LumaBits::k8;
  if (depth != 10 || step != 2 || !GST_VIDEO_FORMAT_INFO_IS_LE(format)) return std::nullopt;
  return GST_VIDEO_FORMAT_INFO_SHIFT(format, 0) == 0 ? LumaBits::k10Low : LumaBits::k16High;
}

bool is_in_system_memory(const GstCaps* caps) {
  const GstCapsFeatures* features = gst_caps_get_features(caps, 0);
  return features == nullptr ||
         gst_caps_features_is_equal(features, GST_CAPS_FEATURES_MEMORY_SYSTEM_MEMORY);
}

}  // namespace

std::optional<LumaForm> read_luma_form(const GstCaps* caps) {
  LumaForm form;
  if (!is_in_system_memory(caps) || gst_video_info_from_caps(&form.video, caps) == FALSE) {
    return std::nullopt;
  }
  const auto bits = bits_of(form.video.finfo);
  if (!bits) return std::nullopt;
  form.bits = *bits;
  const bool is_full = form.video.colorimetry.range == GST_VIDEO_COLOR_RANGE_0_255;
  form.range = is_full ? LumaRange::kFull : LumaRange::kLimited;
  return form;
}

LumaFrame::LumaFrame(const LumaForm& form, GstBuffer* buffer) {
  if (gst_video_frame_map(&frame_, &form.video, buffer, GST_MAP_READ) == FALSE) {
    frame_.buffer = nullptr;
    return;
  }
  plane_.pixels = static_cast<const std::uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(&frame_, 0));
  plane_.stride = GST_VIDEO_FRAME_PLANE_STRIDE(&frame_, 0);
  plane_.width = GST_VIDEO_FRAME_WIDTH(&frame_);
  plane_.height = GST_VIDEO_FRAME_HEIGHT(&frame_);
  plane_.range = form.range;
  plane_.bits = form.bits;
}

LumaFrame::~LumaFrame() {
  if (frame_.buffer != nullptr) gst_video_frame_unmap(&frame_);
}

}  // namespace subtide
