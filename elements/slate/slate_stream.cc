#include "elements/slate/slate_stream.h"

#include <utility>

#include "elements/slate/slate_picture.h"
#include "engine/gst/clock_time.h"

namespace subtide {
namespace {

std::optional<MediaDuration> frame_length_of(const GstVideoInfo& form) {
  const int over = GST_VIDEO_INFO_FPS_N(&form);
  const int under = GST_VIDEO_INFO_FPS_D(&form);
  if (over <= 0 || under <= 0) return std::nullopt;
  return MediaDuration(std::int64_t{1'000'000'000} * under / over);
}

/// Captions belong to one picture, not to those that repeat it.
gboolean drop_captions(GstBuffer*, GstMeta** meta, gpointer) {
  if ((*meta)->info->api == GST_VIDEO_CAPTION_META_API_TYPE) *meta = nullptr;
  return TRUE;
}

BufferPtr repeated(GstBuffer* picture, TimeSpan span) {
  BufferPtr copy(gst_buffer_copy(picture));
  gst_buffer_foreach_meta(copy.get(), &drop_captions, nullptr);
  GST_BUFFER_FLAG_UNSET(copy.get(), GST_BUFFER_FLAG_DISCONT | GST_BUFFER_FLAG_RESYNC);
  set_span(copy.get(), span);
  GST_BUFFER_DTS(copy.get()) = GST_CLOCK_TIME_NONE;
  return copy;
}

}  // namespace

Status SlateStream::set_caps(const GstCaps* caps) {
  GstVideoInfo form;
  if (gst_video_info_from_caps(&form, caps) == FALSE) {
    return make_error(ErrorCode::kUnsupported, "tideslate: not a form of pictures that it knows");
  }
  plan_.set_frame_length(frame_length_of(form));
  if (form_ && gst_video_info_is_equal(&*form_, &form) != FALSE) return ok();
  form_ = form;
  last_.reset();
  slate_.reset();
  return ok();
}

bool SlateStream::take(GstBuffer* picture) {
  if (!plan_.take(MediaTime(static_cast<std::int64_t>(GST_BUFFER_PTS(picture))))) return false;
  last_ = own_mini_object(picture);
  return true;
}

void SlateStream::restart() {
  plan_.restart();
  last_.reset();
}

GstBuffer* SlateStream::picture_for(StandIn::Kind kind) {
  if (kind == StandIn::Kind::kLastPicture || !form_) return last_.get();
  if (!slate_) slate_ = render(picture_, *form_);
  return slate_ ? slate_.get() : last_.get();
}

BufferPtr SlateStream::next_before(MediaTime time) {
  while (const auto planned = plan_.next_before(time)) {
    GstBuffer* picture = picture_for(planned->kind);
    if (picture != nullptr) return repeated(picture, planned->span);
  }
  return nullptr;
}

}  // namespace subtide
