// tidetranslate: timed text in one language in, timed text in another out. Sentences are translated
// in lanes beside the stream; what they give goes out in order, from a task on the source pad.
#include "elements/translate/gst_tide_translate.h"

#include <algorithm>
#include <mutex>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "elements/translate/translate_state.h"
#include "engine/gst/clock_time.h"
#include "engine/gst/element_type.h"
#include "engine/gst/epoch_event.h"
#include "engine/gst/error.h"
#include "engine/gst/guard.h"
#include "engine/gst/live_notices.h"
#include "engine/gst/locked_settings.h"
#include "engine/gst/notices.h"
#include "engine/gst/pads.h"
#include "engine/gst/text_buffer.h"

namespace subtide {
namespace {

constexpr const char* kCaps = "text/x-raw, format=(string)utf8";
GstStaticPadTemplate sink_template =
    GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS(kCaps));
GstStaticPadTemplate src_template =
    GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS(kCaps));

/// What a live sentence is given to be translated, and, where it may be held for ever, to be
/// spoken.
constexpr MediaDuration kTranslating = std::chrono::seconds(2);
constexpr MediaDuration kSpeaking = std::chrono::seconds(8);

using Properties = LockedSettings<TideTranslate, TranslateSettings, set_translate_property,
                                  get_translate_property>;

// ---- state changes ----

bool start(TideTranslate* self) {
  const TranslateSettings settings = Properties::snapshot(self);
  auto translator = make_sentence_translator(settings, provider_of(&self->element).get());
  if (!translator) {
    post_error(&self->element, translator.error());
    return false;
  }
  self->state.emplace(std::move(*translator), settings);
  post_notice(&self->element, loaded_model(*self->state, "translator:" + settings.target_language));
  return true;
}

GstStateChangeReturn change_state(GstElement* element, GstStateChange transition) {
  return guard(element, GST_STATE_CHANGE_FAILURE, [&] {
    TideTranslate* self = to_tide_translate(element);
    if (transition == GST_STATE_CHANGE_READY_TO_PAUSED && !start(self)) {
      return GST_STATE_CHANGE_FAILURE;
    }
    const auto result =
        parent_class_of<GstElementClass>(element)->change_state(element, transition);
    if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) self->state.reset();
    return result;
  });
}

gboolean activate_src(GstPad* pad, GstObject* parent, GstPadMode mode, gboolean active) {
  TideTranslate* self = to_tide_translate(parent);
  return guard(&self->element, FALSE, [&]() -> gboolean {
    if (mode != GST_PAD_MODE_PUSH) return FALSE;
    if (active) return gst_pad_start_task(pad, run_translate_task, self, nullptr);
    if (self->state) self->state->lanes.stop();
    return gst_pad_stop_task(pad);
  });
}

// ---- the sink's streaming thread ----

/// Events weigh nothing: no stream waits because it has many of them.
bool post(TideTranslate* self, EventPtr event) { return self->state->lanes.post(std::move(event)); }

GstFlowReturn submit_all(TideTranslate* self, std::vector<SentenceBatch> batches) {
  for (SentenceBatch& batch : batches) {
    if (self->state->lanes.submit(std::move(batch))) continue;
    const GstFlowReturn flow = self->state->flow;
    return flow != GST_FLOW_OK ? flow : GST_FLOW_FLUSHING;
  }
  return GST_FLOW_OK;
}

GstFlowReturn chain(GstPad*, GstObject* parent, GstBuffer* raw) {
  const BufferPtr buffer(raw);
  TideTranslate* self = to_tide_translate(parent);
  return guard(&self->element, GST_FLOW_ERROR, [&] {
    const auto phrase = read_phrase(buffer.get(), self->state->language);
    if (!phrase) {
      post_error(&self->element, phrase.error());
      return GST_FLOW_ERROR;
    }
    if (*phrase == nullptr) return GST_FLOW_OK;
    return submit_all(self, self->state->batcher.push(**phrase));
  });
}

/// Tells up to where upstream promised silence, but no further than the sentence under way.
bool post_watermark(TideTranslate* self, MediaTime from) {
  TranslateState& state = *self->state;
  if (!state.heard_until) return true;
  const MediaTime heard = *state.heard_until;
  const MediaTime until = std::min(heard, state.batcher.earliest_held().value_or(heard));
  from = std::max(from, state.told_until.value_or(from));
  state.told_until = std::max(from, until);
  if (until <= from) return true;
  return post(self, EventPtr(gst_event_new_gap(to_clock_time(from), to_clock_time(until - from))));
}

bool submit_gap(TideTranslate* self, GstEvent* event) {
  const auto span = span_of_gap(event);
  if (!span) return true;
  TranslateState& state = *self->state;
  if (submit_all(self, state.batcher.advance(span->end)) != GST_FLOW_OK) return false;
  state.heard_until = std::max(state.heard_until.value_or(span->end), span->end);
  return post_watermark(self, span->begin);
}

bool submit_tag(TideTranslate* self, GstEvent* event) {
  GstTagList* raw = nullptr;
  gst_event_parse_tag(event, &raw);
  gchar* code = nullptr;
  if (gst_tag_list_get_string(raw, GST_TAG_LANGUAGE_CODE, &code)) {
    self->state->language = TextPtr(code).get();
  }
  TagListPtr tags(gst_tag_list_copy(raw));
  gst_tag_list_remove_tag(tags.get(), GST_TAG_LANGUAGE_NAME);
  gst_tag_list_add(tags.get(), GST_TAG_MERGE_REPLACE, GST_TAG_LANGUAGE_CODE,
                   self->state->target_language.c_str(), nullptr);
  return post(self, EventPtr(gst_event_new_tag(tags.release())));
}

/// What comes after this event has nothing to do with the sentence before it.
bool ends_sentences(GstEvent* event) {
  const GstEventType type = GST_EVENT_TYPE(event);
  return type == GST_EVENT_EOS || type == GST_EVENT_SEGMENT || read_gap_notice(event) ||
         read_epoch(event);
}

/// Live: what has been held for as long as it may goes before the event, and with it the news that
/// nothing waits there any more.
bool submit_edge(TideTranslate* self, LiveEdge edge, EventPtr event) {
  const MediaDuration limit = Properties::snapshot(self).max_delay;
  const std::optional<MediaTime>& told = self->state->told_until;
  if (limit > MediaDuration(0)) {
    auto batches = self->state->batcher.publish(edge.time - limit);
    if (submit_all(self, std::move(batches)) != GST_FLOW_OK) return false;
    if (told && !post_watermark(self, *told)) return false;
  }
  return post(self, std::move(event));
}

bool submit_event(TideTranslate* self, EventPtr event) {
  const GstEventType type = GST_EVENT_TYPE(event.get());
  if (const auto edge = read_live_edge(event.get()))
    return submit_edge(self, *edge, std::move(event));
  if (type == GST_EVENT_GAP) return submit_gap(self, event.get());
  if (type == GST_EVENT_TAG) return submit_tag(self, event.get());
  if (ends_sentences(event.get())) {
    if (submit_all(self, self->state->batcher.finish()) != GST_FLOW_OK) return false;
  }
  if (type == GST_EVENT_SEGMENT) self->state->forget_time();
  if (type == GST_EVENT_CAPS) {
    const CapsPtr caps = text_caps();
    event = EventPtr(gst_event_new_caps(caps.get()));
  }
  return post(self, std::move(event));
}

gboolean start_flush(TideTranslate* self, EventPtr event) {
  const gboolean is_taken = gst_pad_push_event(self->src, event.release());
  self->state->lanes.flush_start();
  gst_pad_pause_task(self->src);
  return is_taken;
}

gboolean stop_flush(TideTranslate* self, EventPtr event) {
  TranslateState& state = *self->state;
  state.batcher.finish();
  state.forget_time();
  state.flow = GST_FLOW_OK;
  state.lanes.flush_stop();
  const gboolean is_taken = gst_pad_push_event(self->src, event.release());
  for (EventPtr& lost : lost_sticky_events(self->sink, self->src)) {
    submit_event(self, std::move(lost));
  }
  return gst_pad_start_task(self->src, run_translate_task, self, nullptr) && is_taken;
}

gboolean sink_event(GstPad* pad, GstObject* parent, GstEvent* raw) {
  EventPtr event(raw);
  TideTranslate* self = to_tide_translate(parent);
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
  TideTranslate* self = to_tide_translate(parent);
  return guard(&self->element, FALSE, [&]() -> gboolean {
    if (GST_QUERY_TYPE(query) == GST_QUERY_LATENCY) {
      const MediaDuration limit = Properties::snapshot(self).max_delay;
      const MediaDuration held = limit == MediaDuration(0) ? kSpeaking : limit;
      return answer_latency(self->sink, query, held + kTranslating).is_known;
    }
    return gst_pad_query_default(pad, parent, query);
  });
}

// ---- construction and registration ----

void finalize(GObject* object) {
  TideTranslate* self = to_tide_translate(object);
  std::destroy_at(&self->state);
  std::destroy_at(&self->settings);
  std::destroy_at(&self->lock);
  parent_class_of<GObjectClass>(object)->finalize(object);
}

void init_instance(GTypeInstance* instance, gpointer) {
  TideTranslate* self = to_tide_translate(instance);
  new (&self->lock) std::mutex();
  new (&self->settings) TranslateSettings();
  new (&self->state) std::optional<TranslateState>();
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
  install_translate_properties(object_class);
  auto* element_class = static_cast<GstElementClass*>(raw_class);
  element_class->change_state = change_state;
  gst_element_class_add_static_pad_template(element_class, &sink_template);
  gst_element_class_add_static_pad_template(element_class, &src_template);
  gst_element_class_set_static_metadata(element_class, "Text translation", "Filter/Subtitle",
                                        "Translates timed text sentence by sentence",
                                        "The subtide authors");
}

}  // namespace

bool register_tidetranslate(GstPlugin* plugin, std::shared_ptr<ModelProvider> provider) {
  ElementType type;
  type.factory_name = "tidetranslate";
  type.type_name = "TideTranslate";
  type.parent = GST_TYPE_ELEMENT;
  type.class_size = sizeof(GstElementClass);
  type.class_init = init_class;
  type.instance_size = sizeof(TideTranslate);
  type.instance_init = init_instance;
  return register_element_type(plugin, type, std::move(provider));
}

}  // namespace subtide
