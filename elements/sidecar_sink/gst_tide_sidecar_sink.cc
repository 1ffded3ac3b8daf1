// tidesidecarsink: cues in, subtitle files out, one language per pad. A skin over SidecarStream.
#include "elements/sidecar_sink/gst_tide_sidecar_sink.h"

#include <algorithm>
#include <cstdio>
#include <mutex>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "elements/sidecar_sink/sidecar_sink.h"
#include "engine/gst/element_type.h"
#include "engine/gst/error.h"
#include "engine/gst/guard.h"
#include "engine/gst/locked_settings.h"
#include "engine/gst/pads.h"

namespace subtide {
namespace {

GstStaticPadTemplate pad_template = GST_STATIC_PAD_TEMPLATE(
    "text_%u", GST_PAD_SINK, GST_PAD_REQUEST, GST_STATIC_CAPS("text/x-raw, format=(string)utf8"));

using Properties =
    LockedSettings<TideSidecarSink, SidecarSettings, set_sidecar_property, get_sidecar_property>;

// ---- state changes ----

Status start(TideSidecarSink* self) {
  {
    const std::lock_guard lock(self->lock);
    auto options = to_stream_options(self->settings);
    if (!options) return options.error();
    self->state.emplace();
    self->state->options = std::move(*options);
  }
  for (const PadPtr& pad : pads_of(self)) {
    const Status opened = open_stream(self, to_sidecar_pad(pad.get()));
    if (!opened) return opened;
  }
  return ok();
}

void stop(TideSidecarSink* self) {
  for (const PadPtr& pad : pads_of(self)) to_sidecar_pad(pad.get())->stream.reset();
  const std::lock_guard lock(self->lock);
  self->state.reset();
}

void set_playing(TideSidecarSink* self, bool is_playing) {
  const std::lock_guard lock(self->lock);
  if (self->state) self->state->is_playing = is_playing;
}

GstStateChangeReturn change_state(GstElement* element, GstStateChange transition) {
  return guard(element, GST_STATE_CHANGE_FAILURE, [&] {
    TideSidecarSink* self = to_sidecar_sink(element);
    if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) {
      const Status started = start(self);
      if (!started) {
        stop(self);
        post_error(element, started.error());
        return GST_STATE_CHANGE_FAILURE;
      }
    }
    if (transition == GST_STATE_CHANGE_PLAYING_TO_PAUSED) set_playing(self, false);
    const auto result =
        parent_class_of<GstElementClass>(element)->change_state(element, transition);
    if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) stop(self);
    if (transition == GST_STATE_CHANGE_PAUSED_TO_PLAYING) {
      set_playing(self, true);
      post_end_when_due(self);
    }
    return result;
  });
}

// ---- queries and upstream events ----

/// Up to where every file is written, in stream time.
gboolean answer_position(TideSidecarSink* self, GstQuery* query) {
  GstFormat format = GST_FORMAT_UNDEFINED;
  gst_query_parse_position(query, &format, nullptr);
  const std::vector<PadPtr> pads = pads_of(self);
  if (format != GST_FORMAT_TIME || pads.empty()) return FALSE;
  MediaTime::rep position = to_sidecar_pad(pads.front().get())->position;
  for (const PadPtr& pad : pads) {
    position = std::min(position, to_sidecar_pad(pad.get())->position.load());
  }
  gst_query_set_position(query, GST_FORMAT_TIME, std::max<MediaTime::rep>(position, 0));
  return TRUE;
}

gboolean element_query(GstElement* element, GstQuery* query) {
  return guard(element, FALSE, [&]() -> gboolean {
    TideSidecarSink* self = to_sidecar_sink(element);
    if (GST_QUERY_TYPE(query) == GST_QUERY_LATENCY) return answer_latency(pads_of(self), query);
    if (GST_QUERY_TYPE(query) == GST_QUERY_POSITION) return answer_position(self, query);
    return parent_class_of<GstElementClass>(element)->query(element, query);
  });
}

/// A sink passes seeks and the like up, by every pad.
gboolean send_event(GstElement* element, GstEvent* raw) {
  const EventPtr event(raw);
  return guard(element, FALSE,
               [&] { return push_upstream(pads_of(to_sidecar_sink(element)), event.get()); });
}

// ---- pads ----

GstPad* request_pad(GstElement* element, GstPadTemplate* templ, const gchar* name, const GstCaps*) {
  return guard(element, static_cast<GstPad*>(nullptr), [&]() -> GstPad* {
    TideSidecarSink* self = to_sidecar_sink(element);
    guint number = 0;
    {
      const std::lock_guard lock(self->lock);
      if (name == nullptr || sscanf(name, "text_%u", &number) != 1) number = self->pad_count;
      self->pad_count = std::max(self->pad_count, number + 1);
    }
    const std::string pad_name = "text_" + std::to_string(number);
    GstPad* pad = GST_PAD_CAST(g_object_new(sidecar_pad_type(), "name", pad_name.c_str(),
                                            "direction", GST_PAD_SINK, "template", templ, nullptr));
    gst_pad_set_chain_function(pad, chain_cue);
    gst_pad_set_event_function(pad, take_pad_event);
    gst_pad_set_active(pad, TRUE);
    gst_element_add_pad(element, pad);
    gst_child_proxy_child_added(GST_CHILD_PROXY(element), G_OBJECT(pad), pad_name.c_str());
    return pad;
  });
}

/// Without this pad the others may have been the last to wait for.
void release_pad(GstElement* element, GstPad* pad) {
  guard(element, [&] {
    gst_child_proxy_child_removed(GST_CHILD_PROXY(element), G_OBJECT(pad), GST_PAD_NAME(pad));
    gst_pad_set_active(pad, FALSE);
    gst_element_remove_pad(element, pad);
    post_end_when_due(to_sidecar_sink(element));
  });
}

GObject* child_by_index(GstChildProxy* proxy, guint index) {
  const std::vector<PadPtr> pads = pads_of(to_sidecar_sink(proxy));
  return index < pads.size() ? G_OBJECT(gst_object_ref(pads[index].get())) : nullptr;
}

guint child_count(GstChildProxy* proxy) {
  return static_cast<guint>(pads_of(to_sidecar_sink(proxy)).size());
}

void init_child_proxy(gpointer interface, gpointer) {
  static_cast<GstChildProxyInterface*>(interface)->get_child_by_index = child_by_index;
  static_cast<GstChildProxyInterface*>(interface)->get_children_count = child_count;
}

// ---- construction and registration ----

void finalize(GObject* object) {
  TideSidecarSink* self = to_sidecar_sink(object);
  std::destroy_at(&self->state);
  std::destroy_at(&self->settings);
  std::destroy_at(&self->lock);
  parent_class_of<GObjectClass>(object)->finalize(object);
}

void init_instance(GTypeInstance* instance, gpointer) {
  TideSidecarSink* self = to_sidecar_sink(instance);
  new (&self->lock) std::mutex();
  new (&self->settings) SidecarSettings();
  new (&self->state) std::optional<SidecarSinkState>();
  GST_OBJECT_FLAG_SET(self, GST_ELEMENT_FLAG_SINK);
}

void init_class(gpointer raw_class, gpointer) {
  auto* object_class = static_cast<GObjectClass*>(raw_class);
  Properties::install(object_class);
  object_class->finalize = finalize;
  install_sidecar_properties(object_class);
  auto* element_class = static_cast<GstElementClass*>(raw_class);
  element_class->change_state = change_state;
  element_class->query = element_query;
  element_class->send_event = send_event;
  element_class->request_new_pad = request_pad;
  element_class->release_pad = release_pad;
  gst_element_class_add_static_pad_template_with_gtype(element_class, &pad_template,
                                                       sidecar_pad_type());
  gst_element_class_set_static_metadata(element_class, "Subtitle files", "Sink/Subtitle",
                                        "Writes cues as SRT, WebVTT, TTML, ASS and JSON files, "
                                        "each whole or not at all",
                                        "The subtide authors");
}

}  // namespace

bool register_tidesidecarsink(GstPlugin* plugin) {
  ElementType type;
  type.factory_name = "tidesidecarsink";
  type.type_name = "TideSidecarSink";
  type.parent = GST_TYPE_ELEMENT;
  type.class_size = sizeof(GstElementClass);
  type.class_init = init_class;
  type.instance_size = sizeof(TideSidecarSink);
  type.instance_init = init_instance;
  type.interfaces = {{GST_TYPE_CHILD_PROXY, init_child_proxy}};
  return register_element_type(plugin, type, nullptr);
}

}  // namespace subtide
