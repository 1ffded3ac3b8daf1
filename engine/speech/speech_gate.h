#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "engine/base/media_time.h"
#include "engine/base/result.h"
#include "engine/speech/speech_segment.h"

namespace subtide {

struct SpeechGateOptions {
  float threshold = 0.5F;                                         ///< speech begins at or above it
  float negative_threshold = 0.35F;                               ///< silence is counted below it
  MediaDuration minimum_speech = std::chrono::milliseconds(250);  ///< shorter speech is dropped
  MediaDuration minimum_silence =
      std::chrono::milliseconds(500);                       ///< shorter silence is kept inside
  MediaDuration padding = std::chrono::milliseconds(150);   ///< added before and after
  MediaDuration maximum_speech = std::chrono::seconds(28);  ///< longer speech is split
};

/// What a detector window told: a segment that began, or one that ended; one of the two is set.
struct GateDecision {
  std::optional<MediaTime> started;    ///< padded start; told once minimum_speech was heard
  std::optional<SpeechSegment> ended;  ///< padded span
};

/// Turns speech probabilities, one per detector window, into speech segments.
///
/// It holds times, not audio: a segment names a span and the caller keeps the samples. Segments are
/// in order and never overlap: padding stops half way to the neighbour, and never reaches before
/// the first window's begin. A segment whose padded span would grow past `maximum_speech` is split
/// where the probability was lowest in its last third, at most 2.5 s back; the next one starts
/// where the former ended.
///
/// Time:    `MediaTime` on the stream's own timeline. Windows arrive in order and touch; after a
///          jump call finish() first.
/// Owner:   the caller; movable, not copyable.
/// Threads: starts none and takes no lock; use from one thread at a time.
/// Errors:  create() refuses bad options (kInvalidArgument). Nothing else can fail.
/// Source:  two thresholds, as in Silero VAD's get_speech_timestamps.
class SpeechGate {
 public:
  static Result<SpeechGate> create(const SpeechGateOptions& options);
  SpeechGate(SpeechGate&&) = default;
  SpeechGate& operator=(SpeechGate&&) = default;

  /// Adds one window and its `probability` of speech (0..1); says what it decided, in order of
  /// time.
  std::vector<GateDecision> push(TimeSpan window, float probability);

  /// Ends the stream, or the stretch before a jump: closes an open segment (kEnd). A segment that
  /// had ended already, but was not told yet, comes now.
  std::optional<SpeechSegment> finish();

  /// An event about time T is told at the latest when the window that holds T + decision_delay()
  /// has been pushed: the longer of 2 padding + minimum_speech + minimum_silence (starts and ends)
  /// and of how far a split looks back, and two detector windows.
  MediaDuration decision_delay() const;

 private:
  struct Heard {
    TimeSpan window;
    float probability;
  };
  /// Speech that has begun and has not ended yet; all times before padding.
  struct Open {
    MediaTime begin;       ///< padded
    MediaTime raw_begin;   ///< where the probability crossed the threshold
    bool is_told = false;  ///< minimum_speech was heard
    std::optional<MediaTime> silence_begin;
    std::deque<Heard> recent;  ///< where a split may fall
  };
  /// An end whose padding depends on what comes next.
  struct Closing {
    MediaTime begin;
    MediaTime raw_end;
  };

  explicit SpeechGate(const SpeechGateOptions& options) : options_(options) {}
  MediaDuration split_look_back() const;
  MediaTime padded_begin(MediaTime raw_begin) const;
  void begin_or_go_on(TimeSpan window);
  void tell_start(MediaTime heard_to, std::vector<GateDecision>& decisions);
  void end_after_silence(TimeSpan window, std::vector<GateDecision>& decisions);
  void split_if_too_long(TimeSpan window, std::vector<GateDecision>& decisions);
  void settle_closing(MediaTime now, std::vector<GateDecision>& decisions);
  SpeechSegment closed_segment(MediaTime latest_end) const;
  void settle_before_neighbour(std::vector<GateDecision>& decisions);

  SpeechGateOptions options_;
  std::optional<MediaTime> stream_begin_;
  MediaTime stream_end_{0};
  std::optional<Open> open_;
  std::optional<Closing> closing_;
  MediaTime last_raw_end_ = MediaTime::min();
};

}  // namespace subtide
