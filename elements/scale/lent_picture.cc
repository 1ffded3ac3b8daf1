#include "elements/scale/lent_picture.h"

#include <cstdlib>
#include <new>

namespace subtide {

LentPicture::LentPicture(const GstVideoInfo& picture, unsigned alignment) : layout_(picture) {
  GstVideoAlignment rows;
  gst_video_alignment_reset(&rows);
  for (guint& stride : rows.stride_align) stride = alignment - 1;
  gst_video_info_align(&layout_, &rows);
  const gsize size = (layout_.size + alignment - 1) / alignment * alignment;
  place_ = std::shared_ptr<void>(std::aligned_alloc(alignment, size), std::free);
  if (!place_) throw std::bad_alloc();
}

BufferPtr LentPicture::lend() const {
  using Place = std::shared_ptr<void>;
  GstMemory* memory = gst_memory_new_wrapped(
      GstMemoryFlags(0), place_.get(), layout_.size, 0, layout_.size, new Place(place_),
      [](gpointer held) { delete static_cast<Place*>(held); });
  GstVideoInfo layout = layout_;
  BufferPtr buffer(gst_buffer_new());
  gst_buffer_append_memory(buffer.get(), memory);
  gst_buffer_add_video_meta_full(buffer.get(), GST_VIDEO_FRAME_FLAG_NONE,
                                 GST_VIDEO_INFO_FORMAT(&layout), static_cast<guint>(layout_.width),
                                 static_cast<guint>(layout_.height),
                                 GST_VIDEO_INFO_N_PLANES(&layout), layout.offset, layout.stride);
  return buffer;
}

}  // namespace subtide
