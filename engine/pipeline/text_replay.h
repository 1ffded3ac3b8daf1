#pragma once

#include <gst/gst.h>

#include <mutex>
#include <optional>
#include <thread>

#include "engine/gst/pointer.h"
#include "engine/pipeline/text_record.h"

namespace subtide {

/// Pushes a recorded text into a pad, as the recogniser did that it stands for.
///
/// Time:    the record's timeline.
/// Owner:   the caller; ended when the pad's element is down, else the destructor waits for that.
/// Threads: one of its own from start() on.
class TextReplay {
 public:
  TextReplay(TextRecord record, PadPtr sink);
  ~TextReplay();
  TextReplay(const TextReplay&) = delete;
  TextReplay& operator=(const TextReplay&) = delete;

  /// Once the pad's element runs.
  void start();
  const TextRecord& record() const { return record_; }
  /// What went out so far.
  std::optional<TimeSpan> covered() const;

 private:
  void push_all();
  bool push(const RecordedPhrase& phrase);
  bool push(const RecordedEvent& event);
  bool push(const RecordedTags& tags);
  bool push(const RecordedSilence& silence);
  bool push_head();
  bool push_event(GstEvent* event);
  void cover(TimeSpan span);

  const TextRecord record_;
  const PadPtr pad_;
  mutable std::mutex mutex_;  ///< guards covered_
  std::optional<TimeSpan> covered_;
  std::jthread thread_;
};

}  // namespace subtide
