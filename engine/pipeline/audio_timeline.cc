#include "engine/pipeline/audio_timeline.h"

#include <algorithm>
#include <utility>

#include "engine/gst/clock_time.h"
#include "engine/gst/guard.h"
#include "engine/gst/pointer.h"

namespace subtide {
namespace {

std::size_t to_samples(MediaDuration duration, int rate) {
  return static_cast<std::size_t>(
      gst_util_uint64_scale_round(to_clock_time(duration), static_cast<guint64>(rate), GST_SECOND));
}

GstEvent* plain_segment() {
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  return gst_event_new_segment(&segment);
}

}  // namespace

AudioTimeline::AudioTimeline(GstPad* pad, TimeSpan wanted, Listener listener, MediaTime origin)
    : pad_(GST_PAD(gst_object_ref(pad))),
      listener_(std::move(listener)),
      origin_(origin),
      range_(wanted) {
  gst_audio_info_init(&format_);
  gst_segment_init(&segment_, GST_FORMAT_TIME);
  constexpr auto kItems =
      static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM |
                                   GST_PAD_PROBE_TYPE_EVENT_FLUSH);
  probe_ = gst_pad_add_probe(pad, kItems, on_item, this, nullptr);
}

AudioTimeline::~AudioTimeline() {
  gst_pad_remove_probe(pad_, probe_);
  gst_object_unref(pad_);
}

void AudioTimeline::release() {
  const std::lock_guard lock(mutex_);
  is_held_ = false;
  changed_.notify_all();
}

void AudioTimeline::finish() {
  {
    const std::lock_guard lock(mutex_);
    is_held_ = false;
    changed_.notify_all();
    if (std::exchange(has_ended_, true)) return;
  }
  end_stream();
}

void AudioTimeline::abandon() {
  const std::lock_guard lock(mutex_);
  is_held_ = false;
  has_ended_ = true;
  changed_.notify_all();
}

std::optional<TimeSpan> AudioTimeline::covered() const {
  const std::lock_guard lock(mutex_);
  return range_.covered();
}

MediaDuration AudioTimeline::shift() const {
  const std::lock_guard lock(mutex_);
  return range_.shift();
}

MediaDuration AudioTimeline::repeated() const {
  const std::lock_guard lock(mutex_);
  return range_.repeated();
}

bool AudioTimeline::has_ended() const {
  const std::lock_guard lock(mutex_);
  return has_ended_;
}

GstPadProbeReturn AudioTimeline::on_item(GstPad* pad, GstPadProbeInfo* item, gpointer self) {
  auto* timeline = static_cast<AudioTimeline*>(self);
  return guard(GST_PAD_PARENT(pad), GST_PAD_PROBE_DROP, [&] {
    const bool is_buffer = (GST_PAD_PROBE_INFO_TYPE(item) & GST_PAD_PROBE_TYPE_BUFFER) != 0;
    return is_buffer ? timeline->take_buffer(item) : timeline->take_event(item);
  });
}

GstPadProbeReturn AudioTimeline::take_event(GstPadProbeInfo* item) {
  GstEvent* event = GST_PAD_PROBE_INFO_EVENT(item);
  const auto type = GST_EVENT_TYPE(event);
  if (type == GST_EVENT_FLUSH_START || type == GST_EVENT_FLUSH_STOP) {
    const std::lock_guard lock(mutex_);
    is_flushing_ = type == GST_EVENT_FLUSH_START;
    next_.reset();
    changed_.notify_all();
    return GST_PAD_PROBE_DROP;
  }
  if (type == GST_EVENT_CAPS) {
    GstCaps* caps = nullptr;
    gst_event_parse_caps(event, &caps);
    gst_audio_info_from_caps(&format_, caps);
    return GST_PAD_PROBE_OK;
  }
  if (type == GST_EVENT_SEGMENT) {
    gst_event_copy_segment(event, &segment_);
    if (std::exchange(has_sent_segment_, true)) return GST_PAD_PROBE_DROP;
    GST_PAD_PROBE_INFO_DATA(item) = plain_segment();
    gst_event_unref(event);
    return GST_PAD_PROBE_OK;
  }
  if (type == GST_EVENT_EOS) return take_end(event);
  return type == GST_EVENT_GAP ? GST_PAD_PROBE_DROP : GST_PAD_PROBE_OK;
}

GstPadProbeReturn AudioTimeline::take_end(GstEvent* event) {
  {
    const std::lock_guard lock(mutex_);
    if (gst_event_get_seqnum(event) == own_end_) return GST_PAD_PROBE_OK;
    if (std::exchange(has_ended_, true)) return GST_PAD_PROBE_DROP;
  }
  if (!covered()) {
    listener_.ended_empty();
    return GST_PAD_PROBE_DROP;
  }
  if (GstEvent* last = listener_.ending()) gst_pad_push_event(pad_, last);
  return GST_PAD_PROBE_OK;
}

GstPadProbeReturn AudioTimeline::refuse(GstPadProbeInfo* item, GstFlowReturn flow) {
  gst_buffer_unref(GST_PAD_PROBE_INFO_BUFFER(item));
  GST_PAD_PROBE_INFO_DATA(item) = nullptr;
  GST_PAD_PROBE_INFO_FLOW_RETURN(item) = flow;
  return GST_PAD_PROBE_HANDLED;
}

bool AudioTimeline::wait_for_release() {
  std::unique_lock lock(mutex_);
  if (is_held_ && !std::exchange(has_arrived_, true)) {
    lock.unlock();
    listener_.audio_arrived();
    lock.lock();
  }
  changed_.wait(lock, [this] { return !is_held_ || is_flushing_; });
  return !is_flushing_;
}

std::optional<TimeSpan> AudioTimeline::file_span(GstBuffer* buffer) {
  if (format_.rate <= 0 || format_.bpf <= 0) return std::nullopt;
  const auto samples = gst_buffer_get_size(buffer) / static_cast<gsize>(format_.bpf);
  const MediaDuration length(
      gst_util_uint64_scale_round(samples, GST_SECOND, static_cast<guint64>(format_.rate)));
  auto begin = to_media_time(GST_BUFFER_PTS(buffer));
  if (begin) begin = to_stream_time(segment_, *begin);
  if (!begin) begin = next_.value_or(MediaTime(0));
  // What lies before the GstSegment is for decoding only: an edit list hides it.
  next_ = *begin + length;
  return TimeSpan{*begin, *next_};
}

GstBuffer* AudioTimeline::trimmed(GstBuffer* buffer, const AudioCut& cut) const {
  const auto bytes = static_cast<gsize>(format_.bpf);
  const std::size_t total = gst_buffer_get_size(buffer) / bytes;
  const std::size_t front = std::min(to_samples(cut.front, format_.rate), total);
  const std::size_t back = std::min(to_samples(cut.back, format_.rate), total - front);
  GstBuffer* result = buffer;
  if (front + back > 0) {
    result = gst_audio_buffer_truncate(buffer, format_.bpf, front, total - front - back);
  }
  result = gst_buffer_make_writable(result);
  const MediaTime begin = cut.begin - origin_;
  set_span(
      result,
      {begin, begin + MediaDuration(gst_util_uint64_scale_round(
                          total - front - back, GST_SECOND, static_cast<guint64>(format_.rate)))});
  GST_BUFFER_DTS(result) = GST_CLOCK_TIME_NONE;
  return result;
}

GstPadProbeReturn AudioTimeline::take_buffer(GstPadProbeInfo* item) {
  if (!wait_for_release()) return refuse(item, GST_FLOW_FLUSHING);
  GstBuffer* buffer = GST_PAD_PROBE_INFO_BUFFER(item);
  AudioCut cut;
  {
    const std::lock_guard lock(mutex_);
    if (has_ended_) return refuse(item, GST_FLOW_EOS);
    const auto span = file_span(buffer);
    if (!span) return refuse(item, GST_FLOW_OK);
    cut = range_.push(*span);
    if (!cut.is_kept && cut.is_end) has_ended_ = true;
  }
  if (!cut.is_kept) {
    if (cut.is_end) end_stream();
    return refuse(item, cut.is_end ? GST_FLOW_EOS : GST_FLOW_OK);
  }
  GST_PAD_PROBE_INFO_DATA(item) = trimmed(buffer, cut);
  return GST_PAD_PROBE_OK;
}

void AudioTimeline::end_stream() {
  if (GstEvent* last = listener_.ending()) gst_pad_push_event(pad_, last);
  GstEvent* end = gst_event_new_eos();
  {
    const std::lock_guard lock(mutex_);
    own_end_ = gst_event_get_seqnum(end);
  }
  gst_pad_push_event(pad_, end);
}

bool AudioTimeline::seek(MediaTime time) {
  return gst_pad_send_event(
             pad_, gst_event_new_seek(
                       1.0, GST_FORMAT_TIME,
                       static_cast<GstSeekFlags>(GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_ACCURATE),
                       GST_SEEK_TYPE_SET, time.count(), GST_SEEK_TYPE_SET, -1)) != FALSE;
}

}  // namespace subtide
