#include "elements/slate/slate_picture.h"

#include <algorithm>
#include <cmath>
#include <memory>

namespace subtide {
namespace {

constexpr int kWidth = 1280;
constexpr int kHeight = 720;
constexpr std::uint8_t kGround = 0x20;
constexpr std::uint8_t kSign = 0x70;

struct Rectangle {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;
};

void paint(Picture& picture, const Rectangle& area, std::uint8_t grey) {
  for (int y = area.y; y < area.y + area.height; ++y) {
    const auto at = (static_cast<std::ptrdiff_t>(y) * picture.width + area.x) * 4;
    std::fill_n(picture.pixels.begin() + at, std::ptrdiff_t{area.width} * 4, grey);
  }
}

/// Even, since the colours of most forms are half as fine.
int to_even(double length) { return std::max(2, static_cast<int>(std::lround(length / 2)) * 2); }

/// Where a picture with square pixels lies in a form whose pixels may have another shape.
Rectangle fit(const Picture& picture, const GstVideoInfo& form) {
  const double pixel_shape =
      static_cast<double>(GST_VIDEO_INFO_PAR_N(&form)) / GST_VIDEO_INFO_PAR_D(&form);
  const double width = picture.width / pixel_shape;
  const double factor =
      std::min(GST_VIDEO_INFO_WIDTH(&form) / width,
               static_cast<double>(GST_VIDEO_INFO_HEIGHT(&form)) / picture.height);
  Rectangle area;
  area.width = std::min(GST_VIDEO_INFO_WIDTH(&form), to_even(width * factor));
  area.height = std::min(GST_VIDEO_INFO_HEIGHT(&form), to_even(picture.height * factor));
  area.x = (GST_VIDEO_INFO_WIDTH(&form) - area.width) / 4 * 2;
  area.y = (GST_VIDEO_INFO_HEIGHT(&form) - area.height) / 4 * 2;
  return area;
}

GstStructure* placed_at(const Rectangle& area, const Picture& picture) {
  const guint border = 0xFF000000U | static_cast<guint>(picture.pixels[2]) << 16U |
                       static_cast<guint>(picture.pixels[1]) << 8U | picture.pixels[0];
  return gst_structure_new("place", GST_VIDEO_CONVERTER_OPT_DEST_X, G_TYPE_INT, area.x,
                           GST_VIDEO_CONVERTER_OPT_DEST_Y, G_TYPE_INT, area.y,
                           GST_VIDEO_CONVERTER_OPT_DEST_WIDTH, G_TYPE_INT, area.width,
                           GST_VIDEO_CONVERTER_OPT_DEST_HEIGHT, G_TYPE_INT, area.height,
                           GST_VIDEO_CONVERTER_OPT_BORDER_ARGB, G_TYPE_UINT, border, nullptr);
}

/// A buffer's pixels, for as long as this lives.
class MappedFrame {
 public:
  MappedFrame(const GstVideoInfo& form, GstBuffer* buffer, GstMapFlags flags) {
    is_mapped_ = gst_video_frame_map(&frame_, &form, buffer, flags) != FALSE;
  }
  ~MappedFrame() {
    if (is_mapped_) gst_video_frame_unmap(&frame_);
  }
  MappedFrame(const MappedFrame&) = delete;
  MappedFrame& operator=(const MappedFrame&) = delete;
  GstVideoFrame* get() { return is_mapped_ ? &frame_ : nullptr; }

 private:
  GstVideoFrame frame_{};
  bool is_mapped_ = false;
};

/// The converter asks for the same rate on both sides, and knows fields only where both have them.
GstVideoInfo still(GstVideoInfo form) {
  GST_VIDEO_INFO_INTERLACE_MODE(&form) = GST_VIDEO_INTERLACE_MODE_PROGRESSIVE;
  GST_VIDEO_INFO_FPS_N(&form) = 0;
  GST_VIDEO_INFO_FPS_D(&form) = 1;
  return form;
}

}  // namespace

Picture pause_sign() {
  Picture picture{kWidth, kHeight, {}};
  picture.pixels.resize(static_cast<std::size_t>(kWidth) * kHeight * 4);
  paint(picture, {0, 0, kWidth, kHeight}, kGround);
  constexpr int kBar = kWidth / 40;
  constexpr int kBarHeight = kHeight / 5;
  constexpr int kTop = (kHeight - kBarHeight) / 2;
  paint(picture, {kWidth / 2 - 2 * kBar, kTop, kBar, kBarHeight}, kSign);
  paint(picture, {kWidth / 2 + kBar, kTop, kBar, kBarHeight}, kSign);
  return picture;
}

BufferPtr render(const Picture& picture, const GstVideoInfo& form) {
  GstVideoInfo from;
  gst_video_info_init(&from);
  gst_video_info_set_format(&from, GST_VIDEO_FORMAT_BGRx, static_cast<guint>(picture.width),
                            static_cast<guint>(picture.height));
  from = still(from);
  GstVideoInfo to = still(form);
  // The picture's bytes are only read.
  const BufferPtr source(gst_buffer_new_wrapped_full(
      GST_MEMORY_FLAG_READONLY, const_cast<std::uint8_t*>(picture.pixels.data()),
      picture.pixels.size(), 0, picture.pixels.size(), nullptr, nullptr));
  BufferPtr made(gst_buffer_new_allocate(nullptr, GST_VIDEO_INFO_SIZE(&form), nullptr));
  const std::unique_ptr<GstVideoConverter, decltype(&gst_video_converter_free)> converter(
      gst_video_converter_new(&from, &to, placed_at(fit(picture, form), picture)),
      &gst_video_converter_free);
  MappedFrame in(from, source.get(), GST_MAP_READ);
  MappedFrame out(to, made.get(), GST_MAP_WRITE);
  if (!converter || in.get() == nullptr || out.get() == nullptr) return nullptr;
  gst_video_converter_frame(converter.get(), in.get(), out.get());
  return made;
}

}  // namespace subtide
