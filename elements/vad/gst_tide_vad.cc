// tidevad: hears where speech is. Audio passes untouched; what was heard rides along as events and
// is told to the application. Detection runs on the streaming thread: it costs about a hundredth
// of real time.
#include "elements/vad/gst_tide_vad.h"

#include <gst/audio/audio.h>

#include <mutex>
#include <new>
#include <optional>
#include <utility>
#include <vector>

#include "elements/vad/vad_properties.h"
#include "engine/gst/audio_samples.h"
#include "engine/gst/clock_time.h"
#include "engine/gst/element_type.h"
#include "engine/gst/error.h"
#include "engine/gst/guard.h"
#include "engine/gst/locked_settings.h"
#include "engine/gst/notices.h"
#include "engine/gst/pointer.h"

namespace subtide {
namespace {

constexpr const char* kRole = "vad";
constexpr MediaDuration kShortGap = std::chrono::milliseconds(40);
GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE(
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS(TIDE_SPEECH_AUDIO_CAPS));
GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE(
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS(TIDE_SPEECH_AUDIO_CAPS));

/// Lives from READY to READY; the streaming thread's alone.
struct State {
  std::shared_ptr<SpeechDetector> detector;
  SpeechFinder finder;
  GstSegment segment;
  MediaDuration speech{0};
};

struct TideVad {
  GstElement element;
  GstPad* sink;
  GstPad* src;
  std::mutex lock;       ///< guards settings
  VadSettings settings;  ///< set from any thread
  std::optional<State> state;
};

TideVad* self_of(gpointer instance) { return static_cast<TideVad*>(instance); }

using Properties = LockedSettings<TideVad, VadSettings, set_vad_property, get_vad_property>;

// ---- state changes ----

Status start(TideVad* self) {
  const VadSettings settings = Properties::snapshot(self);
  const auto provider = provider_of(&self->element);
  if (provider == nullptr) {
    return make_error(ErrorCode::kNotFound, "tidevad: registered without models");
  }
  auto detector = provider->detector(settings.detector);
  if (!detector) return detector.error();
  auto finder = make_speech_finder(settings, **detector);
  if (!finder) return finder.error();
  self->state.emplace(State{std::move(*detector), std::move(*finder), {}, {}});
  gst_segment_init(&self->state->segment, GST_FORMAT_TIME);
  return ok();
}

LoadedModel loaded_model(const State& state) {
  const ModelTraits& traits = state.detector->traits();
  return {kRole, traits.spec, traits.detail};
}

GstStateChangeReturn change_state(GstElement* element, GstStateChange transition) {
  return guard(element, GST_STATE_CHANGE_FAILURE, [&] {
    TideVad* self = self_of(element);
    if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) {
      if (const Status started = start(self); !started) {
        post_error(element, started.error());
        return GST_STATE_CHANGE_FAILURE;
      }
      post_notice(element, loaded_model(*self->state));
    }
    const auto result =
        parent_class_of<GstElementClass>(element)->change_state(element, transition);
    if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) self->state.reset();
    return result;
  });
}

// ---- the streaming thread ----

MediaDuration shift_to_stream_time(const State& state, MediaTime time) {
  return to_stream_time(state.segment, time).value_or(time) - time;
}

void tell(TideVad* self, const GateDecision& decision) {
  State& state = *self->state;
  if (decision.started) {
    SpeechStart start{*decision.started};
    gst_pad_push_event(self->src, make_event(start).release());
    start.start += shift_to_stream_time(state, start.start);
    post_notice(&self->element, start);
  }
  if (decision.ended) {
    SpeechSegment segment = *decision.ended;
    state.speech += segment.span.duration();
    gst_pad_push_event(self->src, make_event(segment).release());
    segment.span = segment.span.shifted(shift_to_stream_time(state, segment.span.begin));
    post_notice(&self->element, segment);
  }
}

bool tell_all(TideVad* self, const Result<std::vector<GateDecision>>& decisions) {
  if (!decisions) {
    post_error(&self->element, decisions.error());
    return false;
  }
  for (const GateDecision& decision : *decisions) tell(self, decision);
  return true;
}

GstFlowReturn chain(GstPad*, GstObject* parent, GstBuffer* raw) {
  BufferPtr buffer(raw);
  TideVad* self = self_of(parent);
  return guard(&self->element, GST_FLOW_ERROR, [&] {
    {
      const AudioSamples samples(buffer.get());
      const auto begin = to_media_time(GST_BUFFER_PTS(buffer.get()));
      if (!tell_all(self, self->state->finder.push(begin, samples.get()))) return GST_FLOW_ERROR;
    }
    return gst_pad_push(self->src, buffer.release());
  });
}

void post_statistics(TideVad* self) {
  const State& state = *self->state;
  Statistics statistics;
  statistics.role = kRole;
  statistics.audio = state.finder.heard();
  statistics.speech = state.speech;
  post_notice(&self->element, statistics);
}

/// What an event means for open speech, before it goes on.
bool prepare_for(TideVad* self, GstEvent* event) {
  State& state = *self->state;
  switch (static_cast<int>(GST_EVENT_TYPE(event))) {
    case GST_EVENT_SEGMENT:
      if (!tell_all(self, state.finder.finish())) return false;
      gst_event_copy_segment(event, &state.segment);
      return true;
    case GST_EVENT_GAP: {
      const auto span = span_of_gap(event);
      const bool is_long = span && span->duration() > kShortGap;
      return !is_long || tell_all(self, state.finder.finish());
    }
    case GST_EVENT_EOS:
      if (!tell_all(self, state.finder.finish())) return false;
      post_statistics(self);
      return true;
    case GST_EVENT_FLUSH_STOP:
      state.finder.reset();
      return true;
    default:
      return true;
  }
}

gboolean sink_event(GstPad* pad, GstObject* parent, GstEvent* raw) {
  EventPtr event(raw);
  TideVad* self = self_of(parent);
  return guard(&self->element, FALSE, [&]() -> gboolean {
    if (!self->state || !prepare_for(self, event.get())) return FALSE;
    const bool is_segment = GST_EVENT_TYPE(event.get()) == GST_EVENT_SEGMENT;
    const gboolean is_taken = gst_pad_event_default(pad, parent, event.release());
    if (is_segment) {
      gst_pad_push_event(self->src, make_event(loaded_model(*self->state)).release());
    }
    return is_taken;
  });
}

// ---- construction and registration ----

void finalize(GObject* object) {
  TideVad* self = self_of(object);
  std::destroy_at(&self->state);
  std::destroy_at(&self->settings);
  std::destroy_at(&self->lock);
  parent_class_of<GObjectClass>(object)->finalize(object);
}

void init_instance(GTypeInstance* instance, gpointer) {
  TideVad* self = self_of(instance);
  new (&self->lock) std::mutex();
  new (&self->settings) VadSettings();
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
  install_vad_properties(object_class);
  auto* element_class = static_cast<GstElementClass*>(raw_class);
  element_class->change_state = change_state;
  gst_element_class_add_static_pad_template(element_class, &sink_template);
  gst_element_class_add_static_pad_template(element_class, &src_template);
  gst_element_class_set_static_metadata(element_class, "Speech detection", "Filter/Analyzer/Audio",
                                        "Hears where speech begins and ends",
                                        "The subtide authors");
}

}  // namespace

bool register_tidevad(GstPlugin* plugin, std::shared_ptr<ModelProvider> provider) {
  ElementType type;
  type.factory_name = "tidevad";
  type.type_name = "TideVad";
  type.parent = GST_TYPE_ELEMENT;
  type.class_size = sizeof(GstElementClass);
  type.class_init = init_class;
  type.instance_size = sizeof(TideVad);
  type.instance_init = init_instance;
  return register_element_type(plugin, type, std::move(provider));
}

}  // namespace subtide
