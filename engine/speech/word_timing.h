#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/base/media_time.h"

namespace subtide {

/// A word as a recogniser heard it, before its time is known well.
struct RoughWord {
  std::string text;
  float confidence = 1.0F;
};

/// Words that a recogniser put into one span of the audio. Spans count from the first sample.
struct RoughPhrase {
  TimeSpan span;
  std::vector<RoughWord> words;
};

struct WordTimingOptions {
  /// How far a phrase's begin and end are usually off. Small: they are kept; large: the audio
  /// decides.
  MediaDuration phrase_accuracy = std::chrono::milliseconds(200);
};

/// Finds when each word of some phrases begins and ends, from the audio at 16 kHz.
///
/// One dynamic programme a window: words last about as long as their letters tell, fill what is
/// loud, leave out what is quiet, begin where the sound changes, and phrases begin and end near
/// their spans. Gives one span a word, in order, without overlap, inside the audio; none is empty
/// where the audio is longer than 20 ms a word.
///
/// Cost: about 7 ms for 30 s of audio and 100 words. Pure; the same input gives the same times.
std::vector<TimeSpan> time_words(std::span<const std::int16_t> samples,
                                 const std::vector<RoughPhrase>& phrases,
                                 const WordTimingOptions& options);

}  // namespace subtide
