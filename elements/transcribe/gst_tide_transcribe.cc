// tidetranscribe: audio in, timed text out. Windows of speech are recognised in lanes beside the
// stream; what they give goes out in media order, from a task on the source pad.
#include "elements/transcribe/gst_tide_transcribe.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "elements/transcribe/live_stream.h"
#include "elements/transcribe/transcribe_state.h"
#include "engine/gst/audio_samples.h"
#include "engine/gst/clock_time.h"
#include "engine/gst/element_type.h"
#include "engine/gst/error.h"
#include "engine/gst/guard.h"
#include "engine/gst/locked_settings.h"
#include "engine/gst/notices.h"
#include "engine/gst/pads.h"
#include "engine/gst/pointer.h"
#include "engine/gst/text_buffer.h"

namespace subtide {
namespace {

constexpr const char* kRole = "recognizer";
constexpr const char* kDetectorRole = "vad";
constexpr MediaDuration kWatermarkStep = std::chrono::seconds(1);
constexpr MediaDuration kShortGap = std::chrono::milliseconds(500);
GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE(
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS(TIDE_SPEECH_AUDIO_CAPS));
GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE(
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS("text/x-raw, format=(string)utf8"));

using Properties = LockedSettings<TideTranscribe, TranscribeSettings, set_transcribe_property,
                                  get_transcribe_property>;

// ---- state changes ----

Status start(TideTranscribe* self) {
  const TranscribeSettings settings = Properties::snapshot(self);
  const ModelOptions options = model_options(settings, std::thread::hardware_concurrency());
  auto transcriber = make_window_transcriber(settings, options, provider_of(&self->element).get());
  if (!transcriber) return transcriber.error();
  const ModelTraits& traits = (*transcriber)->traits();
  auto packer = make_window_packer(settings, traits);
  if (!packer) return packer.error();
  auto recognition = make_live_recognition(settings, traits, options.lanes);
  if (!recognition) return recognition.error();
  const LoadedModel model{kRole, traits.spec, traits.detail};
  self->state.emplace(std::move(*transcriber), std::move(*packer), std::move(*recognition),
                      options.lanes, TextOut(&self->element, self->src, model, settings.lateness));
  post_notice(&self->element, model);
  return ok();
}

GstStateChangeReturn change_state(GstElement* element, GstStateChange transition) {
  return guard(element, GST_STATE_CHANGE_FAILURE, [&] {
    TideTranscribe* self = to_tide_transcribe(element);
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

gboolean activate_src(GstPad* pad, GstObject* parent, GstPadMode mode, gboolean active) {
  TideTranscribe* self = to_tide_transcribe(parent);
  return guard(&self->element, FALSE, [&]() -> gboolean {
    if (mode != GST_PAD_MODE_PUSH) return FALSE;
    if (active) return gst_pad_start_task(pad, run_transcribe_task, self, nullptr);
    if (self->state) self->state->lanes.stop();
    return gst_pad_stop_task(pad);
  });
}

// ---- the sink's streaming thread ----

/// Waits while the lanes are full.
GstFlowReturn submit_all(TranscribeState& state, std::vector<WindowPacker::Window> windows) {
  for (WindowPacker::Window& window : windows) {
    if (state.lanes.submit({std::move(window), std::nullopt})) continue;
    const GstFlowReturn flow = state.flow;
    return flow != GST_FLOW_OK ? flow : GST_FLOW_FLUSHING;
  }
  return state.flow;
}

void tell_watermark(TranscribeState& state, MediaTime time) {
  if (state.told_to && time - *state.told_to < kWatermarkStep) return;
  state.told_to = time;
  state.lanes.post(TextWatermark{time});
}

GstFlowReturn chain(GstPad*, GstObject* parent, GstBuffer* raw) {
  const BufferPtr buffer(raw);
  TideTranscribe* self = to_tide_transcribe(parent);
  return guard(&self->element, GST_FLOW_ERROR, [&] {
    TranscribeState& state = *self->state;
    const AudioSamples samples(buffer.get());
    const auto count = static_cast<std::int64_t>(samples.get().size());
    const MediaTime begin = to_media_time(GST_BUFFER_PTS(buffer.get())).value_or(state.heard_to);
    if (is_live_stream(self)) {
      if (!std::exchange(state.has_audio, true)) state.lanes.post(TextWatermark{begin});
      state.heard_to = begin + samples_to_duration(count);
      state.samples_heard += count;
      take_live_audio(self, begin, samples.get());
      return state.flow.load();
    }
    if (!std::exchange(state.has_audio, true)) {
      if (!state.has_detector) state.packer.assume_speech();
      tell_watermark(state, begin);
    }
    state.heard_to = begin + samples_to_duration(count);
    state.samples_heard += count;
    const GstFlowReturn flow = submit_all(state, state.packer.push(begin, samples.get()));
    if (flow == GST_FLOW_OK) tell_watermark(state, state.packer.watermark());
    return flow;
  });
}

/// No audio for a while: what was said before is complete.
bool take_gap(TranscribeState& state, GstEvent* event) {
  const auto span = span_of_gap(event);
  if (!span || span->duration() < kShortGap) return true;
  if (submit_all(state, state.packer.finish()) != GST_FLOW_OK) return false;
  tell_watermark(state, span->end);
  return true;
}

EventPtr as_text_event(EventPtr event) {
  if (GST_EVENT_TYPE(event.get()) != GST_EVENT_CAPS) return event;
  const CapsPtr caps = text_caps();
  return EventPtr(gst_event_new_caps(caps.get()));
}

/// Headers come before anything says whether the stream is live; speech and gaps are of it.
bool begins_stream(GstEvent* event) {
  return GST_EVENT_TYPE(event) == GST_EVENT_GAP || read_speech_start(event).has_value();
}

bool submit_live_event(TideTranscribe* self, EventPtr event) {
  return take_live_event(self, as_text_event(std::move(event)));
}

bool submit_event(TideTranscribe* self, EventPtr event) {
  TranscribeState& state = *self->state;
  const bool is_settled = state.mode != TranscribeMode::kOpen;
  if ((is_settled || begins_stream(event.get())) && is_live_stream(self)) {
    return submit_live_event(self, std::move(event));
  }
  if (const auto begun = read_speech_start(event.get())) {
    return submit_all(state, state.packer.speech_started(begun->start)) == GST_FLOW_OK;
  }
  if (const auto ended = read_speech_end(event.get())) {
    return submit_all(state, state.packer.speech_ended(ended->span.end)) == GST_FLOW_OK;
  }
  const GstEventType type = GST_EVENT_TYPE(event.get());
  if (type == GST_EVENT_GAP) return take_gap(state, event.get());
  if (const auto model = read_loaded_model(event.get())) {
    if (model->role == kDetectorRole) state.has_detector = true;
  }
  if (type == GST_EVENT_EOS || type == GST_EVENT_SEGMENT) {
    if (submit_all(state, state.packer.finish()) != GST_FLOW_OK) return false;
  }
  if (type == GST_EVENT_SEGMENT) state.told_to.reset();
  return state.lanes.post(as_text_event(std::move(event)));
}

gboolean start_flush(TideTranscribe* self, EventPtr event) {
  const gboolean is_taken = gst_pad_push_event(self->src, event.release());
  self->state->lanes.flush_start();
  gst_pad_pause_task(self->src);
  return is_taken;
}

gboolean stop_flush(TideTranscribe* self, EventPtr event) {
  TranscribeState& state = *self->state;
  state.packer.finish();
  restart_live(self);
  state.mode = TranscribeMode::kOpen;
  state.has_audio = false;
  state.told_to.reset();
  state.out.reset();
  state.flow = GST_FLOW_OK;
  state.lanes.flush_stop();
  const gboolean is_taken = gst_pad_push_event(self->src, event.release());
  for (EventPtr& lost : lost_sticky_events(self->sink, self->src)) {
    state.lanes.post(as_text_event(std::move(lost)));
  }
  return gst_pad_start_task(self->src, run_transcribe_task, self, nullptr) && is_taken;
}

gboolean sink_event(GstPad* pad, GstObject* parent, GstEvent* raw) {
  EventPtr event(raw);
  TideTranscribe* self = to_tide_transcribe(parent);
  return guard(&self->element, FALSE, [&]() -> gboolean {
    const GstEventType type = GST_EVENT_TYPE(event.get());
    if (!self->state) return FALSE;
    if (type == GST_EVENT_FLUSH_START) return start_flush(self, std::move(event));
    if (type == GST_EVENT_FLUSH_STOP) return stop_flush(self, std::move(event));
    if (!GST_EVENT_IS_SERIALIZED(event.get())) {
      return gst_pad_event_default(pad, parent, event.release());
    }
    return submit_event(self, std::move(event));
  });
}

// ---- queries ----

/// Queries that want their place in the stream cannot have it across the lanes.
gboolean sink_query(GstPad* pad, GstObject* parent, GstQuery* query) {
  if (GST_QUERY_IS_SERIALIZED(query)) return FALSE;
  return gst_pad_query_default(pad, parent, query);
}

gboolean src_query(GstPad* pad, GstObject* parent, GstQuery* query) {
  TideTranscribe* self = to_tide_transcribe(parent);
  return guard(&self->element, FALSE, [&]() -> gboolean {
    if (GST_QUERY_TYPE(query) != GST_QUERY_LATENCY) {
      return gst_pad_query_default(pad, parent, query);
    }
    const auto upstream =
        answer_latency(self->sink, query, live_latency(Properties::snapshot(self)));
    if (upstream.is_known) self->is_live = upstream.is_live;
    return upstream.is_known;
  });
}

// ---- construction and registration ----

void finalize(GObject* object) {
  TideTranscribe* self = to_tide_transcribe(object);
  std::destroy_at(&self->state);
  std::destroy_at(&self->is_live);
  std::destroy_at(&self->settings);
  std::destroy_at(&self->lock);
  parent_class_of<GObjectClass>(object)->finalize(object);
}

void init_instance(GTypeInstance* instance, gpointer) {
  TideTranscribe* self = to_tide_transcribe(instance);
  new (&self->lock) std::mutex();
  new (&self->settings) TranscribeSettings();
  new (&self->is_live) std::atomic<bool>(false);
  new (&self->state) std::optional<TranscribeState>();
  self->sink = gst_pad_new_from_static_template(&sink_template, "sink");
  gst_pad_set_chain_function(self->sink, chain);
  gst_pad_set_event_function(self->sink, sink_event);
  gst_pad_set_query_function(self->sink, sink_query);
  gst_element_add_pad(&self->element, self->sink);
  self->src = gst_pad_new_from_static_template(&src_template, "src");
  gst_pad_set_query_function(self->src, src_query);
  gst_pad_set_activatemode_function(self->src, activate_src);
  gst_element_add_pad(&self->element, self->src);
}

void init_class(gpointer raw_class, gpointer) {
  auto* object_class = static_cast<GObjectClass*>(raw_class);
  Properties::install(object_class);
  object_class->finalize = finalize;
  install_transcribe_properties(object_class);
  auto* element_class = static_cast<GstElementClass*>(raw_class);
  element_class->change_state = change_state;
  gst_element_class_add_static_pad_template(element_class, &sink_template);
  gst_element_class_add_static_pad_template(element_class, &src_template);
  gst_element_class_set_static_metadata(element_class, "Speech recognition",
                                        "Filter/Audio/Subtitle", "Writes down what is said",
                                        "The subtide authors");
}

}  // namespace

bool register_tidetranscribe(GstPlugin* plugin, std::shared_ptr<ModelProvider> provider) {
  ElementType type;
  type.factory_name = "tidetranscribe";
  type.type_name = "TideTranscribe";
  type.parent = GST_TYPE_ELEMENT;
  type.class_size = sizeof(GstElementClass);
  type.class_init = init_class;
  type.instance_size = sizeof(TideTranscribe);
  type.instance_init = init_instance;
  return register_element_type(plugin, type, std::move(provider));
}

}  // namespace subtide
