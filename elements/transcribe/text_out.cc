#include "elements/transcribe/text_out.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "engine/gst/clock_time.h"
#include "engine/gst/text_buffer.h"

namespace subtide {
namespace {

Phrase shifted(Phrase phrase, MediaDuration by) {
  for (Word& word : phrase.words) word.span = word.span.shifted(by);
  return phrase;
}

}  // namespace

TextOut::TextOut(GstElement* element, GstPad* pad, LoadedModel model, MediaDuration lateness)
    : element_(element), pad_(pad), model_(std::move(model)), lateness_(lateness) {
  gst_segment_init(&segment_, GST_FORMAT_TIME);
  statistics_.role = model_.role;
}

void TextOut::count(const TranscribedWindow& window) {
  if (window.span.empty()) return;
  ++statistics_.windows;
  statistics_.speech += window.heard;
  statistics_.inference += window.inference;
  if (window.failure) ++statistics_.failed_windows;
}

GstFlowReturn TextOut::push(const TranscribedWindow& window) {
  count(window);
  const GstFlowReturn flow = push_text(window);
  if (flow == GST_FLOW_OK) advance(window.span.end);
  return flow;
}

GstFlowReturn TextOut::push(const LiveText& text) {
  count(text.window);
  const GstFlowReturn flow = push_text(text.window);
  if (flow != GST_FLOW_OK) return flow;
  if (text.watermark) advance(*text.watermark);
  if (text.commit) {
    CommitNotice told = *text.commit;
    for (CommitDelay& word : told.words) word.word_end = stream_time(word.word_end);
    post_notice(element_, told);
  }
  if (text.partial) {
    PartialText told = *text.partial;
    told.span = told.span.shifted(stream_time(told.span.begin) - told.span.begin);
    for (Word& word : told.words) {
      word.span = word.span.shifted(stream_time(word.span.begin) - word.span.begin);
    }
    post_notice(element_, told);
  }
  return GST_FLOW_OK;
}

void TextOut::push(LiveEdge edge) {
  edge.time += lateness_;
  gst_pad_push_event(pad_, make_event(edge).release());
}

MediaTime TextOut::stream_time(MediaTime time) const {
  return to_stream_time(segment_, time).value_or(time);
}

GstFlowReturn TextOut::push_text(const TranscribedWindow& window) {
  tell_language(window.language);
  tell_model(window.model);
  auto gap = window.gaps.begin();
  for (const Phrase& phrase : window.phrases) {
    for (; gap != window.gaps.end() && gap->span.begin < phrase.span().begin; ++gap) {
      tell_gap(*gap, window.failure);
    }
    const GstFlowReturn flow = push_phrase(phrase);
    if (flow != GST_FLOW_OK) return flow;
  }
  for (; gap != window.gaps.end(); ++gap) tell_gap(*gap, window.failure);
  return GST_FLOW_OK;
}

GstFlowReturn TextOut::push_phrase(const Phrase& phrase) {
  const TimeSpan span = phrase.span();
  advance(span.begin);
  position_ = std::max(position_.value_or(span.end), span.end);
  auto out = std::make_shared<const Phrase>(shifted(phrase, lateness_));
  return gst_pad_push(pad_, make_phrase_buffer(std::move(out)).release());
}

void TextOut::advance(MediaTime time) {
  const MediaTime from = position_.value_or(time);
  position_ = std::max(from, time);
  if (time <= from) return;
  gst_pad_push_event(
      pad_, gst_event_new_gap(to_clock_time(from + lateness_), to_clock_time(time - from)));
}

/// In the stream for the files, and beside it for people.
void TextOut::tell_gap(const Gap& gap, const std::optional<Error>& failure) {
  Gap late = gap;
  late.span = late.span.shifted(lateness_);
  gst_pad_push_event(pad_, make_event(late).release());
  Gap told = gap;
  told.span = told.span.shifted(stream_time(gap.span.begin) - gap.span.begin);
  if (failure) {
    post_notice(element_, told, failure->message);
  } else {
    post_notice(element_, told);
  }
}

void TextOut::tell_language(const std::string& language) {
  if (language.empty() || language == language_) return;
  language_ = language;
  gst_pad_push_event(
      pad_, gst_event_new_tag(gst_tag_list_new(GST_TAG_LANGUAGE_CODE, language.c_str(), nullptr)));
}

/// In the stream, for the files.
void TextOut::tell_model(const std::string& spec) {
  if (spec.empty() || spec == model_.spec || !other_models_.insert(spec).second) return;
  gst_pad_push_event(pad_, make_event(LoadedModel{model_.role, spec, ""}).release());
}

void TextOut::push(EventPtr event, MediaDuration audio) {
  const GstEventType type = GST_EVENT_TYPE(event.get());
  if (type == GST_EVENT_SEGMENT) {
    gst_event_copy_segment(event.get(), &segment_);
    position_.reset();
  }
  if (type == GST_EVENT_EOS) {
    statistics_.audio = audio;
    post_notice(element_, statistics_);
  }
  gst_pad_push_event(pad_, event.release());
  if (type == GST_EVENT_SEGMENT) gst_pad_push_event(pad_, make_event(model_).release());
}

std::optional<MediaDuration> TextOut::delay_of(MediaTime time) const {
  const GstPtr<GstClock> clock(gst_element_get_clock(element_));
  if (clock == nullptr) return std::nullopt;
  const auto due =
      to_media_time(gst_segment_to_running_time(&segment_, GST_FORMAT_TIME, to_clock_time(time)));
  if (!due) return std::nullopt;
  const auto now = static_cast<std::int64_t>(gst_clock_get_time(clock.get()));
  const auto base = static_cast<std::int64_t>(gst_element_get_base_time(element_));
  return MediaDuration(now - base) - *due;
}

}  // namespace subtide
