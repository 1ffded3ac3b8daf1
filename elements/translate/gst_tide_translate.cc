// tidetranslate: timed text in one language in, timed text in another out. Sentences are translated
// in lanes beside the stream; what they give goes out in order, from a task on the source pad.
#include "elements/translate/gst_tide_translate.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "elements/translate/sentence_batcher.h"
#include "elements/translate/sentence_translator.h"
#include "elements/translate/translate_properties.h"
#include "engine/gst/clock_time.h"
#include "engine/gst/element_type.h"
#include "engine/gst/error.h"
#include "engine/gst/guard.h"
#include "engine/gst/locked_settings.h"
#include "engine/gst/notices.h"
#include "engine/gst/pointer.h"
#include "engine/gst/text_buffer.h"
#include "engine/speech/ordered_lanes.h"

namespace subtide {
namespace {

constexpr const char* kCaps = "text/x-raw, format=(string)utf8";
GstStaticPadTemplate sink_template =
    GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS(kCaps));
GstStaticPadTemplate src_template =
    GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS(kCaps));

/// A live sentence is given eight seconds to be spoken and two to be translated.
constexpr GstClockTime kLiveLatency = 10 * GST_SECOND;

/// What goes through the lanes, so that events keep their place among the sentences.
using Piece = std::variant<SentenceBatch, EventPtr>;
using Outcome = std::variant<TranslatedBatch, EventPtr>;
using Lanes = OrderedLanes<Piece, Outcome>;

/// Lives from READY to READY. The sink's streaming thread has `batcher`, `language` and
/// `told_until`; the task has `segment`; the rest is safe from both.
struct State {
  State(std::shared_ptr<SentenceTranslator> made, const TranslateSettings& settings);

  std::shared_ptr<SentenceTranslator> translator;
  std::string target_language;
  SentenceBatcher batcher;
  std::string language;  ///< of the TAG event
  std::optional<MediaTime> told_until;
  GstSegment segment;
  std::atomic<GstFlowReturn> flow = GST_FLOW_OK;
  Lanes lanes;
};

struct TideTranslate {
  GstElement element;
  GstPad* sink;
  GstPad* src;
  std::mutex lock;             ///< guards settings
  TranslateSettings settings;  ///< set from any thread
  std::optional<State> state;
};

TideTranslate* self_of(gpointer instance) { return static_cast<TideTranslate*>(instance); }

using Properties = LockedSettings<TideTranslate, TranslateSettings, set_translate_property,
                                  get_translate_property>;

Outcome work(const SentenceTranslator& translator, const Piece& piece, std::stop_token stop) {
  if (const auto* event = std::get_if<EventPtr>(&piece)) return own_mini_object(event->get());
  return translator.translate(std::get<SentenceBatch>(piece), std::move(stop));
}

State::State(std::shared_ptr<SentenceTranslator> made, const TranslateSettings& settings)
    : translator(std::move(made)),
      target_language(settings.target_language),
      batcher(settings.batch),
      // Twice as much as is worked on, so that no lane waits for the next sentence.
      lanes(static_cast<int>(settings.lanes), std::size_t{settings.lanes} * 2 + 2,
            [shared = translator](const Piece& piece, std::stop_token stop) {
              return work(*shared, piece, std::move(stop));
            }) {
  gst_segment_init(&segment, GST_FORMAT_TIME);
}

// ---- state changes ----

LoadedModel loaded_model(const State& state, const std::string& role) {
  const ModelTraits& traits = state.translator->traits();
  return {role, traits.spec, traits.detail};
}

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
    TideTranslate* self = self_of(element);
    if (transition == GST_STATE_CHANGE_READY_TO_PAUSED && !start(self)) {
      return GST_STATE_CHANGE_FAILURE;
    }
    const auto result =
        parent_class_of<GstElementClass>(element)->change_state(element, transition);
    if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) self->state.reset();
    return result;
  });
}

// ---- the task: what the lanes give, out in order ----

/// Why a sentence is missing, in the stream for the files and beside it for people.
void tell_gap(TideTranslate* self, Gap gap) {
  gst_pad_push_event(self->src, make_event(gap).release());
  const MediaTime begin = gap.span.begin;
  const auto stream_time = to_stream_time(self->state->segment, begin);
  gap.span = gap.span.shifted(stream_time.value_or(begin) - begin);
  post_notice(&self->element, gap);
}

GstFlowReturn push_batch(TideTranslate* self, const TranslatedBatch& batch) {
  if (batch.failure) post_warning(&self->element, *batch.failure);
  for (const TranslatedSentence& sentence : batch.sentences) {
    if (sentence.phrase == nullptr) {
      tell_gap(self, sentence.gap);
      continue;
    }
    const GstFlowReturn flow =
        gst_pad_push(self->src, make_phrase_buffer(sentence.phrase).release());
    if (flow != GST_FLOW_OK) return flow;
  }
  return GST_FLOW_OK;
}

/// Says which language and which model follow, as soon as the stream allows it.
void push_headers(TideTranslate* self) {
  const State& state = *self->state;
  gst_pad_push_event(self->src,
                     gst_event_new_tag(gst_tag_list_new(GST_TAG_LANGUAGE_CODE,
                                                        state.target_language.c_str(), nullptr)));
  gst_pad_push_event(self->src, make_event(loaded_model(state, "translator")).release());
}

void push_event(TideTranslate* self, EventPtr event) {
  const bool is_segment = GST_EVENT_TYPE(event.get()) == GST_EVENT_SEGMENT;
  if (is_segment) gst_event_copy_segment(event.get(), &self->state->segment);
  gst_pad_push_event(self->src, event.release());
  if (is_segment) push_headers(self);
}

/// Downstream wants no more: the streaming thread learns it, and waits no longer.
void end_flow(TideTranslate* self, GstFlowReturn flow) {
  self->state->flow = flow;
  self->state->lanes.flush_start();
  gst_pad_pause_task(self->src);
  if (flow != GST_FLOW_NOT_LINKED && flow > GST_FLOW_EOS) return;
  if (flow != GST_FLOW_EOS) GST_ELEMENT_FLOW_ERROR(&self->element, flow);
  gst_pad_push_event(self->src, gst_event_new_eos());
}

void run_task(gpointer data) {
  TideTranslate* self = self_of(data);
  guard(&self->element, [&] {
    std::optional<Outcome> outcome = self->state->lanes.take();
    if (!outcome) {
      gst_pad_pause_task(self->src);
      return;
    }
    if (auto* event = std::get_if<EventPtr>(&*outcome)) {
      push_event(self, std::move(*event));
      return;
    }
    const GstFlowReturn flow = push_batch(self, std::get<TranslatedBatch>(*outcome));
    if (flow != GST_FLOW_OK) end_flow(self, flow);
  });
}

gboolean activate_src(GstPad* pad, GstObject* parent, GstPadMode mode, gboolean active) {
  TideTranslate* self = self_of(parent);
  return guard(&self->element, FALSE, [&]() -> gboolean {
    if (mode != GST_PAD_MODE_PUSH) return FALSE;
    if (active) return gst_pad_start_task(pad, run_task, self, nullptr);
    if (self->state) self->state->lanes.stop();
    return gst_pad_stop_task(pad);
  });
}

// ---- the sink's streaming thread ----

bool submit(TideTranslate* self, Piece piece) {
  return self->state->lanes.submit(std::move(piece));
}

GstFlowReturn submit_all(TideTranslate* self, std::vector<SentenceBatch> batches) {
  for (SentenceBatch& batch : batches) {
    if (submit(self, std::move(batch))) continue;
    const GstFlowReturn flow = self->state->flow;
    return flow != GST_FLOW_OK ? flow : GST_FLOW_FLUSHING;
  }
  return GST_FLOW_OK;
}

GstFlowReturn chain(GstPad*, GstObject* parent, GstBuffer* raw) {
  const BufferPtr buffer(raw);
  TideTranslate* self = self_of(parent);
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

/// A GAP goes out only as far as no sentence under way can begin inside it.
bool submit_gap(TideTranslate* self, GstEvent* event) {
  const auto span = span_of_gap(event);
  if (!span) return true;
  State& state = *self->state;
  if (submit_all(self, state.batcher.advance(span->end)) != GST_FLOW_OK) return false;
  const MediaTime until = std::min(span->end, state.batcher.earliest_held().value_or(span->end));
  const MediaTime from = std::max(span->begin, state.told_until.value_or(span->begin));
  if (until <= from) return true;
  state.told_until = until;
  return submit(self,
                EventPtr(gst_event_new_gap(to_clock_time(from), to_clock_time(until - from))));
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
  return submit(self, EventPtr(gst_event_new_tag(tags.release())));
}

/// What comes after this event has nothing to do with the sentence before it.
bool ends_sentences(GstEvent* event) {
  const GstEventType type = GST_EVENT_TYPE(event);
  return type == GST_EVENT_EOS || type == GST_EVENT_SEGMENT || read_gap_notice(event).has_value();
}

bool submit_event(TideTranslate* self, EventPtr event) {
  const GstEventType type = GST_EVENT_TYPE(event.get());
  if (type == GST_EVENT_GAP) return submit_gap(self, event.get());
  if (type == GST_EVENT_TAG) return submit_tag(self, event.get());
  if (ends_sentences(event.get())) {
    if (submit_all(self, self->state->batcher.finish()) != GST_FLOW_OK) return false;
  }
  if (type == GST_EVENT_SEGMENT) self->state->told_until.reset();
  if (type == GST_EVENT_CAPS) {
    const CapsPtr caps = text_caps();
    event = EventPtr(gst_event_new_caps(caps.get()));
  }
  return submit(self, std::move(event));
}

gboolean start_flush(TideTranslate* self, EventPtr event) {
  const gboolean is_taken = gst_pad_push_event(self->src, event.release());
  self->state->lanes.flush_start();
  gst_pad_pause_task(self->src);
  return is_taken;
}

gboolean stop_flush(TideTranslate* self, EventPtr event) {
  State& state = *self->state;
  state.batcher.finish();
  state.told_until.reset();
  state.flow = GST_FLOW_OK;
  state.lanes.flush_stop();
  const gboolean is_taken = gst_pad_push_event(self->src, event.release());
  return gst_pad_start_task(self->src, run_task, self, nullptr) && is_taken;
}

gboolean sink_event(GstPad* pad, GstObject* parent, GstEvent* raw) {
  EventPtr event(raw);
  TideTranslate* self = self_of(parent);
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

gboolean answer_latency(TideTranslate* self, GstQuery* query) {
  if (!gst_pad_peer_query(self->sink, query)) return FALSE;
  gboolean is_live = FALSE;
  GstClockTime minimum = 0;
  GstClockTime maximum = GST_CLOCK_TIME_NONE;
  gst_query_parse_latency(query, &is_live, &minimum, &maximum);
  if (!is_live) return TRUE;
  if (GST_CLOCK_TIME_IS_VALID(maximum)) maximum += kLiveLatency;
  gst_query_set_latency(query, is_live, minimum + kLiveLatency, maximum);
  return TRUE;
}

gboolean src_query(GstPad* pad, GstObject* parent, GstQuery* query) {
  TideTranslate* self = self_of(parent);
  return guard(&self->element, FALSE, [&]() -> gboolean {
    if (GST_QUERY_TYPE(query) == GST_QUERY_LATENCY) return answer_latency(self, query);
    return gst_pad_query_default(pad, parent, query);
  });
}

// ---- construction and registration ----

void finalize(GObject* object) {
  TideTranslate* self = self_of(object);
  std::destroy_at(&self->state);
  std::destroy_at(&self->settings);
  std::destroy_at(&self->lock);
  parent_class_of<GObjectClass>(object)->finalize(object);
}

void init_instance(GTypeInstance* instance, gpointer) {
  TideTranslate* self = self_of(instance);
  new (&self->lock) std::mutex();
  new (&self->settings) TranslateSettings();
  new (&self->state) std::optional<State>();
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
