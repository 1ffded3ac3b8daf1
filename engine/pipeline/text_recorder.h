#pragma once

#include <gst/gst.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "engine/gst/pointer.h"
#include "engine/pipeline/text_record.h"

namespace subtide {

/// Listens at a pad that text comes out of.
///
/// Keeps the phrases until they are taken, and, when asked to record, everything that passes.
/// A stream that cannot be recorded (flushed, several segments, text of other elements, or larger
/// than memory should hold) has no record.
///
/// Time:    the pad's own timeline (PTS).
/// Owner:   the caller; must outlive the pad's activity.
/// Threads: the pad's streaming thread writes, the caller's takes.
class TextRecorder {
 public:
  enum class Mode { kPhrases, kAll };
  /// `on_end` comes from the streaming thread, when the stream ended and before its end goes on.
  TextRecorder(PadPtr pad, Mode mode, std::function<void()> on_end);
  ~TextRecorder();
  TextRecorder(const TextRecorder&) = delete;
  TextRecorder& operator=(const TextRecorder&) = delete;

  /// What came since the last time.
  std::vector<RecordedPhrase> take_phrases();
  /// The whole stream's items and segment; nothing before its end. Once.
  std::optional<TextRecord> take_record();

 private:
  static GstPadProbeReturn on_item(GstPad* pad, GstPadProbeInfo* item, gpointer self);
  void take(GstBuffer* buffer);
  void take(GstEvent* event);
  void take_segment(GstEvent* event);
  void add(RecordedItem item, std::size_t size);
  void give_up();

  const PadPtr pad_;
  const std::function<void()> on_end_;
  gulong probe_ = 0;
  std::mutex mutex_;  ///< guards all below
  std::vector<RecordedPhrase> phrases_;
  std::optional<TextRecord> record_;
  bool has_segment_ = false;
  bool has_ended_ = false;
  std::size_t size_ = 0;
};

}  // namespace subtide
