// tidecues: timed text in, subtitle cues out. A skin over CueStream.
#include "elements/cues/gst_tide_cues.h"

#include <mutex>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include "elements/cues/cue_buffer.h"
#include "elements/cues/cue_properties.h"
#include "elements/cues/cue_stream.h"
#include "engine/gst/clock_time.h"
#include "engine/gst/element_type.h"
#include "engine/gst/epoch_event.h"
#include "engine/gst/error.h"
#include "engine/gst/guard.h"
#include "engine/gst/live_notices.h"
#include "engine/gst/locked_settings.h"
#include "engine/gst/notices.h"
#include "engine/gst/pads.h"
#include "engine/gst/pointer.h"
#include "engine/gst/text_buffer.h"
#include "engine/gst/text_note.h"

namespace subtide {
namespace {

constexpr const char* kCaps = "text/x-raw, format=(string)utf8";
GstStaticPadTemplate sink_template =
    GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS(kCaps));
GstStaticPadTemplate src_template =
    GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS(kCaps));

/// Lives from READY to READY; streaming thread only.
struct State {
  CueStream cues;
  bool ends_lines = false;
  std::string language;                 ///< of the TAG event
  std::optional<MediaTime> told_until;  ///< what the last GAP downstream promised
  std::optional<MediaTime> edge;        ///< of a live stream: how far audio has come
  GstSegment segment;

  explicit State(CueStream stream) : cues(std::move(stream)) {
    gst_segment_init(&segment, GST_FORMAT_TIME);
  }
};

struct TideCues {
  GstElement element;
  GstPad* sink;
  GstPad* src;
  std::mutex lock;       ///< guards settings
  CueSettings settings;  ///< set from any thread
  std::optional<State> state;
};

TideCues* self_of(gpointer instance) { return static_cast<TideCues*>(instance); }

using Properties = LockedSettings<TideCues, CueSettings, set_cue_property, get_cue_property>;

// ---- state changes ----

bool start(TideCues* self) {
  auto stream = CueStream::create(Properties::snapshot(self).stream);
  if (!stream) {
    post_error(&self->element, stream.error());
    return false;
  }
  self->state.emplace(std::move(*stream));
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
    if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) self->state.reset();
    return result;
  });
}

// ---- downstream ----

/// Negotiates once, before the first thing that needs caps. A peer that takes anything is no reader
/// of subtitles but a file or a terminal: there each cue ends its line.
void ensure_caps(TideCues* self) {
  if (gst_pad_has_current_caps(self->src)) return;
  const CapsPtr caps = text_caps();
  gst_pad_push_event(self->src, gst_event_new_caps(caps.get()));
  const CapsPtr accepted(gst_pad_peer_query_caps(self->src, nullptr));
  const LineEnd line_end = Properties::snapshot(self).line_end;
  self->state->ends_lines = line_end == LineEnd::kNewline ||
                            (line_end == LineEnd::kAuto && gst_caps_is_any(accepted.get()));
}

/// Tells what the text chain took away; in stream time, as all messages.
void post_notes(TideCues* self) {
  for (TextNote& note : self->state->cues.take_notes()) {
    const auto stream_time = to_stream_time(self->state->segment, note.span.begin);
    note.span = note.span.shifted(stream_time.value_or(note.span.begin) - note.span.begin);
    post_text_note(&self->element, note);
  }
}

GstFlowReturn push_cues(TideCues* self, const std::vector<Cue>& cues) {
  post_notes(self);
  for (const Cue& cue : cues) {
    ensure_caps(self);
    const GstFlowReturn flow = gst_pad_push(
        self->src, make_cue_buffer(cue, self->state->ends_lines ? "\n" : "").release());
    if (flow != GST_FLOW_OK) return flow;
  }
  return GST_FLOW_OK;
}

/// Tells downstream up to where no cue can come any more.
void push_watermark(TideCues* self) {
  const auto watermark = self->state->cues.watermark();
  if (!watermark || *watermark <= MediaTime(0)) return;
  std::optional<MediaTime>& told = self->state->told_until;
  const MediaTime from = told.value_or(MediaTime(0));
  if (*watermark <= from) return;
  told = watermark;
  ensure_caps(self);
  gst_pad_push_event(self->src,
                     gst_event_new_gap(to_clock_time(from), to_clock_time(*watermark - from)));
}

/// Live: what has been held for as long as it may, and at once how far that is the whole truth:
/// segments wait for it.
GstFlowReturn push_due(TideCues* self) {
  const MediaDuration limit = Properties::snapshot(self).max_delay;
  const std::optional<MediaTime>& edge = self->state->edge;
  if (!edge || limit == MediaDuration(0)) return GST_FLOW_OK;
  const GstFlowReturn flow = push_cues(self, self->state->cues.publish(*edge - limit));
  if (flow == GST_FLOW_OK) push_watermark(self);
  return flow;
}

GstFlowReturn chain(GstPad*, GstObject* parent, GstBuffer* raw) {
  const BufferPtr buffer(raw);
  TideCues* self = self_of(parent);
  return guard(&self->element, GST_FLOW_ERROR, [&] {
    const auto phrase = read_phrase(buffer.get(), self->state->language);
    if (!phrase) {
      post_error(&self->element, phrase.error());
      return GST_FLOW_ERROR;
    }
    if (*phrase == nullptr) return GST_FLOW_OK;
    const auto cues = self->state->cues.push(**phrase);
    if (!cues) {
      post_error(&self->element, cues.error());
      return GST_FLOW_ERROR;
    }
    const GstFlowReturn flow = push_cues(self, *cues);
    return flow == GST_FLOW_OK ? push_due(self) : flow;
  });
}

/// A GAP of upstream becomes the cues it lets out and a GAP up to where that is the whole truth.
gboolean advance_over_gap(TideCues* self, GstEvent* event) {
  const auto span = span_of_gap(event);
  if (!span) return TRUE;
  const GstFlowReturn flow = push_cues(self, self->state->cues.advance(span->end));
  if (flow != GST_FLOW_OK) return FALSE;
  ensure_caps(self);
  push_watermark(self);
  return TRUE;
}

/// What is held is complete: nothing behind the next event belongs to it.
void push_rest(TideCues* self) {
  const auto cues = self->state->cues.finish();
  if (cues) push_cues(self, *cues);
  if (!cues) post_error(&self->element, cues.error());
  ensure_caps(self);
}

gboolean drain_then_forward(TideCues* self, EventPtr event) {
  push_rest(self);
  self->state->edge.reset();
  self->state->told_until.reset();
  if (GST_EVENT_TYPE(event.get()) == GST_EVENT_SEGMENT) {
    gst_event_copy_segment(event.get(), &self->state->segment);
  }
  return gst_pad_push_event(self->src, event.release());
}

/// No cue spans two epochs.
gboolean end_epoch(TideCues* self, EventPtr event) {
  push_rest(self);
  return gst_pad_push_event(self->src, event.release());
}

gboolean restart(TideCues* self, EventPtr event) {
  if (self->state) {
    self->state->cues.drop();
    self->state->edge.reset();
    self->state->told_until.reset();
  }
  return gst_pad_push_event(self->src, event.release());
}

gboolean forward(TideCues* self, EventPtr event) {
  if (const auto edge = read_live_edge(event.get())) {
    self->state->edge = edge->time;
    push_due(self);
  }
  // Where a stretch is said to be lost, the cues before it are complete.
  if (const auto gap = read_gap_notice(event.get())) {
    push_cues(self, self->state->cues.advance(gap->span.begin));
  }
  return gst_pad_event_default(self->sink, GST_OBJECT_CAST(self), event.release());
}

gboolean sink_event(GstPad*, GstObject* parent, GstEvent* raw) {
  EventPtr event(raw);
  TideCues* self = self_of(parent);
  return guard(&self->element, FALSE, [&]() -> gboolean {
    const GstEventType type = GST_EVENT_TYPE(event.get());
    if (type == GST_EVENT_FLUSH_STOP) return restart(self, std::move(event));
    if (!self->state) return gst_pad_push_event(self->src, event.release());
    if (type == GST_EVENT_CAPS) return ensure_caps(self), TRUE;
    if (type == GST_EVENT_GAP) return advance_over_gap(self, event.get());
    if (auto language = language_of_tag(event.get())) self->state->language = std::move(*language);
    if (type == GST_EVENT_EOS || type == GST_EVENT_SEGMENT) {
      return drain_then_forward(self, std::move(event));
    }
    if (read_epoch(event.get())) return end_epoch(self, std::move(event));
    return forward(self, std::move(event));
  });
}

// ---- queries ----

gboolean src_query(GstPad* pad, GstObject* parent, GstQuery* query) {
  TideCues* self = self_of(parent);
  return guard(&self->element, FALSE, [&]() -> gboolean {
    if (GST_QUERY_TYPE(query) != GST_QUERY_LATENCY) {
      return gst_pad_query_default(pad, parent, query);
    }
    const MediaDuration own = cue_delay(Properties::snapshot(self));
    return answer_latency(self->sink, query, own).is_known;
  });
}

// ---- construction and registration ----

void finalize(GObject* object) {
  TideCues* self = self_of(object);
  std::destroy_at(&self->state);
  std::destroy_at(&self->settings);
  std::destroy_at(&self->lock);
  parent_class_of<GObjectClass>(object)->finalize(object);
}

void init_instance(GTypeInstance* instance, gpointer) {
  TideCues* self = self_of(instance);
  new (&self->lock) std::mutex();
  new (&self->settings) CueSettings();
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
  install_cue_properties(object_class);
  auto* element_class = static_cast<GstElementClass*>(raw_class);
  element_class->change_state = change_state;
  gst_element_class_add_static_pad_template(element_class, &sink_template);
  gst_element_class_add_static_pad_template(element_class, &src_template);
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
