#include "engine/pipeline/picture_timeline.h"

#include <algorithm>
#include <utility>

#include "engine/gst/clock_time.h"
#include "engine/gst/guard.h"
#include "engine/gst/pointer.h"

namespace subtide {
namespace {

GstPadProbeReturn refuse(GstPadProbeInfo* item, GstFlowReturn flow) {
  gst_buffer_unref(GST_PAD_PROBE_INFO_BUFFER(item));
  GST_PAD_PROBE_INFO_DATA(item) = nullptr;
  GST_PAD_PROBE_INFO_FLOW_RETURN(item) = flow;
  return GST_PAD_PROBE_HANDLED;
}

}  // namespace

PictureTimeline::PictureTimeline(GstPad* pad, MediaTime time_zero, Listener listener)
    : pad_(GST_PAD(gst_object_ref(pad))), time_zero_(time_zero), listener_(std::move(listener)) {
  gst_segment_init(&segment_, GST_FORMAT_TIME);
  constexpr auto kItems =
      static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM |
                                   GST_PAD_PROBE_TYPE_EVENT_FLUSH);
  probe_ = gst_pad_add_probe(pad, kItems, on_item, this, nullptr);
}

PictureTimeline::~PictureTimeline() {
  gst_pad_remove_probe(pad_, probe_);
  gst_object_unref(pad_);
}

void PictureTimeline::release() {
  const std::lock_guard lock(mutex_);
  is_held_ = false;
  changed_.notify_all();
}

void PictureTimeline::finish() {
  GstEvent* end = nullptr;
  {
    const std::lock_guard lock(mutex_);
    is_held_ = false;
    changed_.notify_all();
    if (std::exchange(has_ended_, true)) return;
    end = gst_event_new_eos();
    own_end_ = gst_event_get_seqnum(end);
  }
  gst_pad_push_event(pad_, end);
}

void PictureTimeline::abandon() {
  const std::lock_guard lock(mutex_);
  is_held_ = false;
  has_ended_ = true;
  changed_.notify_all();
}

std::optional<TimeSpan> PictureTimeline::covered() const {
  const std::lock_guard lock(mutex_);
  return covered_;
}

std::size_t PictureTimeline::count() const {
  const std::lock_guard lock(mutex_);
  return count_;
}

bool PictureTimeline::has_ended() const {
  const std::lock_guard lock(mutex_);
  return has_ended_;
}

GstPadProbeReturn PictureTimeline::on_item(GstPad* pad, GstPadProbeInfo* item, gpointer self) {
  auto* timeline = static_cast<PictureTimeline*>(self);
  return guard(GST_PAD_PARENT(pad), GST_PAD_PROBE_DROP, [&] {
    const bool is_buffer = (GST_PAD_PROBE_INFO_TYPE(item) & GST_PAD_PROBE_TYPE_BUFFER) != 0;
    return is_buffer ? timeline->take_buffer(item) : timeline->take_event(item);
  });
}

GstPadProbeReturn PictureTimeline::take_event(GstPadProbeInfo* item) {
  GstEvent* event = GST_PAD_PROBE_INFO_EVENT(item);
  const auto type = GST_EVENT_TYPE(event);
  if (type == GST_EVENT_FLUSH_START || type == GST_EVENT_FLUSH_STOP) {
    const std::lock_guard lock(mutex_);
    is_flushing_ = type == GST_EVENT_FLUSH_START;
    changed_.notify_all();
    return GST_PAD_PROBE_DROP;
  }
  if (type == GST_EVENT_SEGMENT) {
    gst_event_copy_segment(event, &segment_);
    if (std::exchange(has_sent_segment_, true)) return GST_PAD_PROBE_DROP;
    GstSegment plain;
    gst_segment_init(&plain, GST_FORMAT_TIME);
    GST_PAD_PROBE_INFO_DATA(item) = gst_event_new_segment(&plain);
    gst_event_unref(event);
    return GST_PAD_PROBE_OK;
  }
  if (type == GST_EVENT_EOS) return take_end(event);
  return type == GST_EVENT_GAP ? GST_PAD_PROBE_DROP : GST_PAD_PROBE_OK;
}

GstPadProbeReturn PictureTimeline::take_end(GstEvent* event) {
  {
    const std::lock_guard lock(mutex_);
    if (gst_event_get_seqnum(event) == own_end_) return GST_PAD_PROBE_OK;
    if (std::exchange(has_ended_, true)) return GST_PAD_PROBE_DROP;
    if (covered_) return GST_PAD_PROBE_OK;
  }
  listener_.ended_empty();
  return GST_PAD_PROBE_DROP;
}

bool PictureTimeline::wait_for_release() {
  std::unique_lock lock(mutex_);
  if (is_held_ && !std::exchange(has_arrived_, true)) {
    lock.unlock();
    listener_.arrived();
    lock.lock();
  }
  changed_.wait(lock, [this] { return !is_held_ || is_flushing_; });
  return !is_flushing_;
}

// Decoders cut at the GstSegment, but not all do.
std::optional<TimeSpan> PictureTimeline::shown(GstBuffer* buffer) const {
  auto span = span_of(buffer);
  if (!span) {
    const MediaTime next = covered_ ? covered_->end : MediaTime(0);
    return TimeSpan{next, next};
  }
  guint64 begin = 0;
  guint64 end = 0;
  const auto last = span->empty() ? span->begin : span->end;
  if (!gst_segment_clip(&segment_, GST_FORMAT_TIME, to_clock_time(span->begin), to_clock_time(last),
                        &begin, &end)) {
    return std::nullopt;
  }
  const auto time = to_stream_time(segment_, MediaTime(begin));
  if (!time) return std::nullopt;
  // What is shown first begins the timeline; rounding must not put it before.
  const MediaTime from = std::max(*time - time_zero_, MediaTime(0));
  if (covered_ && from < covered_->begin) return std::nullopt;
  return TimeSpan{from, from + MediaDuration(end - begin)};
}

GstPadProbeReturn PictureTimeline::take_buffer(GstPadProbeInfo* item) {
  if (!wait_for_release()) return refuse(item, GST_FLOW_FLUSHING);
  const std::lock_guard lock(mutex_);
  if (has_ended_) return refuse(item, GST_FLOW_EOS);
  const auto span = shown(GST_PAD_PROBE_INFO_BUFFER(item));
  if (!span) return refuse(item, GST_FLOW_OK);
  covered_ = covered_ ? TimeSpan{covered_->begin, std::max(covered_->end, span->end)} : *span;
  ++count_;
  GstBuffer* buffer = gst_buffer_make_writable(GST_PAD_PROBE_INFO_BUFFER(item));
  set_span(buffer, *span);
  if (span->empty()) GST_BUFFER_DURATION(buffer) = GST_CLOCK_TIME_NONE;
  GST_BUFFER_DTS(buffer) = GST_CLOCK_TIME_NONE;
  GST_PAD_PROBE_INFO_DATA(item) = buffer;
  return GST_PAD_PROBE_OK;
}

}  // namespace subtide
