#include "elements/transcribe/live_stream.h"

#include <utility>

#include "engine/gst/clock_time.h"
#include "engine/gst/epoch_event.h"
#include "engine/gst/notices.h"
#include "engine/gst/pads.h"

namespace subtide {
namespace {

constexpr MediaDuration kTick = std::chrono::milliseconds(250);
constexpr MediaDuration kShortGap = std::chrono::milliseconds(500);

bool is_upstream_live(TideTranscribe* self) {
  const QueryPtr query(gst_query_new_latency());
  return answer_latency(self->sink, query.get(), MediaDuration(0)).is_live;
}

/// Hands on all that can be decoded now, and what waited behind it. No lane is ever waited for:
/// there are no more windows in flight than lanes. Under the lock.
void pump(TranscribeState& state) {
  LiveState& live = state.live;
  while (const auto step = live.recognition.windows().next()) {
    if (const auto* window = std::get_if<LiveWindow>(&*step)) {
      state.lanes.submit({window->audio, live.recognition.order(*window, LiveClock::now())});
    } else if (const auto* skipped = std::get_if<SkippedWindow>(&*step)) {
      state.lanes.post(*skipped);
    } else {
      EventPtr event = std::move(live.marks.front());
      live.marks.pop_front();
      state.lanes.post(MarkedEvent{std::move(event)});
    }
  }
}

/// Lets whoever holds text know that time passes, past the windows that are not finished.
void tick(TranscribeState& state) {
  if (!state.live.recognition.windows().has_audio()) return;
  const MediaTime edge = state.live.recognition.windows().edge();
  std::optional<MediaTime>& last = state.live.ticked_at;
  if (last && edge - *last < kTick && edge >= *last) return;
  last = edge;
  state.lanes.post_early(LiveTick{});
}

std::vector<ShedChange> go_on(TranscribeState& state) {
  state.live.recognition.watch_load();
  pump(state);
  tick(state);
  return state.live.recognition.take_changes();
}

void tell(TideTranscribe* self, const std::vector<ShedChange>& changes) {
  for (const ShedChange& change : changes) post_notice(&self->element, to_notice(change));
}

void take_gap(LiveWindows& windows, GstEvent* event) {
  const auto span = span_of_gap(event);
  if (span && span->duration() >= kShortGap) windows.pass_gap(span->end);
}

/// What of the stream is over when this event comes.
enum class Ending { kNothing, kStretch, kTime };

Ending ending_of(GstEvent* event) {
  const GstEventType type = GST_EVENT_TYPE(event);
  if (type == GST_EVENT_SEGMENT) return Ending::kTime;
  return type == GST_EVENT_EOS || read_epoch(event) ? Ending::kStretch : Ending::kNothing;
}

void mark(LiveState& live, EventPtr event) {
  LiveWindows& windows = live.recognition.windows();
  const Ending ending = ending_of(event.get());
  if (ending != Ending::kNothing) live.recognition.expect_boundary(windows.edge());
  if (ending == Ending::kTime) windows.mark_restart();
  if (ending == Ending::kStretch) windows.mark_boundary();
  if (ending == Ending::kNothing) windows.mark();
  live.marks.push_back(std::move(event));
}

GstFlowReturn push(TideTranscribe* self, const LiveText& text) {
  const GstFlowReturn flow = self->state->out.push(text);
  if (flow == GST_FLOW_OK) watch_delay(self, text.window);
  return flow;
}

}  // namespace

bool is_live_stream(TideTranscribe* self) {
  TranscribeState& state = *self->state;
  if (state.mode != TranscribeMode::kOpen) return state.mode == TranscribeMode::kLive;
  LiveChoice choice = LiveChoice::kAuto;
  {
    const std::lock_guard lock(self->lock);
    choice = self->settings.live;
  }
  const bool is_live =
      choice == LiveChoice::kYes || (choice == LiveChoice::kAuto && is_upstream_live(self));
  state.mode = is_live ? TranscribeMode::kLive : TranscribeMode::kFile;
  if (is_live) {
    self->is_live = true;
    const std::lock_guard lock(state.live.lock);
    if (!state.has_detector) state.live.recognition.windows().assume_speech();
  }
  return is_live;
}

void take_live_audio(TideTranscribe* self, MediaTime begin, std::span<const std::int16_t> samples) {
  TranscribeState& state = *self->state;
  std::vector<ShedChange> changes;
  {
    const std::lock_guard lock(state.live.lock);
    state.live.recognition.windows().push(begin, samples);
    changes = go_on(state);
  }
  tell(self, changes);
}

bool take_live_event(TideTranscribe* self, EventPtr event) {
  TranscribeState& state = *self->state;
  std::vector<ShedChange> changes;
  {
    const std::lock_guard lock(state.live.lock);
    LiveWindows& windows = state.live.recognition.windows();
    if (const auto begun = read_speech_start(event.get())) {
      windows.speech_started(begun->start);
    } else if (const auto ended = read_speech_end(event.get())) {
      windows.speech_ended(ended->span.end);
    } else if (GST_EVENT_TYPE(event.get()) == GST_EVENT_GAP) {
      take_gap(windows, event.get());
    } else {
      mark(state.live, std::move(event));
    }
    changes = go_on(state);
  }
  tell(self, changes);
  return state.flow == GST_FLOW_OK;
}

void restart_live(TideTranscribe* self) {
  LiveState& live = self->state->live;
  const std::lock_guard lock(live.lock);
  live.recognition.reset();
  live.marks.clear();
  live.ticked_at.reset();
}

GstFlowReturn push_live(TideTranscribe* self, const LiveDecode& decode) {
  TranscribeState& state = *self->state;
  LiveText text;
  {
    const std::lock_guard lock(state.live.lock);
    text = state.live.recognition.decoded(decode, LiveClock::now());
    pump(state);
  }
  return push(self, text);
}

GstFlowReturn push_live(TideTranscribe* self, const SkippedWindow& skipped) {
  LiveState& live = self->state->live;
  LiveText text;
  {
    const std::lock_guard lock(live.lock);
    text = live.recognition.skipped(skipped.span);
  }
  return push(self, text);
}

GstFlowReturn push_live(TideTranscribe* self, const LiveTick&) {
  LiveState& live = self->state->live;
  LiveText text;
  LiveEdge edge;
  {
    const std::lock_guard lock(live.lock);
    text = live.recognition.tick();
    edge.time = live.recognition.windows().edge();
  }
  const GstFlowReturn flow = push(self, text);
  if (flow == GST_FLOW_OK) self->state->out.push(edge);
  return flow;
}

GstFlowReturn push_before_live_event(TideTranscribe* self, GstEvent* event) {
  const Ending ending = ending_of(event);
  if (ending == Ending::kNothing) return GST_FLOW_OK;
  LiveState& live = self->state->live;
  LiveText text;
  {
    const std::lock_guard lock(live.lock);
    text = live.recognition.boundary();
    if (ending == Ending::kTime) live.recognition.restart_time();
  }
  return push(self, text);
}

}  // namespace subtide
