#include "elements/meta/meta_stream.h"

#include <algorithm>
#include <span>
#include <utility>

#include "elements/meta/coded_video.h"
#include "engine/gst/clock_time.h"
#include "engine/gst/metadata_meta.h"

namespace subtide {
namespace {

constexpr MediaDuration kUsualLength = std::chrono::milliseconds(40);  // of a unit that tells none

bool writes_any(const MetaSettings& settings) {
  return settings.writes_sei || settings.writes_captions;
}

MediaDuration frame_length_of(const GstCaps* caps) {
  gint over = 0;
  gint under = 0;
  const GstStructure* fields = gst_caps_get_structure(caps, 0);
  if (!gst_structure_get_fraction(fields, "framerate", &over, &under) || over <= 0 || under <= 0) {
    return MediaDuration(0);
  }
  return MediaDuration(std::int64_t{1'000'000'000} * under / over);
}

/// What goes into the picture's own bytes.
std::vector<SeiMessage> messages_for(GstBuffer* buffer, const NalFraming& framing,
                                     const std::vector<PlacedMetadata>& placed,
                                     const MetaSettings& settings) {
  std::vector<SeiMessage> messages;
  if (settings.writes_captions) {
    const auto pairs = captions_beside(buffer);
    if (!pairs.empty() && !has_captions(buffer, framing)) {
      messages.push_back(make_caption_sei(pairs));
    }
  }
  if (settings.writes_sei) {
    for (const PlacedMetadata& one : placed) messages.push_back(make_item_sei(one.item));
  }
  return messages;
}

}  // namespace

MetaStream::MetaStream() { gst_segment_init(&segment_, GST_FORMAT_TIME); }

void MetaStream::set_segment(GstEvent* event) { gst_event_copy_segment(event, &segment_); }

Status MetaStream::set_caps(const GstCaps* caps, const MetaSettings& settings) {
  frame_length_ = frame_length_of(caps);
  framing_.reset();
  if (!writes_any(settings)) return ok();
  const auto framing = framing_of(caps);
  if (!framing) return framing.error();
  framing_ = *framing;
  return ok();
}

MediaTime MetaStream::to_stream(MediaTime pts) const {
  return to_stream_time(segment_, pts).value_or(pts);
}

std::optional<TimeSpan> MetaStream::shown(GstBuffer* buffer) const {
  const auto span = span_of(buffer);
  if (!span) return std::nullopt;
  MediaDuration length = span->duration();
  if (length <= MediaDuration(0)) length = frame_length_;
  if (length <= MediaDuration(0)) length = kUsualLength;
  const MediaTime begin = to_stream(span->begin);
  return TimeSpan{begin, begin + length};
}

MediaTime MetaStream::decoded(GstBuffer* buffer, MediaTime shown) const {
  const auto decoded = to_media_time(GST_BUFFER_DTS(buffer));
  return decoded ? std::min(to_stream(*decoded), shown) : shown;
}

bool MetaStream::takes_items(GstBuffer* buffer, const MetaSettings& settings) const {
  return !framing_ || !writes_any(settings) || sei_place(buffer, *framing_).has_value();
}

Result<BufferPtr> MetaStream::mark(BufferPtr buffer, const std::vector<PlacedMetadata>& placed,
                                   const MetaSettings& settings) const {
  const auto messages = framing_ ? messages_for(buffer.get(), *framing_, placed, settings)
                                 : std::vector<SeiMessage>();
  const auto place = messages.empty() ? std::nullopt : sei_place(buffer.get(), *framing_);
  if (place) {
    auto with = with_sei(std::move(buffer), *framing_, *place, messages);
    if (!with) return with.error();
    buffer = std::move(*with);
  }
  if (placed.empty()) return buffer;
  buffer = BufferPtr(gst_buffer_make_writable(buffer.release()));
  for (const PlacedMetadata& one : placed) attach_metadata(buffer.get(), std::span(&one.item, 1));
  return buffer;
}

}  // namespace subtide
