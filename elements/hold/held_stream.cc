#include "elements/hold/held_stream.h"

#include <utility>

#include "engine/gst/clock_time.h"

namespace subtide {
namespace {

std::optional<TimeSpan> span_of(const HeldStream::Item& item) {
  if (const auto* event = std::get_if<EventPtr>(&item)) {
    const bool is_gap = GST_EVENT_TYPE(event->get()) == GST_EVENT_GAP;
    return is_gap ? span_of_gap(event->get()) : std::nullopt;
  }
  GstBuffer* buffer = std::get<BufferPtr>(item).get();
  const auto decoded = to_media_time(GST_BUFFER_DTS(buffer));
  const auto begin = decoded ? decoded : to_media_time(GST_BUFFER_PTS(buffer));
  if (!begin) return std::nullopt;
  const auto length = to_media_time(GST_BUFFER_DURATION(buffer)).value_or(MediaDuration(0));
  return TimeSpan{*begin, *begin + length};
}

bool is_end(const HeldStream::Item& item) {
  const auto* event = std::get_if<EventPtr>(&item);
  return event != nullptr && GST_EVENT_TYPE(event->get()) == GST_EVENT_EOS;
}

}  // namespace

void HeldStream::start(MediaDuration hold, MediaDuration most) {
  const std::lock_guard lock(mutex_);
  line_ = HoldLine(hold, most);
  items_.clear();
  flow_ = GST_FLOW_OK;
  is_running_ = true;
}

void HeldStream::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_running_ = false;
    flow_ = GST_FLOW_FLUSHING;
    items_.clear();
  }
  changed_.notify_all();
}

GstFlowReturn HeldStream::put(Item item) {
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return flow_ != GST_FLOW_OK || !line_.is_full(); });
    if (flow_ != GST_FLOW_OK) return flow_;
    line_.put(span_of(item));
    if (is_end(item)) line_.end();
    items_.push_back(std::move(item));
  }
  changed_.notify_all();
  return GST_FLOW_OK;
}

std::optional<HeldStream::Item> HeldStream::next() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !is_running_ || line_.may_go(); });
  if (!is_running_) return std::nullopt;
  Item item = std::move(items_.front());
  items_.pop_front();
  line_.take();
  lock.unlock();
  changed_.notify_all();
  return item;
}

void HeldStream::set_flow(GstFlowReturn flow) {
  {
    const std::lock_guard lock(mutex_);
    if (is_running_) flow_ = flow;
  }
  changed_.notify_all();
}

}  // namespace subtide
