// The source side of tidetranslate: the work of the lanes, and the task that pushes what they gave.
#include <utility>

#include "elements/translate/translate_state.h"
#include "engine/gst/clock_time.h"
#include "engine/gst/error.h"
#include "engine/gst/guard.h"
#include "engine/gst/text_buffer.h"

namespace subtide {
namespace {

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
  const TranslateState& state = *self->state;
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

GstFlowReturn push_next(TideTranslate* self) {
  std::optional<TranslateOutcome> outcome = self->state->lanes.take();
  if (!outcome) return GST_FLOW_FLUSHING;
  if (auto* event = std::get_if<EventPtr>(&*outcome)) {
    push_event(self, std::move(*event));
    return GST_FLOW_OK;
  }
  return push_batch(self, std::get<TranslatedBatch>(*outcome));
}

}  // namespace

TranslateState::TranslateState(std::shared_ptr<SentenceTranslator> made,
                               const TranslateSettings& settings)
    : translator(std::move(made)),
      target_language(settings.target_language),
      batcher(settings.batch),
      // Twice as much as is worked on, so that no lane waits for the next sentence.
      lanes(static_cast<int>(settings.lanes), std::size_t{settings.lanes} * 2 + 2,
            [shared = translator](const SentenceBatch& batch, std::stop_token stop) {
              return TranslateOutcome(shared->translate(batch, std::move(stop)));
            }) {
  gst_segment_init(&segment, GST_FORMAT_TIME);
}

LoadedModel loaded_model(const TranslateState& state, const std::string& role) {
  const ModelTraits& traits = state.translator->traits();
  return {role, traits.spec, traits.detail};
}

void run_translate_task(gpointer data) {
  TideTranslate* self = to_tide_translate(data);
  const GstFlowReturn flow = guard(&self->element, GST_FLOW_ERROR, [&] { return push_next(self); });
  if (flow != GST_FLOW_OK) end_flow(self, flow);
}

}  // namespace subtide
