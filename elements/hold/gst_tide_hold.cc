// tidehold: a stream comes out so much later than it went in. A skin over HeldStream; its source
// pad has a thread of its own.
#include "elements/hold/gst_tide_hold.h"

#include <memory>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

#include "elements/hold/held_stream.h"
#include "engine/gst/element_type.h"
#include "engine/gst/guard.h"
#include "engine/gst/locked_settings.h"
#include "engine/gst/pads.h"

namespace subtide {
namespace {

GstStaticPadTemplate sink_template =
    GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);
GstStaticPadTemplate src_template =
    GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);

enum : guint { kHold = 1, kMost };

struct HoldSettings {
  GstClockTime hold = 0;
  GstClockTime most = 120 * GST_SECOND;
};

bool set_hold_property(HoldSettings& settings, guint id, const GValue* value) {
  if (id == kHold) settings.hold = g_value_get_uint64(value);
  if (id == kMost) settings.most = g_value_get_uint64(value);
  return id == kHold || id == kMost;
}

bool get_hold_property(const HoldSettings& settings, guint id, GValue* value) {
  if (id == kHold) g_value_set_uint64(value, settings.hold);
  if (id == kMost) g_value_set_uint64(value, settings.most);
  return id == kHold || id == kMost;
}

struct TideHold {
  GstElement element;
  GstPad* sink;
  GstPad* src;
  std::mutex lock;
  HoldSettings settings;  ///< set from any thread, under the lock
  std::unique_ptr<HeldStream> stream;
};

TideHold* self_of(gpointer instance) { return static_cast<TideHold*>(instance); }

using Properties = LockedSettings<TideHold, HoldSettings, set_hold_property, get_hold_property>;

// ---- the way out ----

void push_next(TideHold* self) {
  auto item = self->stream->next();
  if (!item) {
    gst_pad_pause_task(self->src);
    return;
  }
  if (auto* event = std::get_if<EventPtr>(&*item)) {
    const bool is_end = GST_EVENT_TYPE(event->get()) == GST_EVENT_EOS;
    gst_pad_push_event(self->src, event->release());
    if (is_end) self->stream->set_flow(GST_FLOW_EOS);
    return;
  }
  const GstFlowReturn flow = gst_pad_push(self->src, std::get<BufferPtr>(*item).release());
  if (flow != GST_FLOW_OK) self->stream->set_flow(flow);
}

void run(gpointer raw) {
  TideHold* self = self_of(raw);
  guard(&self->element, [self] { push_next(self); });
}

/// `first` goes before all that comes.
void start(TideHold* self, std::vector<EventPtr> first = {}) {
  const HoldSettings settings = Properties::snapshot(self);
  self->stream->start(MediaDuration(static_cast<std::int64_t>(settings.hold)),
                      MediaDuration(static_cast<std::int64_t>(settings.most)));
  for (EventPtr& event : first) self->stream->put(std::move(event));
  gst_pad_start_task(self->src, run, self, nullptr);
}

gboolean activate_src(GstPad*, GstObject* parent, GstPadMode mode, gboolean is_active) {
  TideHold* self = self_of(parent);
  return guard(&self->element, FALSE, [&]() -> gboolean {
    if (mode != GST_PAD_MODE_PUSH) return FALSE;
    if (is_active != FALSE) {
      start(self);
      return TRUE;
    }
    self->stream->stop();
    return gst_pad_stop_task(self->src);
  });
}

gboolean src_query(GstPad* pad, GstObject* parent, GstQuery* query) {
  TideHold* self = self_of(parent);
  return guard(&self->element, FALSE, [&]() -> gboolean {
    if (GST_QUERY_TYPE(query) != GST_QUERY_LATENCY) {
      return gst_pad_query_default(pad, parent, query);
    }
    const HoldSettings settings = Properties::snapshot(self);
    const MediaDuration held(static_cast<std::int64_t>(settings.hold));
    return answer_latency(self->sink, query, held).is_known ? TRUE : FALSE;
  });
}

// ---- the way in ----

// Before the element stops no thread may wait in here.
gboolean activate_sink(GstPad*, GstObject* parent, GstPadMode mode, gboolean is_active) {
  TideHold* self = self_of(parent);
  return guard(&self->element, FALSE, [&]() -> gboolean {
    if (mode != GST_PAD_MODE_PUSH) return FALSE;
    if (is_active == FALSE) self->stream->stop();
    return TRUE;
  });
}

GstFlowReturn chain(GstPad*, GstObject* parent, GstBuffer* raw) {
  BufferPtr buffer(raw);
  TideHold* self = self_of(parent);
  return guard(&self->element, GST_FLOW_ERROR,
               [&] { return self->stream->put(std::move(buffer)); });
}

gboolean sink_event(GstPad* pad, GstObject* parent, GstEvent* raw) {
  EventPtr event(raw);
  TideHold* self = self_of(parent);
  return guard(&self->element, FALSE, [&]() -> gboolean {
    const GstEventType type = GST_EVENT_TYPE(event.get());
    if (type == GST_EVENT_FLUSH_START) {
      self->stream->stop();
      const gboolean passed = gst_pad_push_event(self->src, event.release());
      gst_pad_pause_task(self->src);
      return passed;
    }
    if (type == GST_EVENT_FLUSH_STOP) {
      const gboolean passed = gst_pad_push_event(self->src, event.release());
      start(self, lost_sticky_events(self->sink, self->src));
      return passed;
    }
    if (GST_EVENT_IS_SERIALIZED(event.get()) == FALSE) {
      return gst_pad_event_default(pad, parent, event.release());
    }
    return self->stream->put(std::move(event)) == GST_FLOW_OK ? TRUE : FALSE;
  });
}

// ---- construction and registration ----

void finalize(GObject* object) {
  TideHold* self = self_of(object);
  std::destroy_at(&self->stream);
  std::destroy_at(&self->settings);
  std::destroy_at(&self->lock);
  parent_class_of<GObjectClass>(object)->finalize(object);
}

void init_instance(GTypeInstance* instance, gpointer) {
  TideHold* self = self_of(instance);
  new (&self->lock) std::mutex();
  new (&self->settings) HoldSettings();
  new (&self->stream) std::unique_ptr<HeldStream>(std::make_unique<HeldStream>());
  self->sink = gst_pad_new_from_static_template(&sink_template, "sink");
  gst_pad_set_chain_function(self->sink, chain);
  gst_pad_set_event_function(self->sink, sink_event);
  gst_pad_set_activatemode_function(self->sink, activate_sink);
  GST_PAD_SET_PROXY_CAPS(self->sink);
  gst_element_add_pad(&self->element, self->sink);
  self->src = gst_pad_new_from_static_template(&src_template, "src");
  gst_pad_set_query_function(self->src, src_query);
  gst_pad_set_activatemode_function(self->src, activate_src);
  GST_PAD_SET_PROXY_CAPS(self->src);
  gst_element_add_pad(&self->element, self->src);
}

void init_class(gpointer raw_class, gpointer) {
  constexpr auto kFlags = static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  auto* object_class = static_cast<GObjectClass*>(raw_class);
  Properties::install(object_class);
  object_class->finalize = finalize;
  g_object_class_install_property(
      object_class, kHold,
      g_param_spec_uint64("hold", "Hold",
                          "Nanoseconds of the stream that wait; read when the element starts", 0,
                          3600 * GST_SECOND, 0, kFlags));
  g_object_class_install_property(
      object_class, kMost,
      g_param_spec_uint64("most", "Most",
                          "Nanoseconds that may wait beyond those, where what follows is slow", 0,
                          3600 * GST_SECOND, 120 * GST_SECOND, kFlags));
  auto* element_class = static_cast<GstElementClass*>(raw_class);
  gst_element_class_add_static_pad_template(element_class, &sink_template);
  gst_element_class_add_static_pad_template(element_class, &src_template);
  gst_element_class_set_static_metadata(element_class, "Hold", "Generic",
                                        "Lets a stream wait for others that take longer",
                                        "The subtide authors");
}

}  // namespace

bool register_tidehold(GstPlugin* plugin) {
  ElementType type;
  type.factory_name = "tidehold";
  type.type_name = "TideHold";
  type.parent = GST_TYPE_ELEMENT;
  type.class_size = sizeof(GstElementClass);
  type.class_init = init_class;
  type.instance_size = sizeof(TideHold);
  type.instance_init = init_instance;
  return register_element_type(plugin, type, nullptr);
}

}  // namespace subtide
