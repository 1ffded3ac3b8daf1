// The source side of tidetranscribe: the work of the lanes, and the task that pushes what they gave
// in media order.
#include <algorithm>
#include <utility>

#include "elements/transcribe/transcribe_state.h"
#include "engine/gst/clock_time.h"
#include "engine/gst/error.h"
#include "engine/gst/guard.h"

namespace subtide {
namespace {

/// Keeps the longest delay, and says once when it broke the promise.
void note_delay(TideTranscribe* self, MediaDuration delay) {
  MediaDuration promised{0};
  {
    const std::lock_guard lock(self->lock);
    TranscribeSettings& settings = self->settings;
    promised = settings.latency + settings.lateness;
    const bool was_broken = settings.max_observed_delay > promised;
    settings.max_observed_delay = std::max(settings.max_observed_delay, delay);
    if (settings.latency == MediaDuration(0) || was_broken || delay <= promised) return;
  }
  post_warning(&self->element,
               make_error(ErrorCode::kDeadline,
                          "tidetranscribe: text came {:.2f} s after its speech, {:.2f} s were "
                          "promised: raise latency or take a smaller model",
                          to_seconds(delay), to_seconds(promised)));
}

/// Downstream wants no more: the streaming thread learns it, and waits no longer.
void end_flow(TideTranscribe* self, GstFlowReturn flow) {
  self->state->flow = flow;
  self->state->lanes.flush_start();
  gst_pad_pause_task(self->src);
  if (flow != GST_FLOW_NOT_LINKED && flow > GST_FLOW_EOS) return;
  if (flow != GST_FLOW_EOS) GST_ELEMENT_FLOW_ERROR(&self->element, flow);
  gst_pad_push_event(self->src, gst_event_new_eos());
}

GstFlowReturn push_window(TideTranscribe* self, const TranscribedWindow& window) {
  TextOut& out = self->state->out;
  const GstFlowReturn flow = out.push(window);
  if (flow == GST_FLOW_OK && self->is_live && !window.phrases.empty()) {
    if (const auto delay = out.delay_of(window.phrases.front().span().end)) {
      note_delay(self, *delay);
    }
  }
  return flow;
}

}  // namespace

TranscribeState::TranscribeState(std::shared_ptr<WindowTranscriber> made, WindowPacker windows,
                                 int lane_count, TextOut text)
    : transcriber(std::move(made)),
      packer(std::move(windows)),
      out(std::move(text)),
      // Two more than are worked on, so that no lane waits for the next window.
      lanes(lane_count, static_cast<std::size_t>(lane_count) + 2,
            [shared = transcriber](const WindowPacker::Window& window, std::stop_token stop) {
              return TranscribeOutcome(shared->transcribe(*window, std::move(stop)));
            }) {}

void run_transcribe_task(gpointer data) {
  TideTranscribe* self = to_tide_transcribe(data);
  guard(&self->element, [&] {
    TranscribeState& state = *self->state;
    std::optional<TranscribeOutcome> outcome = state.lanes.take();
    if (!outcome) {
      gst_pad_pause_task(self->src);
    } else if (auto* event = std::get_if<EventPtr>(&*outcome)) {
      state.out.push(std::move(*event), samples_to_duration(state.samples_heard));
    } else if (const auto* mark = std::get_if<TextWatermark>(&*outcome)) {
      state.out.advance(mark->time);
    } else {
      const GstFlowReturn flow = push_window(self, std::get<TranscribedWindow>(*outcome));
      if (flow != GST_FLOW_OK) end_flow(self, flow);
    }
  });
}

}  // namespace subtide
