#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "engine/base/media_time.h"
#include "engine/base/result.h"
#include "engine/speech/ports.h"
#include "engine/speech/speech_gate.h"

namespace subtide {

/// Finds speech in a stream of audio: cuts it into detector windows, asks the detector for many at
/// once, and lets a gate decide. What it finds does not depend on how the audio was cut.
///
/// Time:    media time of the first sample of each push; a jump of more than 40 ms against the
///          samples so far ends what was open. Without a time the samples follow the last ones.
/// Owner:   the caller; movable. Memory: one batch of audio.
/// Threads: one at a time.
/// Errors:  create(): as SpeechGate, and a batch of 0 windows; push() and finish(): the detector's.
class SpeechFinder {
 public:
  static Result<SpeechFinder> create(std::unique_ptr<DetectorStream> detector,
                                     const SpeechGateOptions& gate, std::size_t batch);

  /// What has been decided by now, in order of time.
  Result<std::vector<GateDecision>> push(std::optional<MediaTime> begin,
                                         std::span<const std::int16_t> samples);

  /// Ends the stream, or the stretch before a jump; may be used again.
  Result<std::vector<GateDecision>> finish();

  /// Forgets what is open, after a flush.
  void reset();

  /// A decision about time T comes at the latest with the audio of T + decision_delay(): the gate's
  /// delay and one batch.
  MediaDuration decision_delay() const;

  MediaDuration heard() const { return samples_to_duration(heard_); }

 private:
  SpeechFinder(std::unique_ptr<DetectorStream> detector, SpeechGate gate, std::size_t batch);
  Status detect(std::vector<GateDecision>& decisions);

  std::unique_ptr<DetectorStream> detector_;
  SpeechGate gate_;
  std::size_t batch_samples_;
  std::optional<MediaTime> begin_;     ///< of pending_
  std::vector<std::int16_t> pending_;  ///< less than a batch
  std::int64_t heard_ = 0;
};

}  // namespace subtide
