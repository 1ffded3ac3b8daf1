#pragma once

#include <gst/gst.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <variant>

#include "engine/gst/pointer.h"

namespace subtide {

/// What leaves tidecues by its source pad: at once, or by a thread of the pad's own, so that
/// neither of two streams that come in waits for what follows the element, or for the other.
///
/// Owner:   the element; the pad outlives it. With a thread it keeps what has not left yet, without
///          limit: text is small.
/// Threads: push() from any, one at a time where the order counts; the rest from state changes and
///          flushes.
/// Errors:  push() gives the flow of what left last; flushing while it is stopped.
class CueOutlet {
 public:
  explicit CueOutlet(GstPad* src) : src_(src) {}

  GstFlowReturn push(BufferPtr buffer);
  bool push(EventPtr event);

  /// From here on a thread of the pad carries out what is pushed.
  void start_thread();
  /// Ends it, and forgets what has not left. False where the thread did not end.
  bool end_thread();

  /// Pass on the events of a flush. Between the two a thread rests, and what it had is forgotten.
  bool begin_flush(EventPtr event);
  bool end_flush(EventPtr event);
  bool has_thread() const;

 private:
  enum class State { kDirect, kRunning, kStopped };

  void stop();
  GstFlowReturn put(std::variant<EventPtr, BufferPtr> item);
  void carry_next();

  GstPad* const src_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::variant<EventPtr, BufferPtr>> items_;
  State state_ = State::kDirect;
  GstFlowReturn flow_ = GST_FLOW_OK;
};

}  // namespace subtide
