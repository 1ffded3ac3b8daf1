#pragma once

#include <gst/gst.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <variant>

#include "elements/hold/hold_line.h"
#include "engine/gst/pointer.h"

namespace subtide {

/// The buffers and events that wait in tidehold, between its two streaming threads.
///
/// Time:    DTS, or PTS where there is none; of GAP events their own.
/// Owner:   the element.
/// Threads: put() on the one, next() on the other; the rest from any.
/// Errors:  none. Stopped, it takes and gives nothing.
class HeldStream {
 public:
  using Item = std::variant<EventPtr, BufferPtr>;

  /// Begins empty.
  void start(MediaDuration hold, MediaDuration most);
  /// Forgets what waits and wakes who does.
  void stop();

  /// Waits for room. What came behind the end is forgotten. The flow of what goes out; flushing
  /// when it is stopped.
  GstFlowReturn put(Item item);
  /// Waits for what may go on; nothing when it is stopped.
  std::optional<Item> next();
  /// What became of the last buffer: those who put in hear of it.
  void set_flow(GstFlowReturn flow);

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  HoldLine line_{{}, {}};
  std::deque<Item> items_;
  GstFlowReturn flow_ = GST_FLOW_FLUSHING;
  bool is_running_ = false;
};

}  // namespace subtide
