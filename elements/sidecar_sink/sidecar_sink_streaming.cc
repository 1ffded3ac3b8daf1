// The streaming side of tidesidecarsink: what a pad's thread does with cues and events.
#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "elements/sidecar_sink/sidecar_sink.h"
#include "engine/gst/clock_time.h"
#include "engine/gst/error.h"
#include "engine/gst/guard.h"
#include "engine/gst/notices.h"
#include "engine/gst/text_buffer.h"

namespace subtide {
namespace {

bool have_all_ended(TideSidecarSink* self) {
  const std::vector<PadPtr> pads = pads_of(self);
  return !pads.empty() && std::ranges::all_of(pads, [](const PadPtr& pad) {
    return to_sidecar_pad(pad.get())->has_ended.load();
  });
}

/// Warns of files that were given up. They become an error when the other files are done, or now
/// when there is no other. Returns false in that last case.
bool settle_failures(TideSidecarSink* self, SidecarPad* pad) {
  std::vector<Error> failures = pad->stream->take_failures();
  if (failures.empty()) return true;
  for (const Error& failure : failures) post_warning(&self->element, failure);
  pad->is_given_up = pad->stream->is_given_up();
  const std::vector<PadPtr> pads = pads_of(self);
  const bool is_all_lost = std::ranges::all_of(
      pads, [](const PadPtr& any) { return to_sidecar_pad(any.get())->is_given_up.load(); });
  if (is_all_lost) {
    post_error(&self->element, failures.front());
    return false;
  }
  const std::lock_guard lock(self->lock);
  if (self->state) std::ranges::move(failures, std::back_inserter(self->state->failures));
  return true;
}

MediaDuration shift_to_stream_time(const SidecarPad* pad, MediaTime time) {
  return to_stream_time(pad->segment, time).value_or(time) - time;
}

Cue to_stream_time(const SidecarPad* pad, const Cue& cue) {
  const MediaDuration by = shift_to_stream_time(pad, cue.span.begin);
  Cue moved = cue;
  moved.span = cue.span.shifted(by);
  for (Word& word : moved.words) word.span = word.span.shifted(by);
  return moved;
}

void pass(SidecarPad* pad, MediaTime until) {
  pad->position = (until + shift_to_stream_time(pad, until)).count();
}

bool is_well(TideSidecarSink* self, const Status& status) {
  if (!status) post_error(&self->element, status.error());
  return status.has_value();
}

bool is_running(TideSidecarSink* self) {
  const std::lock_guard lock(self->lock);
  return self->state.has_value();
}

GstFlowReturn write_cue(TideSidecarSink* self, SidecarPad* pad, GstBuffer* buffer) {
  if (!is_running(self)) return GST_FLOW_FLUSHING;
  if (pad->has_ended) return GST_FLOW_EOS;
  const auto cue = read_cue(buffer);
  if (!cue) return is_well(self, cue.error()), GST_FLOW_ERROR;
  if (*cue == nullptr || pad->is_given_up) return GST_FLOW_OK;
  if (!is_well(self, open_stream(self, pad))) return GST_FLOW_ERROR;
  if (!is_well(self, pad->stream->add(to_stream_time(pad, **cue)))) return GST_FLOW_ERROR;
  pass(pad, (*cue)->span.end);
  return settle_failures(self, pad) ? GST_FLOW_OK : GST_FLOW_ERROR;
}

gboolean finish(TideSidecarSink* self, SidecarPad* pad, GstEvent* event) {
  if (!is_well(self, open_stream(self, pad))) return FALSE;
  const auto files = pad->stream->finish();
  if (!files) return is_well(self, files.error()), FALSE;
  for (const FinishedSidecar& file : *files) {
    post_notice(&self->element, SidecarWritten{file.path, std::string(to_string(file.format)),
                                               pad->stream->language(), file.cues});
  }
  settle_failures(self, pad);
  pad->has_ended = true;
  {
    const std::lock_guard lock(self->lock);
    if (self->state) self->state->end_number = gst_event_get_seqnum(event);
  }
  post_end_when_due(self);
  return TRUE;
}

gboolean restart(TideSidecarSink* self, SidecarPad* pad) {
  gst_segment_init(&pad->segment, GST_FORMAT_TIME);
  pad->has_ended = false;
  return !pad->stream || is_well(self, pad->stream->restart()) ? TRUE : FALSE;
}

void read_language(SidecarPad* pad, GstEvent* event) {
  if (const auto language = language_of_tag(event)) pad->stream->suggest_language(*language);
}

void announce_stream(TideSidecarSink* self, GstEvent* event) {
  {
    const std::lock_guard lock(self->lock);
    if (!self->state || std::exchange(self->state->has_posted_start, true)) return;
  }
  GstMessage* message = gst_message_new_stream_start(GST_OBJECT_CAST(self));
  guint group = GST_GROUP_ID_INVALID;
  if (gst_event_parse_group_id(event, &group)) gst_message_set_group_id(message, group);
  gst_message_set_seqnum(message, gst_event_get_seqnum(event));
  gst_element_post_message(&self->element, message);
}

void note(SidecarPad* pad, GstEvent* event) {
  if (auto gap = read_gap_notice(event)) {
    gap->span = gap->span.shifted(shift_to_stream_time(pad, gap->span.begin));
    pad->stream->add_gap(std::move(*gap));
  } else if (const auto model = read_loaded_model(event)) {
    pad->stream->add_model(model->role, model->spec);
  }
}

gboolean take_event(TideSidecarSink* self, SidecarPad* pad, GstEvent* event) {
  const GstEventType type = GST_EVENT_TYPE(event);
  if (!is_running(self)) return FALSE;
  if (type == GST_EVENT_FLUSH_START) return TRUE;
  if (type == GST_EVENT_FLUSH_STOP) return restart(self, pad);
  if (!is_well(self, open_stream(self, pad))) return FALSE;
  if (type == GST_EVENT_EOS) return finish(self, pad, event);
  if (type == GST_EVENT_STREAM_START) announce_stream(self, event);
  if (type == GST_EVENT_SEGMENT) gst_event_copy_segment(event, &pad->segment);
  if (type == GST_EVENT_TAG) read_language(pad, event);
  if (type == GST_EVENT_GAP) {
    if (const auto span = span_of_gap(event)) pass(pad, span->end);
  }
  note(pad, event);
  return TRUE;
}

}  // namespace

std::vector<PadPtr> pads_of(TideSidecarSink* self) {
  std::vector<PadPtr> pads;
  GST_OBJECT_LOCK(self);
  for (const GList* item = self->element.sinkpads; item != nullptr; item = item->next) {
    pads.push_back(own_object(GST_PAD_CAST(item->data)));
  }
  GST_OBJECT_UNLOCK(self);
  return pads;
}

/// Makes the pad's stream where it has none: at READY to PAUSED, or for a pad requested later.
Status open_stream(TideSidecarSink* self, SidecarPad* pad) {
  if (pad->stream) return ok();
  const std::lock_guard lock(self->lock);
  if (!self->state) return make_error(ErrorCode::kUnavailable, "the sink is not running");
  SidecarStreamOptions options = self->state->options;
  options.language = language_of(pad);
  pad->stream.emplace(std::move(options), self->state->claims);
  pad->has_ended = false;
  pad->is_given_up = false;
  pad->position = 0;
  return pad->stream->open();
}

void post_end_when_due(TideSidecarSink* self) {
  if (!have_all_ended(self)) return;
  guint32 number = GST_SEQNUM_INVALID;
  std::vector<Error> failures;
  {
    const std::lock_guard lock(self->lock);
    if (!self->state || !self->state->is_playing) return;
    number = self->state->end_number;
    failures = std::exchange(self->state->failures, {});
  }
  if (!failures.empty()) post_error(&self->element, failures.front());
  GstMessage* message = gst_message_new_eos(GST_OBJECT_CAST(self));
  if (number != GST_SEQNUM_INVALID) gst_message_set_seqnum(message, number);
  gst_element_post_message(&self->element, message);
}

GstFlowReturn chain_cue(GstPad* pad, GstObject* parent, GstBuffer* raw) {
  const BufferPtr buffer(raw);
  TideSidecarSink* self = to_sidecar_sink(parent);
  return guard(&self->element, GST_FLOW_ERROR,
               [&] { return write_cue(self, to_sidecar_pad(pad), buffer.get()); });
}

gboolean take_pad_event(GstPad* pad, GstObject* parent, GstEvent* raw) {
  const EventPtr event(raw);
  TideSidecarSink* self = to_sidecar_sink(parent);
  return guard(&self->element, FALSE,
               [&] { return take_event(self, to_sidecar_pad(pad), event.get()); });
}

}  // namespace subtide
