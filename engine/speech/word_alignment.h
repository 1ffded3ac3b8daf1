#pragma once

#include <vector>

#include "engine/base/media_time.h"
#include "engine/speech/sound_frames.h"

namespace subtide {

/// What is known of a word before it is found in the sound. All in frames of kSoundFrame.
struct ExpectedWord {
  double length = 0.0;
  int first = 0;  ///< begins not before
  int last = 0;   ///< ends not after
  bool opens_phrase = false;
  bool closes_phrase = false;
  int phrase_begin = 0;
  int phrase_end = 0;
};

/// Shortest word.
inline constexpr int kLeastWordFrames = 2;

/// Finds the cheapest way to lay words, in order, over the frames of a window. Costs: a length
/// unlike the expected one, quiet inside a word, loudness outside all words, a pause between words,
/// a begin where the sound does not change, and a phrase that begins or ends away from where it
/// should (by `accuracy` frames, usually).
///
/// Gives one span a word; none at all when the words do not fit between their limits.
std::vector<TimeSpan> align_to_sound(const std::vector<ExpectedWord>& words,
                                     const SoundFrames& sound, double accuracy);

}  // namespace subtide
