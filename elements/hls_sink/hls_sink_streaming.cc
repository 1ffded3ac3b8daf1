// What streams on the pads of tidehlssink.
#include <gst/video/video.h>

#include <string>

#include "elements/hls_sink/hls_sink.h"
#include "engine/gst/clock_time.h"
#include "engine/gst/epoch_event.h"
#include "engine/gst/error.h"
#include "engine/gst/guard.h"
#include "engine/gst/metadata_meta.h"
#include "engine/gst/text_buffer.h"

namespace subtide {
namespace {

/// Stream time: for live sources engine time. The first decode times may be a little negative.
MediaTime stream_time(const HlsPad* pad, GstClockTime time) {
  guint64 shown = 0;
  const int sign = gst_segment_to_stream_time_full(&pad->segment, GST_FORMAT_TIME, time, &shown);
  if (sign == 0) return MediaTime(static_cast<std::int64_t>(time));
  return MediaTime(sign * static_cast<std::int64_t>(shown));
}

/// Where nobody tells of epochs there is one, and its wall clock is now; what is no longer live has
/// none.
void need_epoch(TideHlsSink* self, HlsPad* pad, HlsPublisher& publisher, MediaTime now) {
  if (pad->has_epoch || self->has_no_wall_clock) return;
  Epoch epoch;
  {
    const std::lock_guard lock(self->lock);
    if (!self->own_epoch) {
      self->own_epoch = Epoch{
          0, MediaTime(0), MediaTime(0),
          std::chrono::system_clock::now() - std::chrono::duration_cast<WallTime::duration>(now),
          "start"};
    }
    epoch = *self->own_epoch;
  }
  pad->has_epoch = true;
  publisher.with([&](Presentation& shown) { shown.begin_epoch(*pad->id, epoch); });
}

/// Encoders are asked for the key frames of the next segment while this one is being made.
void ask_for_key_frames(TideHlsSink* self, HlsPad* pad, MediaTime time) {
  if (!self->asks_for_key_frames || pad->kind != RenditionKind::kVideo) return;
  const MediaTime next = (time / self->segment + 1) * self->segment;
  if (pad->asked_key && *pad->asked_key >= next) return;
  pad->asked_key = next;
  // Asked for in running time, which began before the stream where a source let wait for itself.
  const GstClockTime at = gst_segment_to_running_time(&pad->segment, GST_FORMAT_TIME,
                                                      static_cast<GstClockTime>(next.count()));
  gst_pad_push_event(&pad->pad,
                     gst_video_event_new_upstream_force_key_unit(at, TRUE, ++pad->asked_keys));
}

std::string bytes_of(GstBuffer* buffer) {
  std::string bytes(gst_buffer_get_size(buffer), '\0');
  gst_buffer_extract(buffer, 0, bytes.data(), bytes.size());
  return bytes;
}

Sample to_sample(const HlsPad* pad, GstBuffer* buffer) {
  const GstClockTime shown = GST_BUFFER_PTS(buffer);
  const GstClockTime decoded = GST_BUFFER_DTS_IS_VALID(buffer) ? GST_BUFFER_DTS(buffer) : shown;
  Sample sample;
  sample.presentation = stream_time(pad, shown);
  sample.decode = stream_time(pad, decoded);
  if (GST_BUFFER_DURATION_IS_VALID(buffer)) {
    sample.duration = MediaDuration(static_cast<std::int64_t>(GST_BUFFER_DURATION(buffer)));
  }
  sample.is_independent = !GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  sample.bytes = bytes_of(buffer);
  return sample;
}

Result<std::vector<std::uint8_t>> codec_data(const GstStructure* caps) {
  const GValue* value = gst_structure_get_value(caps, "codec_data");
  GstBuffer* buffer = value != nullptr ? gst_value_get_buffer(value) : nullptr;
  if (buffer == nullptr) {
    return make_error(ErrorCode::kUnsupported, "{} without codec_data; put a parser before it",
                      gst_structure_get_name(caps));
  }
  std::vector<std::uint8_t> bytes(gst_buffer_get_size(buffer));
  gst_buffer_extract(buffer, 0, bytes.data(), bytes.size());
  return bytes;
}

PictureSize picture_size(const GstStructure* caps) {
  PictureSize size;
  gst_structure_get_int(caps, "width", &size.width);
  gst_structure_get_int(caps, "height", &size.height);
  gst_structure_get_fraction(caps, "pixel-aspect-ratio", &size.pixel_width, &size.pixel_height);
  return size;
}

Result<TrackFormat> format_of(const GstStructure* caps) {
  const auto data = codec_data(caps);
  if (!data) return data.error();
  if (gst_structure_has_name(caps, "video/x-h264")) return avc_format(*data, picture_size(caps));
  if (gst_structure_has_name(caps, "video/x-h265")) return hevc_format(*data, picture_size(caps));
  return aac_format(*data);
}

Status take_caps(HlsPad* pad, HlsPublisher& publisher, const GstCaps* caps) {
  if (pad->kind == RenditionKind::kText) return ok();
  const GstStructure* structure = gst_caps_get_structure(caps, 0);
  const auto format = format_of(structure);
  if (!format) return format.error();
  int numerator = 0;
  int denominator = 1;
  gst_structure_get_fraction(structure, "framerate", &numerator, &denominator);
  publisher.with([&](Presentation& shown) {
    shown.set_format(*pad->id, *format);
    if (numerator > 0 && denominator > 0) {
      shown.set_frame_rate(*pad->id, static_cast<double>(numerator) / denominator);
    }
  });
  return ok();
}

void take_gap(HlsPad* pad, HlsPublisher& publisher, GstEvent* event) {
  GstClockTime begin = 0;
  GstClockTime length = 0;
  gst_event_parse_gap(event, &begin, &length);
  if (!GST_CLOCK_TIME_IS_VALID(begin)) return;
  if (!GST_CLOCK_TIME_IS_VALID(length)) length = 0;
  const MediaTime until = stream_time(pad, begin + length);
  publisher.with([&](Presentation& shown) { shown.advance(*pad->id, until); });
}

gboolean take_event(TideHlsSink* self, HlsPad* pad, GstEvent* event) {
  const auto publisher = publisher_of(self);
  if (!publisher || !pad->id) return TRUE;
  switch (static_cast<int>(GST_EVENT_TYPE(event))) {
    case GST_EVENT_CAPS: {
      GstCaps* caps = nullptr;
      gst_event_parse_caps(event, &caps);
      const auto taken = take_caps(pad, *publisher, caps);
      if (!taken) post_error(&self->element, taken.error());
      return taken ? TRUE : FALSE;
    }
    case GST_EVENT_SEGMENT:
      gst_event_copy_segment(event, &pad->segment);
      return TRUE;
    case GST_EVENT_GAP:
      take_gap(pad, *publisher, event);
      return TRUE;
    case GST_EVENT_EOS:
      publisher->with([&](Presentation& shown) { shown.end(*pad->id); });
      return TRUE;
    case GST_EVENT_TAG:
      if (const auto language = language_of_tag(event); language && !language->empty()) {
        publisher->with([&](Presentation& shown) { shown.set_language(*pad->id, *language); });
      }
      return TRUE;
    default:
      if (const auto epoch = read_epoch(event)) {
        pad->has_epoch = true;
        publisher->with([&](Presentation& shown) { shown.begin_epoch(*pad->id, *epoch); });
      }
      return TRUE;
  }
}

GstFlowReturn take_media(TideHlsSink* self, HlsPad* pad, GstBuffer* buffer) {
  const auto publisher = publisher_of(self);
  if (!publisher || !pad->id) return GST_FLOW_FLUSHING;
  if (!GST_BUFFER_PTS_IS_VALID(buffer)) return GST_FLOW_OK;
  Sample sample = to_sample(pad, buffer);
  const MediaTime time = sample.presentation;
  need_epoch(self, pad, *publisher, time);
  const auto items = metadata_of(buffer);
  const auto pushed = publisher->with([&](Presentation& shown) {
    for (const auto& item : items) shown.push(item);
    return shown.push(*pad->id, std::move(sample));
  });
  if (!pushed) {
    post_error(&self->element, pushed.error());
    return GST_FLOW_ERROR;
  }
  ask_for_key_frames(self, pad, time);
  return GST_FLOW_OK;
}

GstFlowReturn take_text(TideHlsSink* self, HlsPad* pad, GstBuffer* buffer) {
  const auto publisher = publisher_of(self);
  if (!publisher || !pad->id) return GST_FLOW_FLUSHING;
  const auto read = read_cue(buffer);
  if (!read || !*read) return GST_FLOW_OK;
  Cue cue = **read;
  const MediaTime moved = stream_time(pad, GST_BUFFER_PTS(buffer));
  const MediaDuration by = moved - MediaTime(static_cast<std::int64_t>(GST_BUFFER_PTS(buffer)));
  cue.span = cue.span.shifted(by);
  for (auto& word : cue.words) word.span = word.span.shifted(by);
  need_epoch(self, pad, *publisher, cue.span.begin);
  publisher->with([&](Presentation& shown) { shown.push(*pad->id, std::move(cue)); });
  return GST_FLOW_OK;
}

}  // namespace

std::shared_ptr<HlsPublisher> publisher_of(TideHlsSink* self) {
  const std::lock_guard lock(self->lock);
  return self->publisher;
}

GstFlowReturn chain_media(GstPad* pad, GstObject* parent, GstBuffer* raw) {
  const BufferPtr buffer(raw);
  TideHlsSink* self = to_hls_sink(parent);
  return guard(&self->element, GST_FLOW_ERROR,
               [&] { return take_media(self, to_hls_pad(pad), buffer.get()); });
}

GstFlowReturn chain_text(GstPad* pad, GstObject* parent, GstBuffer* raw) {
  const BufferPtr buffer(raw);
  TideHlsSink* self = to_hls_sink(parent);
  return guard(&self->element, GST_FLOW_ERROR,
               [&] { return take_text(self, to_hls_pad(pad), buffer.get()); });
}

gboolean take_hls_event(GstPad* pad, GstObject* parent, GstEvent* raw) {
  const EventPtr event(raw);
  TideHlsSink* self = to_hls_sink(parent);
  return guard(&self->element, FALSE,
               [&]() -> gboolean { return take_event(self, to_hls_pad(pad), event.get()); });
}

}  // namespace subtide
