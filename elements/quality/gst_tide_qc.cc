// tideqc: raw video or audio passes untouched; what is wrong with it is told. A skin over
// QualityStream.
#include "elements/quality/gst_tide_qc.h"

#include <mutex>
#include <new>
#include <optional>
#include <utility>
#include <vector>

#include "elements/quality/qc_properties.h"
#include "elements/quality/quality_stream.h"
#include "engine/gst/clock_time.h"
#include "engine/gst/element_type.h"
#include "engine/gst/error.h"
#include "engine/gst/guard.h"
#include "engine/gst/locked_settings.h"
#include "engine/gst/pointer.h"
#include "engine/gst/quality_notices.h"

namespace subtide {
namespace {

constexpr const char* kCaps = "video/x-raw(ANY); audio/x-raw(ANY)";
GstStaticPadTemplate sink_template =
    GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS(kCaps));
GstStaticPadTemplate src_template =
    GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS(kCaps));

/// Lives from READY to READY; streaming thread only.
struct State {
  QualityStream stream;
  GstSegment segment;
  bool has_warned = false;

  explicit State(QualityStream quality) : stream(std::move(quality)) {
    gst_segment_init(&segment, GST_FORMAT_TIME);
  }
};

struct TideQc {
  GstElement element;
  GstPad* sink;
  GstPad* src;
  std::mutex lock;
  QcSettings settings;  ///< set from any thread, under the lock; read when the element starts
  std::optional<State> state;
};

TideQc* self_of(gpointer instance) { return static_cast<TideQc*>(instance); }

using Properties = LockedSettings<TideQc, QcSettings, set_qc_property, get_qc_property>;

// ---- state changes ----

bool start(TideQc* self) {
  auto stream = QualityStream::create(Properties::snapshot(self));
  if (!stream) {
    post_error(&self->element, stream.error());
    return false;
  }
  self->state.emplace(std::move(*stream));
  return true;
}

GstStateChangeReturn change_state(GstElement* element, GstStateChange transition) {
  return guard(element, GST_STATE_CHANGE_FAILURE, [&] {
    TideQc* self = self_of(element);
    if (transition == GST_STATE_CHANGE_READY_TO_PAUSED && !start(self)) {
      return GST_STATE_CHANGE_FAILURE;
    }
    const auto result =
        parent_class_of<GstElementClass>(element)->change_state(element, transition);
    if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) self->state.reset();
    return result;
  });
}

// ---- the streaming thread ----

/// In stream time, as all messages.
void post_findings(TideQc* self, const std::vector<QualityFinding>& findings) {
  for (QualityFinding finding : findings) {
    const GstSegment& segment = self->state->segment;
    finding.span = {to_stream_time(segment, finding.span.begin).value_or(finding.span.begin),
                    to_stream_time(segment, finding.span.end).value_or(finding.span.end)};
    post_notice(&self->element, finding);
  }
}

GstFlowReturn chain(GstPad*, GstObject* parent, GstBuffer* raw) {
  BufferPtr buffer(raw);
  TideQc* self = self_of(parent);
  return guard(&self->element, GST_FLOW_ERROR, [&] {
    post_findings(self, self->state->stream.take(buffer.get()));
    return gst_pad_push(self->src, buffer.release());
  });
}

void take_caps(TideQc* self, GstEvent* event) {
  GstCaps* caps = nullptr;
  gst_event_parse_caps(event, &caps);
  post_findings(self, self->state->stream.finish());
  const Status taken = self->state->stream.set_caps(caps);
  if (taken || std::exchange(self->state->has_warned, true)) return;
  post_warning(&self->element, taken.error());
}

void take_end(TideQc* self) {
  post_findings(self, self->state->stream.finish());
  if (const auto loudness = self->state->stream.loudness()) post_notice(&self->element, *loudness);
}

void take_event(TideQc* self, GstEvent* event) {
  const GstEventType type = GST_EVENT_TYPE(event);
  if (type == GST_EVENT_CAPS) take_caps(self, event);
  if (type == GST_EVENT_EOS) take_end(self);
  if (type == GST_EVENT_FLUSH_STOP) self->state->stream.restart();
  if (type == GST_EVENT_SEGMENT) {
    post_findings(self, self->state->stream.finish());
    gst_event_copy_segment(event, &self->state->segment);
  }
  if (type == GST_EVENT_GAP) {
    const auto gap = span_of_gap(event);
    if (gap) post_findings(self, self->state->stream.skip(*gap));
  }
}

gboolean sink_event(GstPad* pad, GstObject* parent, GstEvent* raw) {
  EventPtr event(raw);
  TideQc* self = self_of(parent);
  return guard(&self->element, FALSE, [&]() -> gboolean {
    if (self->state) take_event(self, event.get());
    return gst_pad_event_default(pad, parent, event.release());
  });
}

// ---- construction and registration ----

void finalize(GObject* object) {
  TideQc* self = self_of(object);
  std::destroy_at(&self->state);
  std::destroy_at(&self->settings);
  std::destroy_at(&self->lock);
  parent_class_of<GObjectClass>(object)->finalize(object);
}

void init_instance(GTypeInstance* instance, gpointer) {
  TideQc* self = self_of(instance);
  new (&self->lock) std::mutex();
  new (&self->settings) QcSettings();
  new (&self->state) std::optional<State>();
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
  auto* object_class = static_cast<GObjectClass*>(raw_class);
  Properties::install(object_class);
  object_class->finalize = finalize;
  install_qc_properties(object_class);
  auto* element_class = static_cast<GstElementClass*>(raw_class);
  element_class->change_state = change_state;
  gst_element_class_add_static_pad_template(element_class, &sink_template);
  gst_element_class_add_static_pad_template(element_class, &src_template);
  gst_element_class_set_static_metadata(
      element_class, "Quality control", "Filter/Analyzer/Video/Audio",
      "Finds black, frozen, silent and clipped stretches, and measures loudness",
      "The subtide authors");
}

}  // namespace

bool register_tideqc(GstPlugin* plugin) {
  ElementType type;
  type.factory_name = "tideqc";
  type.type_name = "TideQc";
  type.parent = GST_TYPE_ELEMENT;
  type.class_size = sizeof(GstElementClass);
  type.class_init = init_class;
  type.instance_size = sizeof(TideQc);
  type.instance_init = init_instance;
  return register_element_type(plugin, type, nullptr);
}

}  // namespace subtide
