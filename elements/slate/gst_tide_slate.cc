// tideslate: where pictures stay away, as GAP events tell, others stand in for them. A skin over
// SlateStream.
#include "elements/slate/gst_tide_slate.h"

#include <gst/video/video.h>

#include <mutex>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include "elements/slate/slate_picture.h"
#include "elements/slate/slate_stream.h"
#include "engine/gst/clock_time.h"
#include "engine/gst/element_type.h"
#include "engine/gst/epoch_event.h"
#include "engine/gst/error.h"
#include "engine/gst/guard.h"
#include "engine/gst/locked_settings.h"

namespace subtide {
namespace {

GstStaticPadTemplate sink_template =
    GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS("video/x-raw"));
GstStaticPadTemplate src_template =
    GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS("video/x-raw"));

enum : guint { kLocation = 1, kHold };

struct SlateSettings {
  std::string location;
  MediaDuration hold = std::chrono::seconds(2);
};

bool set_slate_property(SlateSettings& settings, guint id, const GValue* value) {
  switch (id) {
    case kLocation:
      settings.location = g_value_get_string(value) != nullptr ? g_value_get_string(value) : "";
      return true;
    case kHold:
      settings.hold = MediaDuration(static_cast<std::int64_t>(g_value_get_uint64(value)));
      return true;
    default:
      return false;
  }
}

bool get_slate_property(const SlateSettings& settings, guint id, GValue* value) {
  switch (id) {
    case kLocation:
      g_value_set_string(value, settings.location.c_str());
      return true;
    case kHold:
      g_value_set_uint64(value, static_cast<guint64>(settings.hold.count()));
      return true;
    default:
      return false;
  }
}

struct TideSlate {
  GstElement element;
  GstPad* sink;
  GstPad* src;
  std::mutex lock;
  SlateSettings settings;            ///< set from any thread, under the lock
  std::optional<SlateStream> state;  ///< from READY to READY; streaming thread only
};

TideSlate* self_of(gpointer instance) { return static_cast<TideSlate*>(instance); }

using Properties = LockedSettings<TideSlate, SlateSettings, set_slate_property, get_slate_property>;

// ---- state changes ----

Status start(TideSlate* self) {
  const SlateSettings settings = Properties::snapshot(self);
  Result<Picture> picture = pause_sign();
  if (!settings.location.empty()) picture = read_picture(settings.location);
  if (!picture) return picture.error();
  self->state.emplace(std::move(*picture), settings.hold);
  return ok();
}

GstStateChangeReturn change_state(GstElement* element, GstStateChange transition) {
  return guard(element, GST_STATE_CHANGE_FAILURE, [&] {
    TideSlate* self = self_of(element);
    if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) {
      if (const Status started = start(self); !started) {
        post_error(element, started.error());
        return GST_STATE_CHANGE_FAILURE;
      }
    }
    const auto result =
        parent_class_of<GstElementClass>(element)->change_state(element, transition);
    if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) self->state.reset();
    return result;
  });
}

// ---- the streaming thread ----

GstFlowReturn stand_in_until(TideSlate* self, MediaTime time) {
  while (BufferPtr buffer = self->state->next_before(time)) {
    const GstFlowReturn flow = gst_pad_push(self->src, buffer.release());
    if (flow != GST_FLOW_OK) return flow;
  }
  return GST_FLOW_OK;
}

GstFlowReturn chain(GstPad*, GstObject* parent, GstBuffer* raw) {
  BufferPtr buffer(raw);
  TideSlate* self = self_of(parent);
  return guard(&self->element, GST_FLOW_ERROR, [&] {
    const auto shown = to_media_time(GST_BUFFER_PTS(buffer.get()));
    if (!shown) return gst_pad_push(self->src, buffer.release());
    if (self->state->stands_in()) {
      const GstFlowReturn flow = stand_in_until(self, *shown);
      if (flow != GST_FLOW_OK) return flow;
    }
    if (!self->state->take(buffer.get())) return GST_FLOW_OK;
    return gst_pad_push(self->src, buffer.release());
  });
}

/// What belongs to an epoch begins with a key frame, also where no picture stayed away.
gboolean pass_epoch(TideSlate* self, const Epoch& epoch, EventPtr event) {
  const bool is_first = !self->state->has_begun();
  if (self->state->stands_in()) stand_in_until(self, epoch.begins);
  const gboolean passed = gst_pad_push_event(self->src, event.release());
  if (!is_first) {
    gst_pad_push_event(self->src,
                       gst_video_event_new_downstream_force_key_unit(
                           GST_CLOCK_TIME_NONE, GST_CLOCK_TIME_NONE, GST_CLOCK_TIME_NONE, TRUE, 0));
  }
  return passed;
}

gboolean take_caps(TideSlate* self, GstEvent* event) {
  GstCaps* caps = nullptr;
  gst_event_parse_caps(event, &caps);
  const Status taken = self->state->set_caps(caps);
  if (!taken) post_error(&self->element, taken.error());
  return taken ? TRUE : FALSE;
}

gboolean sink_event(GstPad* pad, GstObject* parent, GstEvent* raw) {
  EventPtr event(raw);
  TideSlate* self = self_of(parent);
  return guard(&self->element, FALSE, [&]() -> gboolean {
    if (!self->state) return gst_pad_event_default(pad, parent, event.release());
    if (const auto epoch = read_epoch(event.get())) {
      return pass_epoch(self, *epoch, std::move(event));
    }
    const GstEventType type = GST_EVENT_TYPE(event.get());
    if (type == GST_EVENT_CAPS && take_caps(self, event.get()) == FALSE) return FALSE;
    if (type == GST_EVENT_FLUSH_STOP) self->state->restart();
    const auto gap = type == GST_EVENT_GAP ? span_of_gap(event.get()) : std::nullopt;
    if (gap && self->state->has_begun()) {
      // Encoders would keep each of these events until the next picture.
      const GstFlowReturn flow = stand_in_until(self, gap->end);
      return flow == GST_FLOW_OK ? TRUE : FALSE;
    }
    return gst_pad_event_default(pad, parent, event.release());
  });
}

// ---- construction and registration ----

void finalize(GObject* object) {
  TideSlate* self = self_of(object);
  std::destroy_at(&self->state);
  std::destroy_at(&self->settings);
  std::destroy_at(&self->lock);
  parent_class_of<GObjectClass>(object)->finalize(object);
}

void init_instance(GTypeInstance* instance, gpointer) {
  TideSlate* self = self_of(instance);
  new (&self->lock) std::mutex();
  new (&self->settings) SlateSettings();
  new (&self->state) std::optional<SlateStream>();
  self->sink = gst_pad_new_from_static_template(&sink_template, "sink");
  gst_pad_set_chain_function(self->sink, chain);
  gst_pad_set_event_function(self->sink, sink_event);
  GST_PAD_SET_PROXY_CAPS(self->sink);
  GST_PAD_SET_PROXY_ALLOCATION(self->sink);
  gst_element_add_pad(&self->element, self->sink);
  self->src = gst_pad_new_from_static_template(&src_template, "src");
  GST_PAD_SET_PROXY_CAPS(self->src);
  gst_element_add_pad(&self->element, self->src);
}

void init_class(gpointer raw_class, gpointer) {
  constexpr auto kFlags = static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  auto* object_class = static_cast<GObjectClass*>(raw_class);
  Properties::install(object_class);
  object_class->finalize = finalize;
  g_object_class_install_property(
      object_class, kLocation,
      g_param_spec_string("location", "Location",
                          "PNG or JPEG file of the slate, read when the element starts; none: the "
                          "sign of a pause",
                          nullptr, kFlags));
  g_object_class_install_property(
      object_class, kHold,
      g_param_spec_uint64("hold", "Hold",
                          "Nanoseconds for which the last picture stands in, before the slate does",
                          0, 3600 * GST_SECOND, 2 * GST_SECOND, kFlags));
  auto* element_class = static_cast<GstElementClass*>(raw_class);
  element_class->change_state = change_state;
  gst_element_class_add_static_pad_template(element_class, &sink_template);
  gst_element_class_add_static_pad_template(element_class, &src_template);
  gst_element_class_set_static_metadata(element_class, "Slate", "Filter/Video",
                                        "Puts pictures where a live stream has none",
                                        "The subtide authors");
}

}  // namespace

bool register_tideslate(GstPlugin* plugin) {
  ElementType type;
  type.factory_name = "tideslate";
  type.type_name = "TideSlate";
  type.parent = GST_TYPE_ELEMENT;
  type.class_size = sizeof(GstElementClass);
  type.class_init = init_class;
  type.instance_size = sizeof(TideSlate);
  type.instance_init = init_instance;
  return register_element_type(plugin, type, nullptr);
}

}  // namespace subtide
