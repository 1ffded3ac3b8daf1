#include "elements/cues/cue_flow.h"

#include <utility>

#include "elements/cues/cue_buffer.h"
#include "engine/gst/clock_time.h"
#include "engine/gst/epoch_event.h"
#include "engine/gst/error.h"
#include "engine/gst/live_notices.h"
#include "engine/gst/notices.h"
#include "engine/gst/text_buffer.h"
#include "engine/gst/text_note.h"

namespace subtide {
namespace {

/// What to add to running time for a position; streams played at another rate keep their own.
MediaDuration from_running_time(const GstSegment& segment) {
  if (segment.format != GST_FORMAT_TIME) return MediaDuration(0);
  return MediaDuration(static_cast<std::int64_t>(segment.start + segment.offset) -
                       static_cast<std::int64_t>(segment.base));
}

}  // namespace

CueFlow::CueFlow(GstElement* element, GstPad* src, CueOutlet& outlet, CueStream cues,
                 std::function<CueSettings()> settings)
    : element_(element),
      src_(src),
      outlet_(outlet),
      settings_(std::move(settings)),
      cues_(std::move(cues)) {
  gst_segment_init(&segment_, GST_FORMAT_TIME);
  gst_segment_init(&shots_segment_, GST_FORMAT_TIME);
}

// ---- downstream ----

/// Negotiates once, before the first thing that needs caps. A peer that takes anything is no reader
/// of subtitles but a file or a terminal: there each cue ends its line.
void CueFlow::ensure_caps() {
  if (std::exchange(has_caps_, true)) return;
  const CapsPtr caps = text_caps();
  outlet_.push(EventPtr(gst_event_new_caps(caps.get())));
  const CapsPtr accepted(gst_pad_peer_query_caps(src_, nullptr));
  const LineEnd line_end = settings_().line_end;
  ends_lines_ = line_end == LineEnd::kNewline ||
                (line_end == LineEnd::kAuto && gst_caps_is_any(accepted.get()));
}

/// Tells what the text chain took away; in stream time, as all messages.
void CueFlow::post_notes() {
  for (TextNote& note : cues_.take_notes()) {
    const auto stream_time = to_stream_time(segment_, note.span.begin);
    note.span = note.span.shifted(stream_time.value_or(note.span.begin) - note.span.begin);
    post_text_note(element_, note);
  }
}

GstFlowReturn CueFlow::push_cues(const std::vector<Cue>& cues) {
  post_notes();
  GstFlowReturn flow = GST_FLOW_OK;
  for (const Cue& cue : cues) {
    ensure_caps();
    if (flow == GST_FLOW_OK) {
      flow = outlet_.push(make_cue_buffer(cue, ends_lines_ ? "\n" : ""));
    }
    ++pushed_;
    while (!events_.empty() && events_.front().first <= pushed_) {
      outlet_.push(std::move(events_.front().second));
      events_.pop_front();
    }
  }
  return flow;
}

bool CueFlow::push_event(EventPtr event) {
  if (events_.empty() && cues_.waiting() == 0) return outlet_.push(std::move(event));
  events_.emplace_back(pushed_ + cues_.waiting(), std::move(event));
  return true;
}

/// Tells downstream up to where no cue can come any more.
void CueFlow::push_watermark() {
  const auto watermark = cues_.watermark();
  if (!watermark || *watermark <= MediaTime(0)) return;
  const MediaTime from = told_until_.value_or(MediaTime(0));
  if (*watermark <= from) return;
  told_until_ = watermark;
  ensure_caps();
  outlet_.push(EventPtr(gst_event_new_gap(to_clock_time(from), to_clock_time(*watermark - from))));
}

/// Sinks hold the whole pipeline, the video of the shots too, until each has heard something.
void CueFlow::tell_of_waiting() {
  if (told_until_ || cues_.waiting() == 0) return;
  told_until_ = MediaTime(static_cast<std::int64_t>(segment_.start));
  ensure_caps();
  outlet_.push(EventPtr(gst_event_new_gap(segment_.start, 0)));
}

/// Live: what has been held for as long as it may, and at once how far that is the whole truth:
/// segments wait for it.
GstFlowReturn CueFlow::push_due() {
  const MediaDuration limit = settings_().max_delay;
  if (!edge_ || limit == MediaDuration(0)) return GST_FLOW_OK;
  const GstFlowReturn flow = push_cues(cues_.publish(*edge_ - limit));
  if (flow == GST_FLOW_OK) push_watermark();
  return flow;
}

// ---- text ----

GstFlowReturn CueFlow::take_text(GstBuffer* buffer) {
  const std::lock_guard lock(mutex_);
  const auto phrase = read_phrase(buffer, language_);
  if (!phrase) {
    post_error(element_, phrase.error());
    return GST_FLOW_ERROR;
  }
  if (*phrase == nullptr) return GST_FLOW_OK;
  const auto cues = cues_.push(**phrase);
  if (!cues) {
    post_error(element_, cues.error());
    return GST_FLOW_ERROR;
  }
  const GstFlowReturn flow = push_cues(*cues);
  if (flow != GST_FLOW_OK) return flow;
  tell_of_waiting();
  return push_due();
}

/// A GAP of upstream becomes the cues it lets out and a GAP up to where that is the whole truth.
bool CueFlow::advance_over_gap(GstEvent* event) {
  const auto span = span_of_gap(event);
  if (!span) return true;
  if (push_cues(cues_.advance(span->end)) != GST_FLOW_OK) return false;
  ensure_caps();
  push_watermark();
  return true;
}

/// What is held is complete: nothing behind the next event belongs to it.
void CueFlow::push_rest() {
  const auto cues = cues_.finish();
  if (cues) push_cues(*cues);
  if (!cues) post_error(element_, cues.error());
  ensure_caps();
}

bool CueFlow::begin_segment(EventPtr event) {
  push_rest();
  edge_.reset();
  told_until_.reset();
  gst_event_copy_segment(event.get(), &segment_);
  cues_.set_shot_offset(from_running_time(segment_));
  return push_event(std::move(event));
}

/// The end itself comes behind the cues that wait for shots.
bool CueFlow::end(EventPtr event) {
  const auto cues = cues_.end();
  if (cues) push_cues(*cues);
  if (!cues) post_error(element_, cues.error());
  ensure_caps();
  tell_of_waiting();
  edge_.reset();
  told_until_.reset();
  return push_event(std::move(event));
}

bool CueFlow::forward(EventPtr event) {
  if (const auto edge = read_live_edge(event.get())) {
    edge_ = edge->time;
    push_due();
  }
  // Where a stretch is said to be lost, the cues before it are complete.
  if (const auto gap = read_gap_notice(event.get())) {
    push_cues(cues_.advance(gap->span.begin));
  }
  return push_event(std::move(event));
}

bool CueFlow::take_text_event(EventPtr event) {
  const std::lock_guard lock(mutex_);
  const GstEventType type = GST_EVENT_TYPE(event.get());
  if (type == GST_EVENT_CAPS) return ensure_caps(), true;
  if (type == GST_EVENT_GAP) return advance_over_gap(event.get());
  if (auto language = language_of_tag(event.get())) language_ = std::move(*language);
  if (type == GST_EVENT_EOS) return end(std::move(event));
  if (type == GST_EVENT_SEGMENT) return begin_segment(std::move(event));
  // No cue spans two epochs.
  if (read_epoch(event.get())) push_rest();
  return forward(std::move(event));
}

void CueFlow::restart() {
  const std::lock_guard lock(mutex_);
  cues_.drop();
  edge_.reset();
  told_until_.reset();
  events_.clear();
}

void CueFlow::repeat(std::vector<EventPtr> events) {
  const std::lock_guard lock(mutex_);
  for (EventPtr& event : events) {
    if (GST_EVENT_TYPE(event.get()) != GST_EVENT_CAPS) outlet_.push(std::move(event));
  }
  if (gst_pad_has_current_caps(src_)) return;
  if (std::exchange(has_caps_, false)) ensure_caps();
}

// ---- shots ----

void CueFlow::push_released(const std::vector<Cue>& cues) {
  if (push_cues(cues) == GST_FLOW_OK) push_watermark();
}

void CueFlow::use_shots(CueStream::Shots shots) {
  const std::lock_guard lock(mutex_);
  push_released(cues_.use_shots(shots));
}

void CueFlow::take_shot(GstBuffer* buffer) {
  const std::lock_guard lock(mutex_);
  const auto time = to_media_time(GST_BUFFER_PTS(buffer));
  if (!time) return;
  push_released(cues_.add_shot(*time - from_running_time(shots_segment_)));
}

void CueFlow::take_shots_event(GstEvent* event) {
  const std::lock_guard lock(mutex_);
  const GstEventType type = GST_EVENT_TYPE(event);
  if (type == GST_EVENT_SEGMENT) gst_event_copy_segment(event, &shots_segment_);
  if (type == GST_EVENT_FLUSH_STOP) cues_.drop_shots();
  if (type == GST_EVENT_EOS) push_released(cues_.end_shots());
  const auto gap = type == GST_EVENT_GAP ? span_of_gap(event) : std::nullopt;
  if (gap) push_released(cues_.know_shots_until(gap->end - from_running_time(shots_segment_)));
}

}  // namespace subtide
