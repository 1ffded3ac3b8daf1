#include "elements/ingest/output_stream.h"

#include <algorithm>
#include <utility>

#include "engine/gst/clock_time.h"
#include "engine/gst/epoch_event.h"
#include "engine/gst/guard.h"

namespace subtide {
namespace {

constexpr MediaDuration kSilence = std::chrono::milliseconds(250);  // in one buffer
constexpr MediaDuration kMostQueued = std::chrono::seconds(2);
constexpr MediaDuration kMostQueuedForOthers = std::chrono::seconds(20);
constexpr std::size_t kMostItems = 20'000;
constexpr std::chrono::milliseconds kLook{50};

std::optional<MediaTime> time_of(GstBuffer* buffer) {
  const auto dts = to_media_time(GST_BUFFER_DTS(buffer));
  return dts ? dts : to_media_time(GST_BUFFER_PTS(buffer));
}

}  // namespace

void OutputStart::begin(MediaTime first) {
  const std::lock_guard lock(mutex_);
  if (begun_) return;
  begun_ = std::chrono::steady_clock::now();
  first_ = first;
  const GstPtr<GstClock> clock(gst_element_get_clock(element_));
  if (!clock) return;
  const GstClockTime now = gst_clock_get_time(clock.get());
  const GstClockTime base = gst_element_get_base_time(element_);
  const GstClockTime ahead = to_clock_time(first);
  if (now > base + ahead) base_ = now - base - ahead;
}

GstClockTime OutputStart::running_base() const {
  const std::lock_guard lock(mutex_);
  return base_;
}

SteadyTime OutputStart::due(MediaTime time) const {
  const std::lock_guard lock(mutex_);
  if (!begun_) return std::chrono::steady_clock::now();
  return *begun_ + std::chrono::duration_cast<SteadyTime::duration>(time - first_);
}

OutputStream::OutputStream(GstPad* pad, OutputStart& start, Pace pace)
    : pad_(own_object(pad)), start_(start), pace_(pace) {
  gst_pad_set_element_private(pad, this);
  gst_pad_set_activatemode_function(pad, activate);
}

OutputStream::~OutputStream() { gst_pad_set_active(pad_.get(), FALSE); }

gboolean OutputStream::activate(GstPad* pad, GstObject*, GstPadMode mode, gboolean is_active) {
  auto* self = static_cast<OutputStream*>(gst_pad_get_element_private(pad));
  if (mode != GST_PAD_MODE_PUSH) return FALSE;
  {
    const std::lock_guard lock(self->mutex_);
    self->is_stopped_ = is_active == FALSE;
  }
  self->changed_.notify_all();
  if (is_active != FALSE) return gst_pad_start_task(pad, run, self, nullptr);
  return gst_pad_stop_task(pad);
}

void OutputStream::put(Item item, std::optional<MediaTime> time) {
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back({std::move(item), time});
  }
  changed_.notify_all();
}

void OutputStream::begin_with(const GstCaps* caps) {
  const GstStructure* form = gst_caps_get_structure(caps, 0);
  rate_ = 0;
  int channels = 0;
  if (gst_structure_has_name(form, "audio/x-raw") &&
      gst_structure_get_int(form, "channels", &channels)) {
    gst_structure_get_int(form, "rate", &rate_);
    frame_bytes_ = channels * static_cast<int>(sizeof(std::int16_t));
  }
}

void OutputStream::put_caps(GstCaps* caps) {
  begin_with(caps);
  put(EventPtr(gst_event_new_caps(caps)), {});
}

void OutputStream::put_epoch(const Epoch& epoch) { put(make_event(epoch), {}); }

void OutputStream::put_buffer(BufferPtr buffer) {
  const auto time = time_of(buffer.get());
  put(std::move(buffer), time);
}

void OutputStream::put_gap(TimeSpan span) {
  put(EventPtr(gst_event_new_gap(to_clock_time(span.begin), to_clock_time(span.duration()))),
      span.begin);
}

void OutputStream::put_silence(TimeSpan span) {
  if (rate_ <= 0) return put_gap(span);
  while (!span.empty()) {
    const MediaTime end = std::min(span.end, span.begin + kSilence);
    const std::int64_t frames = (end - span.begin).count() * rate_ / 1'000'000'000;
    if (frames == 0) return;
    const auto bytes = static_cast<gsize>(frames * frame_bytes_);
    BufferPtr buffer(gst_buffer_new_allocate(nullptr, bytes, nullptr));
    gst_buffer_memset(buffer.get(), 0, 0, bytes);
    GST_BUFFER_PTS(buffer.get()) = to_clock_time(span.begin);
    GST_BUFFER_DURATION(buffer.get()) = to_clock_time(end - span.begin);
    put_buffer(std::move(buffer));
    span.begin = end;
  }
}

void OutputStream::put_end() { put(EventPtr(gst_event_new_eos()), {}); }

bool OutputStream::wait_for_room(const std::atomic<bool>& is_cut) {
  std::unique_lock lock(mutex_);
  const auto has_room = [this] {
    if (queue_.size() >= kMostItems) return false;
    std::optional<MediaTime> first;
    std::optional<MediaTime> last;
    for (auto it = queue_.begin(); it != queue_.end() && !first; ++it) first = it->time;
    for (auto it = queue_.rbegin(); it != queue_.rend() && !last; ++it) last = it->time;
    if (!first || *last - *first < kMostQueued) return true;
    const bool helps_others = pace_ == Pace::kAsItComes && start_.hungry > 0;
    return helps_others && *last - *first < kMostQueuedForOthers;
  };
  // Other pads' hunger wakes nobody here: it is looked at now and then.
  while (!changed_.wait_for(lock, kLook, [&] { return is_cut || is_stopped_ || has_room(); })) {
  }
  return !is_cut && !is_stopped_;
}

void OutputStream::wake() {
  { const std::lock_guard lock(mutex_); }
  changed_.notify_all();
}

void OutputStream::set_playing(bool is_playing) {
  {
    const std::lock_guard lock(mutex_);
    is_playing_ = is_playing;
  }
  changed_.notify_all();
}

bool OutputStream::wait_until_due(std::unique_lock<std::mutex>& lock, MediaTime time) {
  while (!is_stopped_) {
    const SteadyTime due = start_.due(time);
    if (std::chrono::steady_clock::now() >= due) return true;
    changed_.wait_until(lock, due);
  }
  return false;
}

std::optional<OutputStream::Item> OutputStream::next() {
  std::unique_lock lock(mutex_);
  if (queue_.empty()) {
    ++start_.hungry;
    changed_.wait(lock, [this] { return is_stopped_ || !queue_.empty(); });
    --start_.hungry;
  }
  changed_.wait(lock, [this] { return is_stopped_ || is_playing_; });
  if (is_stopped_) return std::nullopt;
  const auto time = queue_.front().time;
  if (time) {
    start_.begin(*time);
    if (pace_ == Pace::kByTheClock && !wait_until_due(lock, *time)) return std::nullopt;
  }
  Item item = std::move(queue_.front().item);
  queue_.pop_front();
  lock.unlock();
  changed_.notify_all();
  return item;
}

// Its base is known with the first item that has a time.
void OutputStream::push_segment() {
  if (std::exchange(has_segment_, true)) return;
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  segment.base = start_.running_base();
  gst_pad_push_event(pad_.get(), gst_event_new_segment(&segment));
  if (early_) gst_pad_push_event(pad_.get(), early_.release());
}

void OutputStream::push_event(EventPtr event) {
  const GstEventType type = GST_EVENT_TYPE(event.get());
  if (type == GST_EVENT_CUSTOM_DOWNSTREAM_STICKY && !has_segment_) {
    early_ = std::move(event);
    return;
  }
  if (type != GST_EVENT_CAPS) push_segment();
  gst_pad_push_event(pad_.get(), event.release());
  if (type == GST_EVENT_EOS) gst_pad_pause_task(pad_.get());
}

void OutputStream::push(Item item) {
  if (auto* event = std::get_if<EventPtr>(&item)) {
    push_event(std::move(*event));
    return;
  }
  push_segment();
  gst_pad_push(pad_.get(), std::get<BufferPtr>(item).release());
}

void OutputStream::run(gpointer raw) {
  auto* self = static_cast<OutputStream*>(raw);
  const ElementPtr element(gst_pad_get_parent_element(self->pad()));
  guard(element.get(), [&] {
    auto item = self->next();
    if (item) {
      self->push(std::move(*item));
    } else {
      gst_pad_pause_task(self->pad());
    }
  });
}

}  // namespace subtide
