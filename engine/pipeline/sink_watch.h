#pragma once

#include <gst/gst.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <optional>

#include "engine/base/media_time.h"

namespace subtide {

/// Sees how far the sinks of a bin have come, by what reaches their pads.
///
/// Time:    PTS at the sinks; the latest time that all of their pads have reached.
/// Owner:   the caller; must outlive the bin's activity. Threads: any.
/// Errors:  none.
class SinkWatch {
 public:
  explicit SinkWatch(GstBin* bin);

  /// Nothing before each pad has seen a time.
  std::optional<MediaTime> position() const;
  /// Grows with everything that arrives.
  std::uint64_t activity() const { return activity_; }

 private:
  struct Watched {
    SinkWatch* watch = nullptr;
    std::atomic<MediaTime::rep> reached = MediaTime::min().count();
  };
  static void watch_pads(const GValue* sink, gpointer self);
  static gboolean watch_pad(GstElement* sink, GstPad* pad, gpointer self);
  static GstPadProbeReturn on_item(GstPad* pad, GstPadProbeInfo* item, gpointer watched);

  std::deque<Watched> pads_;
  std::atomic<std::uint64_t> activity_ = 0;
};

}  // namespace subtide
