// tidecea608: subtitle cues in, one CEA-608 byte pair for each frame out. A skin over
// Cea608Encoder.
#include "elements/cea608/gst_tide_cea608.h"

#include <array>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <utility>

#include "elements/cea608/caption_note.h"
#include "elements/cea608/cea608_properties.h"
#include "engine/gst/clock_time.h"
#include "engine/gst/element_type.h"
#include "engine/gst/error.h"
#include "engine/gst/guard.h"
#include "engine/gst/locked_settings.h"
#include "engine/gst/pads.h"
#include "engine/gst/pointer.h"
#include "engine/gst/text_buffer.h"

namespace subtide {
namespace {

// Encoders of GStreamer 1.22 take cc_data and pass over the rest in silence, so it comes first.
constexpr const char* kSourceCaps =
    "closedcaption/x-cea-708, format=(string)cc_data; closedcaption/x-cea-608, format=(string)raw";
GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE(
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS("text/x-raw, format=(string)utf8"));
GstStaticPadTemplate src_template =
    GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS(kSourceCaps));

/// Lives from READY to READY; streaming thread only.
struct State {
  Cea608Encoder encoder;
  Cea608Field field;
  FrameRate rate;             ///< of our buffers
  bool gives_cc_data = true;  ///< else the bare pair
  bool has_segment = false;   ///< something may be under way that a new segment must not lose
  GstSegment segment;

  State(Cea608Encoder made, const Cea608Settings& settings)
      : encoder(std::move(made)),
        field(field_of(settings.channel)),
        rate(Cea608Clock::create(settings.frame_rate)->rate()) {
    gst_segment_init(&segment, GST_FORMAT_TIME);
  }
};

struct TideCea608 {
  GstElement element;
  GstPad* sink;
  GstPad* src;
  std::mutex lock;          ///< guards settings
  Cea608Settings settings;  ///< set from any thread
  std::optional<State> state;
};

TideCea608* self_of(gpointer instance) { return static_cast<TideCea608*>(instance); }

using Properties =
    LockedSettings<TideCea608, Cea608Settings, set_cea608_property, get_cea608_property>;

// ---- state changes ----

bool start(TideCea608* self) {
  const Cea608Settings settings = Properties::snapshot(self);
  auto encoder = Cea608Encoder::create(settings);
  if (!encoder) {
    post_error(&self->element, encoder.error());
    return false;
  }
  self->state.emplace(std::move(*encoder), settings);
  return true;
}

GstStateChangeReturn change_state(GstElement* element, GstStateChange transition) {
  return guard(element, GST_STATE_CHANGE_FAILURE, [&] {
    TideCea608* self = self_of(element);
    if (transition == GST_STATE_CHANGE_READY_TO_PAUSED && !start(self)) {
      return GST_STATE_CHANGE_FAILURE;
    }
    const auto result =
        parent_class_of<GstElementClass>(element)->change_state(element, transition);
    if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) self->state.reset();
    return result;
  });
}

// ---- downstream ----

/// The bare pair has no room for the field: what is for field 2 goes as cc_data only.
CapsPtr choose_caps(TideCea608* self) {
  CapsPtr caps(gst_pad_get_allowed_caps(self->src));
  if (!caps) caps = CapsPtr(gst_pad_get_pad_template_caps(self->src));
  if (self->state->field == Cea608Field::kSecond) {
    const CapsPtr cc_data(gst_caps_from_string("closedcaption/x-cea-708, format=(string)cc_data"));
    caps = CapsPtr(gst_caps_intersect(caps.get(), cc_data.get()));
  }
  if (gst_caps_is_empty(caps.get())) return nullptr;
  caps = CapsPtr(gst_caps_make_writable(gst_caps_truncate(caps.release())));
  const FrameRate rate = self->state->rate;
  gst_caps_set_simple(caps.get(), "framerate", GST_TYPE_FRACTION, rate.numerator, rate.denominator,
                      nullptr);
  return CapsPtr(gst_caps_fixate(caps.release()));
}

/// Negotiates once, before the first thing that needs caps.
bool ensure_caps(TideCea608* self) {
  if (gst_pad_has_current_caps(self->src)) return true;
  const CapsPtr caps = choose_caps(self);
  if (!caps) {
    post_error(&self->element,
               make_error(ErrorCode::kUnsupported,
                          "what follows takes neither cc_data nor this channel's bare CEA-608; put "
                          "ccconverter behind, or choose CC1 or CC2"));
    return false;
  }
  const GstStructure* structure = gst_caps_get_structure(caps.get(), 0);
  self->state->gives_cc_data = gst_structure_has_name(structure, "closedcaption/x-cea-708");
  return gst_pad_push_event(self->src, gst_event_new_caps(caps.get())) == TRUE;
}

BufferPtr to_buffer(const Cea608Slot& slot, const State& state) {
  const std::array<std::uint8_t, 3> bytes = cc_construct(state.field, slot.pair);
  const std::size_t from = state.gives_cc_data ? 0 : 1;
  BufferPtr buffer(gst_buffer_new_memdup(bytes.data() + from, bytes.size() - from));
  set_span(buffer.get(), slot.span);
  return buffer;
}

/// Tells what became of cues; in stream time, as all messages.
void post_notes(TideCea608* self) {
  for (Cea608Note& note : self->state->encoder.take_notes()) {
    const auto stream_time = to_stream_time(self->state->segment, note.span.begin);
    note.span = note.span.shifted(stream_time.value_or(note.span.begin) - note.span.begin);
    post_caption_note(&self->element, note);
  }
}

/// Pushes the pairs of all frames that are settled.
GstFlowReturn push_settled(TideCea608* self) {
  State& state = *self->state;
  while (const auto slot = state.encoder.next()) {
    if (!ensure_caps(self)) return GST_FLOW_NOT_NEGOTIATED;
    const GstFlowReturn flow = gst_pad_push(self->src, to_buffer(*slot, state).release());
    if (flow != GST_FLOW_OK) return flow;
  }
  post_notes(self);
  return GST_FLOW_OK;
}

GstFlowReturn chain(GstPad*, GstObject* parent, GstBuffer* raw) {
  const BufferPtr buffer(raw);
  TideCea608* self = self_of(parent);
  return guard(&self->element, GST_FLOW_ERROR, [&] {
    const auto cue = read_cue(buffer.get());
    if (!cue) {
      post_error(&self->element, cue.error());
      return GST_FLOW_ERROR;
    }
    if (*cue != nullptr) self->state->encoder.push(**cue);
    return push_settled(self);
  });
}

gboolean advance_over_gap(TideCea608* self, GstEvent* event) {
  const auto span = span_of_gap(event);
  if (!span) return TRUE;
  self->state->encoder.advance(span->end);
  return push_settled(self) == GST_FLOW_OK;
}

void drain(TideCea608* self) {
  if (!self->state->has_segment) return;
  self->state->encoder.finish();
  push_settled(self);
}

gboolean begin_segment(TideCea608* self, EventPtr event) {
  State& state = *self->state;
  drain(self);
  gst_event_copy_segment(event.get(), &state.segment);
  const bool is_in_time = state.segment.format == GST_FORMAT_TIME;
  const auto from = is_in_time ? to_media_time(state.segment.start) : std::nullopt;
  state.encoder.restart(from.value_or(MediaTime(0)));
  state.has_segment = true;
  if (!ensure_caps(self)) return FALSE;
  return gst_pad_push_event(self->src, event.release());
}

gboolean sink_event(GstPad* pad, GstObject* parent, GstEvent* raw) {
  EventPtr event(raw);
  TideCea608* self = self_of(parent);
  return guard(&self->element, FALSE, [&]() -> gboolean {
    const GstEventType type = GST_EVENT_TYPE(event.get());
    if (!self->state) return gst_pad_push_event(self->src, event.release());
    if (type == GST_EVENT_CAPS) return ensure_caps(self) ? TRUE : FALSE;
    if (type == GST_EVENT_GAP) return advance_over_gap(self, event.get());
    if (type == GST_EVENT_SEGMENT) return begin_segment(self, std::move(event));
    // The cue that was under way is gone; the screen is cleared where the next segment begins.
    if (type == GST_EVENT_FLUSH_STOP) self->state->has_segment = false;
    if (type == GST_EVENT_EOS) drain(self);
    return gst_pad_event_default(pad, parent, event.release());
  });
}

// ---- queries ----

gboolean src_query(GstPad* pad, GstObject* parent, GstQuery* query) {
  TideCea608* self = self_of(parent);
  return guard(&self->element, FALSE, [&]() -> gboolean {
    if (GST_QUERY_TYPE(query) != GST_QUERY_LATENCY) {
      return gst_pad_query_default(pad, parent, query);
    }
    // A caption is sent before it is shown, and no frame before it is known what it must carry.
    const auto encoder = Cea608Encoder::create(Properties::snapshot(self));
    const MediaDuration own = encoder ? encoder->lead() : MediaDuration(0);
    return answer_latency(self->sink, query, own).is_known;
  });
}

// ---- construction and registration ----

void finalize(GObject* object) {
  TideCea608* self = self_of(object);
  std::destroy_at(&self->state);
  std::destroy_at(&self->settings);
  std::destroy_at(&self->lock);
  parent_class_of<GObjectClass>(object)->finalize(object);
}

void init_instance(GTypeInstance* instance, gpointer) {
  TideCea608* self = self_of(instance);
  new (&self->lock) std::mutex();
  new (&self->settings) Cea608Settings();
  new (&self->state) std::optional<State>();
  self->sink = gst_pad_new_from_static_template(&sink_template, "sink");
  gst_pad_set_chain_function(self->sink, chain);
  gst_pad_set_event_function(self->sink, sink_event);
  gst_element_add_pad(&self->element, self->sink);
  self->src = gst_pad_new_from_static_template(&src_template, "src");
  gst_pad_set_query_function(self->src, src_query);
  gst_element_add_pad(&self->element, self->src);
}

void init_class(gpointer raw_class, gpointer) {
  auto* object_class = static_cast<GObjectClass*>(raw_class);
  Properties::install(object_class);
  object_class->finalize = finalize;
  install_cea608_properties(object_class);
  auto* element_class = static_cast<GstElementClass*>(raw_class);
  element_class->change_state = change_state;
  gst_element_class_add_static_pad_template(element_class, &sink_template);
  gst_element_class_add_static_pad_template(element_class, &src_template);
  gst_element_class_set_static_metadata(
      element_class, "CEA-608 encoder", "Encoder/ClosedCaption",
      "Encodes subtitle cues as CEA-608 captions, one pair for each frame", "The subtide authors");
}

}  // namespace

bool register_tidecea608(GstPlugin* plugin) {
  ElementType type;
  type.factory_name = "tidecea608";
  type.type_name = "TideCea608";
  type.parent = GST_TYPE_ELEMENT;
  type.class_size = sizeof(GstElementClass);
  type.class_init = init_class;
  type.instance_size = sizeof(TideCea608);
  type.instance_init = init_instance;
  return register_element_type(plugin, type, nullptr);
}

}  // namespace subtide
