#pragma once

#include <gst/gst.h>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>

#include "engine/base/media_time.h"

namespace subtide {

/// Puts decoded pictures that pass a pad onto a timeline that begins at the file's time zero:
/// afterwards PTS, stream time and running time are one.
///
/// What an edit list hides is dropped, what it cuts into is shown from the cut on; the spacing of
/// pictures stays as it is, so a varying rate does. It holds the first picture until release(), so
/// that what follows can be made for its format. The stream ends once: at the first EOS, or by
/// finish().
///
/// Owner:   the caller; must outlive the pad's activity.
/// Threads: create and call from the application's thread; works in the pad's streaming thread.
/// Errors:  none; a picture without time is shown where the one before ends.
class PictureTimeline {
 public:
  struct Listener {
    std::function<void()> arrived;      ///< the first picture waits for release()
    std::function<void()> ended_empty;  ///< the end came before any picture; it is not sent
  };

  PictureTimeline(GstPad* pad, MediaTime time_zero, Listener listener);
  ~PictureTimeline();
  PictureTimeline(const PictureTimeline&) = delete;
  PictureTimeline& operator=(const PictureTimeline&) = delete;

  void release();
  /// Ends the stream now; may wait until downstream has room.
  void finish();
  /// Lets go of what waits and nothing more through: before the pad is taken down.
  void abandon();

  /// From time zero.
  std::optional<TimeSpan> covered() const;
  std::size_t count() const;
  bool has_ended() const;

 private:
  static GstPadProbeReturn on_item(GstPad* pad, GstPadProbeInfo* item, gpointer self);
  GstPadProbeReturn take_event(GstPadProbeInfo* item);
  GstPadProbeReturn take_end(GstEvent* event);
  GstPadProbeReturn take_buffer(GstPadProbeInfo* item);
  bool wait_for_release();
  std::optional<TimeSpan> shown(GstBuffer* buffer) const;

  GstPad* pad_;
  gulong probe_ = 0;
  const MediaTime time_zero_;
  const Listener listener_;
  GstSegment segment_;
  bool has_sent_segment_ = false;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<TimeSpan> covered_;
  std::size_t count_ = 0;
  bool is_held_ = true;
  bool has_arrived_ = false;
  bool is_flushing_ = false;
  bool has_ended_ = false;
  std::optional<guint32> own_end_;  ///< the number of the EOS that finish() sends
};

}  // namespace subtide
