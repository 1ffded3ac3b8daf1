// tidecaptionmeta: coded video and its CEA-608 captions in, the same video with the captions as
// meta on its access units out. A skin over CaptionGate.
#include "elements/cea608/gst_tide_caption_meta.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <new>
#include <optional>
#include <utility>

#include "elements/cea608/caption_gate.h"
#include "engine/gst/clock_time.h"
#include "engine/gst/element_type.h"
#include "engine/gst/guard.h"
#include "engine/gst/pointer.h"

namespace subtide {
namespace {

constexpr const char* kVideoCaps =
    "video/x-h264, alignment=(string)au; video/x-h265, alignment=(string)au";
GstStaticPadTemplate sink_template =
    GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS(kVideoCaps));
GstStaticPadTemplate caption_template =
    GST_STATIC_PAD_TEMPLATE("caption", GST_PAD_SINK, GST_PAD_ALWAYS,
                            GST_STATIC_CAPS("closedcaption/x-cea-708, format=(string)cc_data"));
GstStaticPadTemplate src_template =
    GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS(kVideoCaps));

enum : guint { kLatency = 1, kWait };

/// For access units that do not say how long they are shown.
constexpr MediaDuration kUsualFrame = std::chrono::milliseconds(33);

struct TideCaptionMeta {
  GstElement element;
  GstPad* sink;
  GstPad* caption;
  GstPad* src;
  std::atomic<guint64> latency;    ///< set from any thread
  std::atomic<bool> waits;         ///< set from any thread
  std::atomic<Cea608Field> field;  ///< as the captions say
  GstSegment video_segment;        ///< the video's thread only
  GstSegment caption_segment;      ///< the captions' thread only
  std::unique_ptr<CaptionGate> gate;
};

TideCaptionMeta* self_of(gpointer instance) { return static_cast<TideCaptionMeta*>(instance); }

// ---- state changes ----

GstStateChangeReturn change_state(GstElement* element, GstStateChange transition) {
  return guard(element, GST_STATE_CHANGE_FAILURE, [&] {
    TideCaptionMeta* self = self_of(element);
    if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) {
      gst_segment_init(&self->video_segment, GST_FORMAT_TIME);
      gst_segment_init(&self->caption_segment, GST_FORMAT_TIME);
      self->gate->restart();
      self->gate->shut(false);
    }
    // Before the pads stop, or the video's thread would wait for ever.
    if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) self->gate->shut(true);
    return parent_class_of<GstElementClass>(element)->change_state(element, transition);
  });
}

// ---- latency ----

struct Latency {
  gboolean is_live = FALSE;
  GstClockTime minimum = 0;
  GstClockTime maximum = GST_CLOCK_TIME_NONE;
};

std::optional<Latency> latency_before(GstPad* sink) {
  const QueryPtr query(gst_query_new_latency());
  if (!gst_pad_peer_query(sink, query.get())) return std::nullopt;
  Latency latency;
  gst_query_parse_latency(query.get(), &latency.is_live, &latency.minimum, &latency.maximum);
  return latency;
}

/// Where video waits for its captions, the longer of the two ways counts.
std::optional<Latency> whole_latency(TideCaptionMeta* self) {
  auto video = latency_before(self->sink);
  if (!video || !video->is_live || !self->waits) return video;
  const auto captions = latency_before(self->caption);
  if (captions && captions->is_live) video->minimum = std::max(video->minimum, captions->minimum);
  video->minimum += self->latency.load();
  if (GST_CLOCK_TIME_IS_VALID(video->maximum)) {
    video->maximum = std::max(video->maximum, video->minimum);
  }
  return video;
}

/// Until when live video waits for captions; nothing where there is no hurry.
std::optional<CaptionGate::Deadline> deadline_of(TideCaptionMeta* self, MediaTime decoded) {
  if (!self->waits) return CaptionGate::Deadline{};
  const GstPtr<GstClock> clock(gst_element_get_clock(&self->element));
  if (clock == nullptr) return std::nullopt;
  const auto latency = whole_latency(self);
  if (!latency || !latency->is_live) return std::nullopt;
  const GstClockTime due =
      gst_element_get_base_time(&self->element) + to_clock_time(decoded) + latency->minimum;
  const GstClockTimeDiff left = GST_CLOCK_DIFF(gst_clock_get_time(clock.get()), due);
  return std::chrono::steady_clock::now() + std::chrono::nanoseconds(std::max<gint64>(left, 0));
}

gboolean src_query(GstPad* pad, GstObject* parent, GstQuery* query) {
  TideCaptionMeta* self = self_of(parent);
  return guard(&self->element, FALSE, [&]() -> gboolean {
    if (GST_QUERY_TYPE(query) != GST_QUERY_LATENCY) {
      return gst_pad_query_default(pad, parent, query);
    }
    const auto latency = whole_latency(self);
    if (!latency) return FALSE;
    gst_query_set_latency(query, latency->is_live, latency->minimum, latency->maximum);
    return TRUE;
  });
}

// ---- video ----

std::optional<MediaTime> running_time(const GstSegment& segment, GstClockTime time) {
  guint64 value = 0;
  const int sign = gst_segment_to_running_time_full(&segment, GST_FORMAT_TIME, time, &value);
  if (sign == 0) return std::nullopt;
  return MediaTime(static_cast<gint64>(value)) * sign;
}

GstFlowReturn chain_video(GstPad*, GstObject* parent, GstBuffer* raw) {
  BufferPtr buffer(raw);
  TideCaptionMeta* self = self_of(parent);
  return guard(&self->element, GST_FLOW_ERROR, [&] {
    const auto shown = running_time(self->video_segment, GST_BUFFER_PTS(buffer.get()));
    if (!shown || gst_pad_is_linked(self->caption) == FALSE)
      return gst_pad_push(self->src, buffer.release());
    const auto decoded =
        running_time(self->video_segment, GST_BUFFER_DTS(buffer.get())).value_or(*shown);
    const MediaDuration length =
        to_media_time(GST_BUFFER_DURATION(buffer.get())).value_or(kUsualFrame);
    // Half a frame early: times in containers are rounded, and pairs go to the nearest frame.
    const TimeSpan span{*shown - length / 2, *shown + length / 2};
    const auto pairs = self->gate->take(span, decoded - length / 2, deadline_of(self, decoded));
    if (!pairs) return GST_FLOW_FLUSHING;
    if (!pairs->empty()) {
      buffer = BufferPtr(gst_buffer_make_writable(buffer.release()));
      attach_captions(buffer.get(), self->field, *pairs);
    }
    return gst_pad_push(self->src, buffer.release());
  });
}

gboolean video_event(GstPad* pad, GstObject* parent, GstEvent* event) {
  TideCaptionMeta* self = self_of(parent);
  return guard(&self->element, FALSE, [&]() -> gboolean {
    const GstEventType type = GST_EVENT_TYPE(event);
    if (type == GST_EVENT_FLUSH_START) self->gate->shut(true);
    if (type == GST_EVENT_FLUSH_STOP) self->gate->shut(false);
    if (type == GST_EVENT_SEGMENT) gst_event_copy_segment(event, &self->video_segment);
    return gst_pad_event_default(pad, parent, event);
  });
}

// ---- captions ----

/// The pairs of one buffer of cc_data; what is no CEA-608 is passed over.
void add_captions(TideCaptionMeta* self, GstBuffer* buffer, TimeSpan span) {
  GstMapInfo map = GST_MAP_INFO_INIT;
  if (!gst_buffer_map(buffer, &map, GST_MAP_READ)) return;
  for (gsize at = 0; at + 2 < map.size; at += 3) {
    const bool is_valid = (map.data[at] & 0x04) != 0;
    const int type = map.data[at] & 0x03;
    if (!is_valid || type > 1) continue;
    self->field = type == 0 ? Cea608Field::kFirst : Cea608Field::kSecond;
    self->gate->add({span, {map.data[at + 1], map.data[at + 2]}});
  }
  gst_buffer_unmap(buffer, &map);
}

GstFlowReturn chain_captions(GstPad*, GstObject* parent, GstBuffer* raw) {
  const BufferPtr buffer(raw);
  TideCaptionMeta* self = self_of(parent);
  return guard(&self->element, GST_FLOW_ERROR, [&] {
    const auto begin = running_time(self->caption_segment, GST_BUFFER_PTS(buffer.get()));
    if (!begin) return GST_FLOW_OK;
    const MediaDuration length =
        to_media_time(GST_BUFFER_DURATION(buffer.get())).value_or(MediaDuration(0));
    add_captions(self, buffer.get(), {*begin, *begin + length});
    return GST_FLOW_OK;
  });
}

/// All events of the captions end here: the stream that goes on is the video.
gboolean caption_event(GstPad*, GstObject* parent, GstEvent* raw) {
  const EventPtr event(raw);
  TideCaptionMeta* self = self_of(parent);
  return guard(&self->element, FALSE, [&]() -> gboolean {
    const GstEventType type = GST_EVENT_TYPE(event.get());
    if (type == GST_EVENT_SEGMENT) gst_event_copy_segment(event.get(), &self->caption_segment);
    if (type == GST_EVENT_EOS) self->gate->end();
    if (type == GST_EVENT_STREAM_START || type == GST_EVENT_FLUSH_STOP) self->gate->restart();
    if (type == GST_EVENT_GAP) {
      const auto span = span_of_gap(event.get());
      const auto end =
          span ? running_time(self->caption_segment, to_clock_time(span->end)) : std::nullopt;
      if (end) self->gate->advance(*end);
    }
    return TRUE;
  });
}

// ---- construction and registration ----

void set_property(GObject* object, guint id, const GValue* value, GParamSpec* spec) {
  if (id == kLatency) {
    self_of(object)->latency = g_value_get_uint64(value);
  } else if (id == kWait) {
    self_of(object)->waits = g_value_get_boolean(value) != FALSE;
  } else {
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
  }
}

void get_property(GObject* object, guint id, GValue* value, GParamSpec* spec) {
  if (id == kLatency) {
    g_value_set_uint64(value, self_of(object)->latency);
  } else if (id == kWait) {
    g_value_set_boolean(value, self_of(object)->waits ? TRUE : FALSE);
  } else {
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
  }
}

void finalize(GObject* object) {
  std::destroy_at(&self_of(object)->gate);
  parent_class_of<GObjectClass>(object)->finalize(object);
}

GstPad* add_sink(TideCaptionMeta* self, GstStaticPadTemplate& pad_template,
                 GstPadChainFunction chain, GstPadEventFunction event) {
  GstPad* pad = gst_pad_new_from_static_template(&pad_template, pad_template.name_template);
  gst_pad_set_chain_function(pad, chain);
  gst_pad_set_event_function(pad, event);
  gst_element_add_pad(&self->element, pad);
  return pad;
}

void init_instance(GTypeInstance* instance, gpointer) {
  TideCaptionMeta* self = self_of(instance);
  new (&self->latency) std::atomic<guint64>(0);
  new (&self->waits) std::atomic<bool>(true);
  new (&self->field) std::atomic<Cea608Field>(Cea608Field::kFirst);
  new (&self->gate) std::unique_ptr<CaptionGate>(std::make_unique<CaptionGate>());
  self->sink = add_sink(self, sink_template, chain_video, video_event);
  GST_PAD_SET_PROXY_CAPS(self->sink);
  GST_PAD_SET_PROXY_ALLOCATION(self->sink);
  self->caption = add_sink(self, caption_template, chain_captions, caption_event);
  self->src = gst_pad_new_from_static_template(&src_template, "src");
  gst_pad_set_query_function(self->src, src_query);
  gst_element_add_pad(&self->element, self->src);
}

void init_class(gpointer raw_class, gpointer) {
  auto* object_class = static_cast<GObjectClass*>(raw_class);
  object_class->set_property = set_property;
  object_class->get_property = get_property;
  object_class->finalize = finalize;
  g_object_class_install_property(
      object_class, kLatency,
      g_param_spec_uint64("latency", "Latency",
                          "Nanoseconds that live video waits for captions beyond the latency that "
                          "they declare",
                          0, 60 * GST_SECOND, 0,
                          static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS)));
  g_object_class_install_property(
      object_class, kWait,
      g_param_spec_boolean(
          "wait", "Wait", "Video waits for its captions; otherwise late ones go on later frames",
          TRUE, static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS)));
  auto* element_class = static_cast<GstElementClass*>(raw_class);
  element_class->change_state = change_state;
  gst_element_class_add_static_pad_template(element_class, &sink_template);
  gst_element_class_add_static_pad_template(element_class, &caption_template);
  gst_element_class_add_static_pad_template(element_class, &src_template);
  gst_element_class_set_static_metadata(
      element_class, "Captions onto coded video", "Filter/ClosedCaption",
      "Puts CEA-608 pairs on the access units that show their frames", "The subtide authors");
}

}  // namespace

bool register_tidecaptionmeta(GstPlugin* plugin) {
  ElementType type;
  type.factory_name = "tidecaptionmeta";
  type.type_name = "TideCaptionMeta";
  type.parent = GST_TYPE_ELEMENT;
  type.class_size = sizeof(GstElementClass);
  type.class_init = init_class;
  type.instance_size = sizeof(TideCaptionMeta);
  type.instance_init = init_instance;
  return register_element_type(plugin, type, nullptr);
}

}  // namespace subtide
