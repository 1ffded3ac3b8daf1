// tidecues: timed text in, subtitle cues out. A skin over CueFlow, which lies over CueStream.
#include "elements/cues/gst_tide_cues.h"

#include <memory>
#include <mutex>
#include <new>
#include <utility>

#include "elements/cues/cue_flow.h"
#include "elements/cues/cue_outlet.h"
#include "elements/cues/cue_properties.h"
#include "elements/cues/cue_stream.h"
#include "engine/gst/element_type.h"
#include "engine/gst/error.h"
#include "engine/gst/guard.h"
#include "engine/gst/locked_settings.h"
#include "engine/gst/pads.h"
#include "engine/gst/pointer.h"

namespace subtide {
namespace {

constexpr const char* kCaps = "text/x-raw, format=(string)utf8";
GstStaticPadTemplate sink_template =
    GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS(kCaps));
GstStaticPadTemplate src_template =
    GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS(kCaps));
GstStaticPadTemplate shots_template = GST_STATIC_PAD_TEMPLATE(
    "shots", GST_PAD_SINK, GST_PAD_REQUEST, GST_STATIC_CAPS("application/x-tide-shots"));

/// Where neither live edges nor a longest delay let cues go, they wait so much longer for shots.
constexpr MediaDuration kShotDelay = std::chrono::seconds(2);

struct TideCues {
  GstElement element;
  GstPad* sink;
  GstPad* src;
  std::mutex lock;                    ///< guards what follows
  CueSettings settings;               ///< set from any thread
  GstPad* shots;                      ///< null until somebody asked for it
  std::shared_ptr<CueFlow> flow;      ///< from READY to READY
  std::unique_ptr<CueOutlet> outlet;  ///< always the same
};

TideCues* self_of(gpointer instance) { return static_cast<TideCues*>(instance); }

using Properties = LockedSettings<TideCues, CueSettings, set_cue_property, get_cue_property>;

std::shared_ptr<CueFlow> flow_of(TideCues* self) {
  const std::lock_guard lock(self->lock);
  return self->flow;
}

void set_flow(TideCues* self, std::shared_ptr<CueFlow> flow) {
  const std::lock_guard lock(self->lock);
  self->flow = std::move(flow);
}

PadPtr shots_of(TideCues* self) {
  const std::lock_guard lock(self->lock);
  return self->shots != nullptr ? own_object(self->shots) : nullptr;
}

/// Cues wait for shots while somebody is there to tell them.
void use_shots_if_linked(TideCues* self) {
  const PadPtr shots = shots_of(self);
  const bool are_told = shots && gst_pad_is_linked(shots.get()) != FALSE;
  const auto flow = flow_of(self);
  if (flow) flow->use_shots(are_told ? CueStream::Shots::kUsed : CueStream::Shots::kUnused);
}

// ---- state changes ----

bool start(TideCues* self) {
  auto stream = CueStream::create(Properties::snapshot(self).stream);
  if (!stream) {
    post_error(&self->element, stream.error());
    return false;
  }
  const auto settings = [self] { return Properties::snapshot(self); };
  set_flow(self, std::make_shared<CueFlow>(&self->element, self->src, *self->outlet,
                                           std::move(*stream), settings));
  use_shots_if_linked(self);
  return true;
}

GstStateChangeReturn change_state(GstElement* element, GstStateChange transition) {
  return guard(element, GST_STATE_CHANGE_FAILURE, [&] {
    TideCues* self = self_of(element);
    if (transition == GST_STATE_CHANGE_READY_TO_PAUSED && !start(self)) {
      return GST_STATE_CHANGE_FAILURE;
    }
    const auto result =
        parent_class_of<GstElementClass>(element)->change_state(element, transition);
    if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) set_flow(self, nullptr);
    return result;
  });
}

/// With shots there are two streams that must not wait for each other: a third thread pushes.
gboolean activate_src(GstPad*, GstObject* parent, GstPadMode mode, gboolean is_active) {
  TideCues* self = self_of(parent);
  return guard(&self->element, FALSE, [&]() -> gboolean {
    if (mode != GST_PAD_MODE_PUSH) return FALSE;
    if (is_active != FALSE) {
      if (shots_of(self)) self->outlet->start_thread();
      return TRUE;
    }
    return self->outlet->end_thread() ? TRUE : FALSE;
  });
}

// ---- text ----

GstFlowReturn chain(GstPad*, GstObject* parent, GstBuffer* raw) {
  const BufferPtr buffer(raw);
  TideCues* self = self_of(parent);
  return guard(&self->element, GST_FLOW_ERROR, [&] {
    const auto flow = flow_of(self);
    return flow ? flow->take_text(buffer.get()) : GST_FLOW_FLUSHING;
  });
}

bool end_flush(TideCues* self, EventPtr event) {
  const auto flow = flow_of(self);
  if (flow) flow->restart();
  const bool passed = self->outlet->end_flush(std::move(event));
  if (flow && self->outlet->has_thread()) {
    flow->repeat(lost_sticky_events(self->sink, self->src));
  }
  return passed;
}

gboolean sink_event(GstPad* pad, GstObject* parent, GstEvent* raw) {
  EventPtr event(raw);
  TideCues* self = self_of(parent);
  return guard(&self->element, FALSE, [&]() -> gboolean {
    const GstEventType type = GST_EVENT_TYPE(event.get());
    if (type == GST_EVENT_FLUSH_START) return self->outlet->begin_flush(std::move(event));
    if (type == GST_EVENT_FLUSH_STOP) return end_flush(self, std::move(event));
    const auto flow = flow_of(self);
    if (!flow || GST_EVENT_IS_SERIALIZED(event.get()) == FALSE) {
      return gst_pad_event_default(pad, parent, event.release());
    }
    return flow->take_text_event(std::move(event)) ? TRUE : FALSE;
  });
}

// ---- shots ----

GstFlowReturn shots_chain(GstPad*, GstObject* parent, GstBuffer* raw) {
  const BufferPtr buffer(raw);
  TideCues* self = self_of(parent);
  return guard(&self->element, GST_FLOW_ERROR, [&] {
    const auto flow = flow_of(self);
    if (!flow) return GST_FLOW_FLUSHING;
    flow->take_shot(buffer.get());
    return GST_FLOW_OK;
  });
}

gboolean shots_event(GstPad*, GstObject* parent, GstEvent* raw) {
  const EventPtr event(raw);
  TideCues* self = self_of(parent);
  return guard(&self->element, FALSE, [&]() -> gboolean {
    if (const auto flow = flow_of(self)) flow->take_shots_event(event.get());
    return TRUE;
  });
}

void shots_linked(GstPad*, GstPad*, gpointer instance) {
  TideCues* self = self_of(instance);
  guard(&self->element, [self] { use_shots_if_linked(self); });
}

/// One pad, and only before the element starts: the way out depends on it.
GstPad* request_shots(GstElement* element, GstPadTemplate* pad_template, const gchar*,
                      const GstCaps*) {
  TideCues* self = self_of(element);
  return guard(element, static_cast<GstPad*>(nullptr), [&]() -> GstPad* {
    GstPad* pad = nullptr;
    {
      const std::lock_guard lock(self->lock);
      if (self->shots != nullptr || self->flow) return nullptr;
      pad = self->shots = gst_pad_new_from_template(pad_template, "shots");
    }
    gst_pad_set_chain_function(pad, shots_chain);
    gst_pad_set_event_function(pad, shots_event);
    g_signal_connect(pad, "linked", G_CALLBACK(shots_linked), self);
    g_signal_connect(pad, "unlinked", G_CALLBACK(shots_linked), self);
    gst_element_add_pad(element, pad);
    return pad;
  });
}

void release_shots(GstElement* element, GstPad* pad) {
  TideCues* self = self_of(element);
  guard(element, [&] {
    {
      const std::lock_guard lock(self->lock);
      self->shots = nullptr;
    }
    use_shots_if_linked(self);
    g_signal_handlers_disconnect_by_data(pad, self);
    gst_pad_set_active(pad, FALSE);
    gst_element_remove_pad(element, pad);
  });
}

// ---- queries ----

gboolean src_query(GstPad* pad, GstObject* parent, GstQuery* query) {
  TideCues* self = self_of(parent);
  return guard(&self->element, FALSE, [&]() -> gboolean {
    if (GST_QUERY_TYPE(query) != GST_QUERY_LATENCY) {
      return gst_pad_query_default(pad, parent, query);
    }
    const CueSettings settings = Properties::snapshot(self);
    const bool waits = settings.max_delay == MediaDuration(0) && shots_of(self) != nullptr;
    const MediaDuration own = cue_delay(settings) + (waits ? kShotDelay : MediaDuration(0));
    return answer_latency(self->sink, query, own).is_known;
  });
}

/// Text goes from `sink` to `src`, and shots nowhere.
GstIterator* links_of(GstPad* pad, GstObject* parent) {
  TideCues* self = self_of(parent);
  if (pad != self->sink && pad != self->src) return nullptr;
  GValue value = G_VALUE_INIT;
  g_value_init(&value, GST_TYPE_PAD);
  g_value_set_object(&value, pad == self->sink ? self->src : self->sink);
  GstIterator* links = gst_iterator_new_single(GST_TYPE_PAD, &value);
  g_value_unset(&value);
  return links;
}

// ---- construction and registration ----

void finalize(GObject* object) {
  TideCues* self = self_of(object);
  std::destroy_at(&self->outlet);
  std::destroy_at(&self->flow);
  std::destroy_at(&self->settings);
  std::destroy_at(&self->lock);
  parent_class_of<GObjectClass>(object)->finalize(object);
}

void init_instance(GTypeInstance* instance, gpointer) {
  TideCues* self = self_of(instance);
  new (&self->lock) std::mutex();
  new (&self->settings) CueSettings();
  new (&self->flow) std::shared_ptr<CueFlow>();
  self->shots = nullptr;
  self->sink = gst_pad_new_from_static_template(&sink_template, "sink");
  gst_pad_set_chain_function(self->sink, chain);
  gst_pad_set_event_function(self->sink, sink_event);
  gst_pad_set_iterate_internal_links_function(self->sink, links_of);
  gst_element_add_pad(&self->element, self->sink);
  self->src = gst_pad_new_from_static_template(&src_template, "src");
  gst_pad_set_query_function(self->src, src_query);
  gst_pad_set_activatemode_function(self->src, activate_src);
  gst_pad_set_iterate_internal_links_function(self->src, links_of);
  gst_element_add_pad(&self->element, self->src);
  new (&self->outlet) std::unique_ptr<CueOutlet>(std::make_unique<CueOutlet>(self->src));
}

void init_class(gpointer raw_class, gpointer) {
  auto* object_class = static_cast<GObjectClass*>(raw_class);
  Properties::install(object_class);
  object_class->finalize = finalize;
  install_cue_properties(object_class);
  auto* element_class = static_cast<GstElementClass*>(raw_class);
  element_class->change_state = change_state;
  gst_element_class_add_static_pad_template(element_class, &sink_template);
  gst_element_class_add_static_pad_template(element_class, &src_template);
  gst_element_class_add_static_pad_template(element_class, &shots_template);
  element_class->request_new_pad = request_shots;
  element_class->release_pad = release_shots;
  gst_element_class_set_static_metadata(element_class, "Subtitle layout", "Filter/Subtitle",
                                        "Lays timed words out as subtitle cues by rules of style",
                                        "The subtide authors");
}

}  // namespace

bool register_tidecues(GstPlugin* plugin) {
  ElementType type;
  type.factory_name = "tidecues";
  type.type_name = "TideCues";
  type.parent = GST_TYPE_ELEMENT;
  type.class_size = sizeof(GstElementClass);
  type.class_init = init_class;
  type.instance_size = sizeof(TideCues);
  type.instance_init = init_instance;
  return register_element_type(plugin, type, nullptr);
}

}  // namespace subtide
