#pragma once

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

/// What a detector window told: a segment that began, or one that ended, or both.
struct GateDecision {
  std::optional<MediaTime> started;    ///< padded start; told once minimum_speech was heard
  std::optional<SpeechSegment> ended;  ///< padded span
};

/// Turns speech probabilities, one per detector window, into speech segments.
///
/// It holds times, not audio: a segment names a span and the caller keeps the samples. Segments are
/// in order and never overlap: padding stops half way to the neighbour, and never reaches before
/// the first window's begin. Too long speech is split where the probability was lowest in its last
/// third; the next segment starts where the former ended.
///
/// Time:    `MediaTime` on the stream's own timeline. Windows arrive in order and touch; after a
/// jump
///          call finish() first.
/// Owner:   the caller; movable, not copyable.
/// Threads: starts none and takes no lock; use from one thread at a time.
/// Errors:  create() refuses bad options (kInvalidArgument). Nothing else can fail.
/// Source:  two thresholds, as in Silero VAD's get_speech_timestamps.
class SpeechGate {
 public:
  static Result<SpeechGate> create(const SpeechGateOptions& options);

  /// Adds one window and its `probability` of speech (0..1); says what it decided, in order of
  /// time.
  std::vector<GateDecision> push(TimeSpan window, float probability);

  /// Ends the stream, or the stretch before a jump: closes an open segment (kEnd).
  std::optional<SpeechSegment> finish();

  /// An event about time T is told at the latest when the window that holds T + decision_delay()
  /// has been pushed.
  MediaDuration decision_delay() const;

 private:
  explicit SpeechGate(const SpeechGateOptions& options);
  SpeechGateOptions options_;
};

}  // namespace subtide
