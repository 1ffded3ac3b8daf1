#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "elements/transcribe/window_transcriber.h"
#include "engine/base/media_time.h"
#include "engine/base/result.h"
#include "engine/gst/live_notices.h"
#include "engine/speech/commit_policy.h"
#include "engine/speech/erasure_meter.h"
#include "engine/speech/live_windows.h"
#include "engine/speech/load_shedder.h"

namespace subtide {

using LiveClock = std::chrono::steady_clock;

struct LiveRecognitionOptions {
  LiveWindowsOptions windows;
  CommitOptions commit;
  ShedOptions shed;
  bool is_punctuated = false;  ///< by the model
};

/// What goes out after a decode, a skipped window, a boundary or a second of waiting.
struct LiveText {
  TranscribedWindow window;            ///< phrases and gaps, and the figures of the decode
  std::optional<MediaTime> watermark;  ///< no text will come before this
  std::optional<PartialText> partial;
  std::optional<CommitNotice> commit;
};

/// A live stream's recognition without its models and threads: audio and speech events in; windows
/// to decode out; their words in, committed phrases out.
///
/// Time:    media time; `now` is a steady clock's, for the measure of delays alone.
/// Owner:   the caller; movable. Memory: as LiveWindows, whose finals are kept to the shed budget.
/// Threads: one at a time; the element keeps it under a lock. Errors: create() as its parts.
class LiveRecognition {
 public:
  static Result<LiveRecognition> create(const LiveRecognitionOptions& options);

  LiveWindows& windows() { return windows_; }
  const LiveWindows& windows() const { return windows_; }

  /// After audio came: sheds load where it must. What changed is in take_changes().
  void watch_load();
  std::vector<ShedChange> take_changes() { return std::exchange(changes_, {}); }

  /// How `window` is to be decoded.
  LiveOrder order(const LiveWindow& window, LiveClock::time_point now) const;

  LiveText decoded(const LiveDecode& decode, LiveClock::time_point now);
  LiveText skipped(TimeSpan span);
  /// Text before `time` has nothing to do with text behind it, once boundary() is asked for.
  void expect_boundary(MediaTime time) { boundaries_.push_back(time); }
  /// Nothing is left open before the oldest boundary that was expected.
  LiveText boundary();
  /// Time passed: what is old is committed without a decode.
  LiveText tick();
  /// Time begins anew: after SEGMENT.
  void restart_time() { commits_.reset(); }
  /// Forgets everything: after a flush.
  void reset();

  std::optional<MediaTime> watermark() const;

 private:
  LiveRecognition(LiveWindows windows, CommitPolicy commits, LoadShedder shedder,
                  const LiveRecognitionOptions& options);
  void apply(const ShedChange& change);
  LiveText text_of(CommitUpdate update, const CommitDelay& basis, MediaTime edge);
  void give_up(LiveText& text, TimeSpan span, MediaTime from, const std::string& reason);

  LiveWindows windows_;
  CommitPolicy commits_;
  LoadShedder shedder_;
  ErasureMeter erasure_;
  MediaDuration step_;
  MediaDuration maximum_;
  bool is_punctuated_;
  std::string language_;
  std::vector<Word> shown_;  ///< the last partial
  std::uint64_t revision_ = 0;
  std::vector<ShedChange> changes_;
  std::deque<MediaTime> boundaries_;  ///< not reached yet
};

}  // namespace subtide
