// The source side of tidetranscribe: the work of the lanes, and the task that pushes what they gave
// in media order.
#include <algorithm>
#include <utility>

#include "elements/transcribe/live_stream.h"
#include "elements/transcribe/transcribe_state.h"
#include "engine/base/background_thread.h"
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
    promised = live_latency(settings) + settings.lateness;
    const bool was_broken = settings.max_observed_delay > promised;
    settings.max_observed_delay = std::max(settings.max_observed_delay, delay);
    if (promised == MediaDuration(0) || was_broken || delay <= promised) return;
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

GstFlowReturn push(TideTranscribe* self, const TranscribedWindow& window) {
  const GstFlowReturn flow = self->state->out.push(window);
  if (flow == GST_FLOW_OK) watch_delay(self, window);
  return flow;
}

GstFlowReturn push(TideTranscribe* self, const TextWatermark& mark) {
  self->state->out.advance(mark.time);
  return GST_FLOW_OK;
}

GstFlowReturn push(TideTranscribe* self, EventPtr& event) {
  TranscribeState& state = *self->state;
  state.out.push(std::move(event), samples_to_duration(state.samples_heard));
  return GST_FLOW_OK;
}

GstFlowReturn push(TideTranscribe* self, MarkedEvent& marked) {
  const GstFlowReturn flow = push_before_live_event(self, marked.event.get());
  return flow == GST_FLOW_OK ? push(self, marked.event) : flow;
}

template <typename Live>
GstFlowReturn push(TideTranscribe* self, const Live& live) {
  return push_live(self, live);
}

TranscribeOutcome do_work(const WindowTranscriber& transcriber, const TranscribeWork& work,
                          std::stop_token stop) {
  if (work.live) {
    make_background_thread();
    return transcriber.decode(*work.window, *work.live, std::move(stop));
  }
  return transcriber.transcribe(*work.window, std::move(stop));
}

}  // namespace

void watch_delay(TideTranscribe* self, const TranscribedWindow& window) {
  if (!self->is_live || window.phrases.empty()) return;
  const auto delay = self->state->out.delay_of(window.phrases.front().span().end);
  if (delay) note_delay(self, *delay);
}

TranscribeState::TranscribeState(std::shared_ptr<WindowTranscriber> made, WindowPacker windows,
                                 LiveRecognition recognition, int lane_count, TextOut text)
    : transcriber(std::move(made)),
      packer(std::move(windows)),
      live(std::move(recognition)),
      out(std::move(text)),
      // Two more than are worked on, so that no lane waits for the next window.
      lanes(lane_count, static_cast<std::size_t>(lane_count) + 2,
            [shared = transcriber](const TranscribeWork& work, std::stop_token stop) {
              return do_work(*shared, work, std::move(stop));
            }) {}

void run_transcribe_task(gpointer data) {
  TideTranscribe* self = to_tide_transcribe(data);
  guard(&self->element, [&] {
    std::optional<TranscribeOutcome> outcome = self->state->lanes.take();
    if (!outcome) {
      gst_pad_pause_task(self->src);
      return;
    }
    const GstFlowReturn flow = std::visit([&](auto& each) { return push(self, each); }, *outcome);
    if (flow != GST_FLOW_OK) end_flow(self, flow);
  });
}

}  // namespace subtide
