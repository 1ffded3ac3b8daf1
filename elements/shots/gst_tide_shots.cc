// tideshots: raw video passes untouched; a second pad says where its shots change. A skin over
// ShotStream.
#include "elements/shots/gst_tide_shots.h"

#include <mutex>
#include <new>
#include <optional>
#include <utility>

#include "elements/shots/shot_stream.h"
#include "engine/gst/clock_time.h"
#include "engine/gst/element_type.h"
#include "engine/gst/error.h"
#include "engine/gst/guard.h"
#include "engine/gst/locked_settings.h"
#include "engine/gst/pointer.h"

namespace subtide {
namespace {

constexpr const char* kShotCaps = "application/x-tide-shots";
GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS,
                                                             GST_STATIC_CAPS("video/x-raw(ANY)"));
GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS,
                                                            GST_STATIC_CAPS("video/x-raw(ANY)"));
GstStaticPadTemplate shots_template =
    GST_STATIC_PAD_TEMPLATE("shots", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS(kShotCaps));

enum : guint { kLeastChange = 1 };
constexpr double kFullScale = 255;

struct ShotSettings {
  double least_change = ShotFinder::kLeastChange / kFullScale;
};

bool set_shot_property(ShotSettings& settings, guint id, const GValue* value) {
  if (id == kLeastChange) settings.least_change = g_value_get_double(value);
  return id == kLeastChange;
}

bool get_shot_property(const ShotSettings& settings, guint id, GValue* value) {
  if (id == kLeastChange) g_value_set_double(value, settings.least_change);
  return id == kLeastChange;
}

/// Lives from READY to READY; streaming thread only.
struct State {
  ShotStream stream;
  bool was_linked = false;
  bool has_warned = false;

  explicit State(double least_change) : stream(least_change) {}
};

struct TideShots {
  GstElement element;
  GstPad* sink;
  GstPad* src;
  GstPad* shots;
  std::mutex lock;
  ShotSettings settings;  ///< set from any thread, under the lock; read when the element starts
  std::optional<State> state;
};

TideShots* self_of(gpointer instance) { return static_cast<TideShots*>(instance); }

using Properties = LockedSettings<TideShots, ShotSettings, set_shot_property, get_shot_property>;

// ---- state changes ----

GstStateChangeReturn change_state(GstElement* element, GstStateChange transition) {
  return guard(element, GST_STATE_CHANGE_FAILURE, [&] {
    TideShots* self = self_of(element);
    if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) {
      self->state.emplace(Properties::snapshot(self).least_change * kFullScale);
    }
    const auto result =
        parent_class_of<GstElementClass>(element)->change_state(element, transition);
    if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) self->state.reset();
    return result;
  });
}

// ---- the streaming thread ----

/// The video goes on whatever becomes of those who hear of shots: no flow comes back from here.
void tell(TideShots* self, const ShotNews& news) {
  if (!news.known.empty() || !news.ends_in_cut) {
    gst_pad_push_event(self->shots, gst_event_new_gap(to_clock_time(news.known.begin),
                                                      to_clock_time(news.known.duration())));
  }
  if (!news.ends_in_cut) return;
  BufferPtr instant(gst_buffer_new());
  GST_BUFFER_PTS(instant.get()) = to_clock_time(news.known.end);
  gst_pad_push(self->shots, instant.release());
}

void look(TideShots* self, GstBuffer* picture) {
  State& state = *self->state;
  const bool is_linked = gst_pad_is_linked(self->shots) != FALSE;
  if (is_linked && !state.was_linked) state.stream.restart();
  state.was_linked = is_linked;
  if (!is_linked) return;
  if (const auto news = state.stream.take(picture)) tell(self, *news);
}

GstFlowReturn chain(GstPad*, GstObject* parent, GstBuffer* raw) {
  BufferPtr buffer(raw);
  TideShots* self = self_of(parent);
  return guard(&self->element, GST_FLOW_ERROR, [&] {
    look(self, buffer.get());
    return gst_pad_push(self->src, buffer.release());
  });
}

/// The stream of shots begins beside the video.
void begin_shots(TideShots* self, GstEvent* video_start) {
  const TextPtr id(gst_pad_create_stream_id(self->shots, &self->element, "shots"));
  const EventPtr start(gst_event_new_stream_start(id.get()));
  guint group = 0;
  if (gst_event_parse_group_id(video_start, &group) != FALSE) {
    gst_event_set_group_id(start.get(), group);
  }
  gst_event_set_stream_flags(start.get(), GST_STREAM_FLAG_SPARSE);
  gst_pad_push_event(self->shots, gst_event_ref(start.get()));
  const CapsPtr caps(gst_caps_from_string(kShotCaps));
  gst_pad_push_event(self->shots, gst_event_new_caps(caps.get()));
}

void take_caps(TideShots* self, GstEvent* event) {
  GstCaps* caps = nullptr;
  gst_event_parse_caps(event, &caps);
  const Status taken = self->state->stream.set_caps(caps);
  const bool is_asked = gst_pad_is_linked(self->shots) != FALSE;
  if (taken || !is_asked || std::exchange(self->state->has_warned, true)) return;
  post_warning(&self->element, taken.error());
}

void take_event(TideShots* self, GstEvent* event) {
  switch (static_cast<int>(GST_EVENT_TYPE(event))) {
    case GST_EVENT_STREAM_START:
      begin_shots(self, event);
      return;
    case GST_EVENT_CAPS:
      take_caps(self, event);
      return;
    case GST_EVENT_SEGMENT:
    case GST_EVENT_FLUSH_STOP:
      self->state->stream.restart();
      break;
    case GST_EVENT_FLUSH_START:
    case GST_EVENT_EOS:
      break;
    default:
      return;
  }
  gst_pad_push_event(self->shots, gst_event_ref(event));
}

gboolean sink_event(GstPad* pad, GstObject* parent, GstEvent* raw) {
  EventPtr event(raw);
  TideShots* self = self_of(parent);
  return guard(&self->element, FALSE, [&]() -> gboolean {
    if (self->state) take_event(self, event.get());
    return gst_pad_event_default(pad, parent, event.release());
  });
}

/// Nothing but the video goes from `sink` to `src`: neither caps nor events of the shots.
GstIterator* links_of_sink(GstPad*, GstObject* parent) {
  GValue value = G_VALUE_INIT;
  g_value_init(&value, GST_TYPE_PAD);
  g_value_set_object(&value, self_of(parent)->src);
  GstIterator* links = gst_iterator_new_single(GST_TYPE_PAD, &value);
  g_value_unset(&value);
  return links;
}

/// Who hears of shots does not steer the video.
gboolean shots_event(GstPad*, GstObject*, GstEvent* event) {
  gst_event_unref(event);
  return FALSE;
}

// ---- construction and registration ----

void finalize(GObject* object) {
  TideShots* self = self_of(object);
  std::destroy_at(&self->state);
  std::destroy_at(&self->settings);
  std::destroy_at(&self->lock);
  parent_class_of<GObjectClass>(object)->finalize(object);
}

void init_instance(GTypeInstance* instance, gpointer) {
  TideShots* self = self_of(instance);
  new (&self->lock) std::mutex();
  new (&self->settings) ShotSettings();
  new (&self->state) std::optional<State>();
  self->sink = gst_pad_new_from_static_template(&sink_template, "sink");
  gst_pad_set_chain_function(self->sink, chain);
  gst_pad_set_event_function(self->sink, sink_event);
  gst_pad_set_iterate_internal_links_function(self->sink, links_of_sink);
  GST_PAD_SET_PROXY_CAPS(self->sink);
  GST_PAD_SET_PROXY_ALLOCATION(self->sink);
  gst_element_add_pad(&self->element, self->sink);
  self->src = gst_pad_new_from_static_template(&src_template, "src");
  GST_PAD_SET_PROXY_CAPS(self->src);
  gst_element_add_pad(&self->element, self->src);
  self->shots = gst_pad_new_from_static_template(&shots_template, "shots");
  gst_pad_set_event_function(self->shots, shots_event);
  gst_pad_use_fixed_caps(self->shots);
  gst_element_add_pad(&self->element, self->shots);
}

void init_class(gpointer raw_class, gpointer) {
  auto* object_class = static_cast<GObjectClass*>(raw_class);
  Properties::install(object_class);
  object_class->finalize = finalize;
  g_object_class_install_property(
      object_class, kLeastChange,
      g_param_spec_double("least-change", "Least change",
                          "Pictures whose brightness differs by less on the mean belong to one "
                          "shot, as a share of full scale (0 to 1)",
                          0, 1, ShotSettings().least_change,
                          static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS)));
  auto* element_class = static_cast<GstElementClass*>(raw_class);
  element_class->change_state = change_state;
  gst_element_class_add_static_pad_template(element_class, &sink_template);
  gst_element_class_add_static_pad_template(element_class, &src_template);
  gst_element_class_add_static_pad_template(element_class, &shots_template);
  gst_element_class_set_static_metadata(element_class, "Shot changes", "Filter/Analyzer/Video",
                                        "Says where the shots of a video change",
                                        "The subtide authors");
}

}  // namespace

bool register_tideshots(GstPlugin* plugin) {
  ElementType type;
  type.factory_name = "tideshots";
  type.type_name = "TideShots";
  type.parent = GST_TYPE_ELEMENT;
  type.class_size = sizeof(GstElementClass);
  type.class_init = init_class;
  type.instance_size = sizeof(TideShots);
  type.instance_init = init_instance;
  return register_element_type(plugin, type, nullptr);
}

}  // namespace subtide
