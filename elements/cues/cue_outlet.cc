#include "elements/cues/cue_outlet.h"

#include <utility>

#include "engine/gst/guard.h"

namespace subtide {

GstFlowReturn CueOutlet::push(BufferPtr buffer) {
  return has_thread() ? put(std::move(buffer)) : gst_pad_push(src_, buffer.release());
}

bool CueOutlet::push(EventPtr event) {
  if (has_thread()) return put(std::move(event)) == GST_FLOW_OK;
  return gst_pad_push_event(src_, event.release()) != FALSE;
}

GstFlowReturn CueOutlet::put(std::variant<EventPtr, BufferPtr> item) {
  const std::lock_guard lock(mutex_);
  if (state_ != State::kRunning) return GST_FLOW_FLUSHING;
  if (flow_ != GST_FLOW_OK) return flow_;
  items_.push_back(std::move(item));
  changed_.notify_all();
  return GST_FLOW_OK;
}

void CueOutlet::start_thread() {
  {
    const std::lock_guard lock(mutex_);
    state_ = State::kRunning;
    flow_ = GST_FLOW_OK;
  }
  const auto carry = [](gpointer self) {
    auto* outlet = static_cast<CueOutlet*>(self);
    const ElementPtr element(gst_pad_get_parent_element(outlet->src_));
    guard(element.get(), [outlet] { outlet->carry_next(); });
  };
  gst_pad_start_task(src_, carry, this, nullptr);
}

void CueOutlet::stop() {
  const std::lock_guard lock(mutex_);
  state_ = State::kStopped;
  items_.clear();
  changed_.notify_all();
}

bool CueOutlet::end_thread() {
  if (!has_thread()) return true;
  stop();
  const bool has_ended = gst_pad_stop_task(src_) != FALSE;
  const std::lock_guard lock(mutex_);
  state_ = State::kDirect;
  return has_ended;
}

bool CueOutlet::begin_flush(EventPtr event) {
  const bool rests = has_thread();
  if (rests) stop();
  const bool passed = gst_pad_push_event(src_, event.release()) != FALSE;
  if (rests) gst_pad_pause_task(src_);
  return passed;
}

bool CueOutlet::end_flush(EventPtr event) {
  const bool passed = gst_pad_push_event(src_, event.release()) != FALSE;
  if (has_thread()) start_thread();
  return passed;
}

bool CueOutlet::has_thread() const {
  const std::lock_guard lock(mutex_);
  return state_ != State::kDirect;
}

void CueOutlet::carry_next() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return state_ != State::kRunning || !items_.empty(); });
  if (state_ != State::kRunning) {
    lock.unlock();
    gst_pad_pause_task(src_);
    return;
  }
  auto item = std::move(items_.front());
  items_.pop_front();
  lock.unlock();
  if (auto* event = std::get_if<EventPtr>(&item)) {
    gst_pad_push_event(src_, event->release());
    return;
  }
  const GstFlowReturn flow = gst_pad_push(src_, std::get<BufferPtr>(item).release());
  lock.lock();
  // What a flush interrupted says nothing of what comes behind it.
  if (state_ == State::kRunning) flow_ = flow;
}

}  // namespace subtide
