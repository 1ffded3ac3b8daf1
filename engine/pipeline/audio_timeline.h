#pragma once

#include <gst/audio/audio.h>
#include <gst/gst.h>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>

#include "engine/base/media_time.h"
#include "engine/pipeline/audio_range.h"

namespace subtide {

/// Puts decoded audio that passes a pad onto the file's own timeline: afterwards PTS, stream time
/// and the file's time, counted from an origin, are one.
///
/// It holds the first buffer until release(), so that a seek can be made before anything went on;
/// flushes of that seek end here. The stream ends once: at the wanted range's end, at the first
/// EOS, or by finish(), whichever comes first.
///
/// Owner:   the caller; must outlive the pad's activity.
/// Threads: create and call from the application's thread; works in the pad's streaming thread.
/// Errors:  none; a buffer without time continues the one before.
class AudioTimeline {
 public:
  struct Listener {
    std::function<void()> audio_arrived;  ///< the first buffer waits for release()
    /// The stream is about to end. Gives an event to send first, or null.
    std::function<GstEvent*()> ending;
    std::function<void()> ended_empty;  ///< the end came before any wanted audio; it is not sent
  };

  /// `origin`: the file's time that becomes PTS 0.
  AudioTimeline(GstPad* pad, TimeSpan wanted, Listener listener, MediaTime origin = MediaTime(0));
  ~AudioTimeline();
  AudioTimeline(const AudioTimeline&) = delete;
  AudioTimeline& operator=(const AudioTimeline&) = delete;

  /// Asks upstream to go on from `time` of the file; call before release(). False: it cannot.
  bool seek(MediaTime time);
  void release();
  /// Ends the stream now; may wait until downstream has room.
  void finish();
  /// Lets go of what waits and nothing more through: before the pad is taken down.
  void abandon();

  std::optional<TimeSpan> covered() const;
  MediaDuration shift() const;
  MediaDuration repeated() const;
  bool has_ended() const;

 private:
  static GstPadProbeReturn on_item(GstPad* pad, GstPadProbeInfo* item, gpointer self);
  GstPadProbeReturn take_event(GstPadProbeInfo* item);
  GstPadProbeReturn take_end(GstEvent* event);
  GstPadProbeReturn take_buffer(GstPadProbeInfo* item);
  GstPadProbeReturn refuse(GstPadProbeInfo* item, GstFlowReturn flow);
  bool wait_for_release();
  std::optional<TimeSpan> file_span(GstBuffer* buffer);
  GstBuffer* trimmed(GstBuffer* buffer, const AudioCut& cut) const;
  void end_stream();

  GstPad* pad_;
  gulong probe_ = 0;
  const Listener listener_;
  const MediaTime origin_;
  GstAudioInfo format_;
  GstSegment segment_;
  bool has_sent_segment_ = false;
  std::optional<MediaTime> next_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  AudioRange range_;
  bool is_held_ = true;
  bool has_arrived_ = false;
  bool is_flushing_ = false;
  bool has_ended_ = false;
  std::optional<guint32> own_end_;  ///< the number of the EOS that end_stream() sends
};

}  // namespace subtide
