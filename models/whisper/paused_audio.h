#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/speech/audio_window.h"

namespace subtide {

/// A window's samples with a little silence before the first and, where a pause was left out
/// between two pieces, part of that pause put back.
///
/// Whisper models hear words at an abrupt start, and sentences joined without a breath, much less
/// well: with the mini model three times the word errors.
///
/// Owner: the caller; the samples are its own copy. Threads: none; nothing changes once made.
class PausedAudio {
 public:
  PausedAudio(const AudioWindow& window, MediaDuration lead, MediaDuration longest_pause);

  std::span<const std::int16_t> samples() const { return samples_; }
  /// The same place in the window, for a place here; inside a pause, the border it stands for.
  MediaDuration window_offset(MediaDuration here) const;

 private:
  struct Stretch {
    std::size_t here = 0;
    std::size_t in_window = 0;
    std::size_t length = 0;
  };
  std::vector<std::int16_t> samples_;
  std::vector<Stretch> stretches_;
};

}  // namespace subtide
