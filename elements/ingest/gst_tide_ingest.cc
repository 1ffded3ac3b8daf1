// tideingest: one live source in, its streams out on one timeline, whatever happens to the source.
// What it does is in IngestSession; this is its skin.
#include "elements/ingest/gst_tide_ingest.h"

#include <gst/audio/audio.h>

#include <memory>
#include <mutex>
#include <new>
#include <utility>

#include "elements/ingest/ingest_session.h"
#include "elements/ingest/ingest_settings.h"
#include "engine/gst/clock_time.h"
#include "engine/gst/element_type.h"
#include "engine/gst/error.h"
#include "engine/gst/guard.h"
#include "engine/gst/locked_settings.h"

namespace subtide {

struct TideIngest {
  GstElement element;
  std::mutex lock;
  IngestSettings settings;
  std::unique_ptr<IngestSession> session;  ///< from READY to READY
};

namespace {

GstStaticPadTemplate video_template =
    GST_STATIC_PAD_TEMPLATE("video_%u", GST_PAD_SRC, GST_PAD_SOMETIMES, GST_STATIC_CAPS_ANY);
GstStaticPadTemplate audio_template =
    GST_STATIC_PAD_TEMPLATE("audio_%u", GST_PAD_SRC, GST_PAD_SOMETIMES, GST_STATIC_CAPS_ANY);
GstStaticPadTemplate pcm_template = GST_STATIC_PAD_TEMPLATE(
    "pcm_%u", GST_PAD_SRC, GST_PAD_SOMETIMES,
    GST_STATIC_CAPS("audio/x-raw, format=(string)" GST_AUDIO_NE(S16) ", layout=interleaved"));

using Properties =
    LockedSettings<TideIngest, IngestSettings, set_ingest_property, get_ingest_property>;

TideIngest* to_tide_ingest(gpointer instance) { return static_cast<TideIngest*>(instance); }

// ---- state changes ----

Status start(TideIngest* self) {
  auto plan = make_ingest_plan(Properties::snapshot(self));
  if (!plan) return std::move(plan.error());
  self->session = std::make_unique<IngestSession>(&self->element, std::move(*plan));
  self->session->start();
  return ok();
}

GstStateChangeReturn change_state(GstElement* element, GstStateChange transition) {
  return guard(element, GST_STATE_CHANGE_FAILURE, [&] {
    TideIngest* self = to_tide_ingest(element);
    if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) {
      if (const Status started = start(self); !started) {
        post_error(element, started.error());
        return GST_STATE_CHANGE_FAILURE;
      }
    }
    if (transition == GST_STATE_CHANGE_PLAYING_TO_PAUSED) self->session->set_playing(false);
    auto result = parent_class_of<GstElementClass>(element)->change_state(element, transition);
    if (transition == GST_STATE_CHANGE_PAUSED_TO_PLAYING) self->session->set_playing(true);
    if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) self->session.reset();
    const bool is_to_paused = transition == GST_STATE_CHANGE_READY_TO_PAUSED ||
                              transition == GST_STATE_CHANGE_PLAYING_TO_PAUSED;
    if (is_to_paused && result == GST_STATE_CHANGE_SUCCESS && self->session->is_live()) {
      result = GST_STATE_CHANGE_NO_PREROLL;
    }
    return result;
  });
}

// ---- pads ----

gboolean answer(GstPad* pad, GstObject* parent, GstQuery* query) {
  TideIngest* self = to_tide_ingest(parent);
  return guard(&self->element, FALSE, [&]() -> gboolean {
    if (GST_QUERY_TYPE(query) != GST_QUERY_LATENCY) {
      return gst_pad_query_default(pad, parent, query);
    }
    const auto plan = make_ingest_plan(Properties::snapshot(self));
    if (!plan) return FALSE;
    const GstClockTime least = plan->is_live() ? to_clock_time(plan->settings.latency) : 0;
    gst_query_set_latency(query, plan->is_live(), least, GST_CLOCK_TIME_NONE);
    return TRUE;
  });
}

// A live source cannot be sought in, and keeps no account of what was dropped.
gboolean take_event(GstPad*, GstObject*, GstEvent* event) {
  const GstEventType type = GST_EVENT_TYPE(event);
  gst_event_unref(event);
  return type == GST_EVENT_LATENCY || type == GST_EVENT_QOS || type == GST_EVENT_RECONFIGURE;
}

// ---- construction and registration ----

void finalize(GObject* object) {
  TideIngest* self = to_tide_ingest(object);
  std::destroy_at(&self->session);
  std::destroy_at(&self->settings);
  std::destroy_at(&self->lock);
  parent_class_of<GObjectClass>(object)->finalize(object);
}

void init_instance(GTypeInstance* instance, gpointer) {
  TideIngest* self = to_tide_ingest(instance);
  new (&self->lock) std::mutex();
  new (&self->settings) IngestSettings();
  new (&self->session) std::unique_ptr<IngestSession>();
  GST_OBJECT_FLAG_SET(&self->element, GST_ELEMENT_FLAG_SOURCE);
}

void init_class(gpointer raw_class, gpointer) {
  auto* object_class = static_cast<GObjectClass*>(raw_class);
  Properties::install(object_class);
  object_class->finalize = finalize;
  install_ingest_properties(object_class);
  auto* element_class = static_cast<GstElementClass*>(raw_class);
  element_class->change_state = change_state;
  gst_element_class_add_static_pad_template(element_class, &video_template);
  gst_element_class_add_static_pad_template(element_class, &audio_template);
  gst_element_class_add_static_pad_template(element_class, &pcm_template);
  gst_element_class_set_static_metadata(element_class, "Live source", "Source/Network",
                                        "Brings a live source in on one timeline and reconnects",
                                        "The subtide authors");
}

}  // namespace

void setup_ingest_pad(GstPad* pad) {
  gst_pad_set_query_function(pad, answer);
  gst_pad_set_event_function(pad, take_event);
}

bool register_tideingest(GstPlugin* plugin) {
  ElementType type;
  type.factory_name = "tideingest";
  type.type_name = "TideIngest";
  type.parent = GST_TYPE_ELEMENT;
  type.class_size = sizeof(GstElementClass);
  type.class_init = init_class;
  type.instance_size = sizeof(TideIngest);
  type.instance_init = init_instance;
  return register_element_type(plugin, type, nullptr);
}

}  // namespace subtide
