#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "engine/base/media_time.h"

namespace subtide {

/// One word as it is shown, with its punctuation ("Monday,").
struct Word {
  std::string text;         ///< UTF-8, never empty, no white space
  TimeSpan span;            ///< media time; inside a window's result: see Transcript
  float confidence = 1.0F;  ///< 0..1
  bool operator==(const Word&) const = default;
};

/// A stretch of media for which there is no text although there should be.
struct Gap {
  TimeSpan span;
  std::string reason;  ///< stable lower-case name, such as "recognizer_failed"
  bool operator==(const Gap&) const = default;
};

/// The words of one audio window, in order. Times are media time and never run backwards.
struct Transcript {
  std::vector<Word> words;
  std::string language;  ///< BCP 47, such as "en"; empty when unknown
  bool is_final = true;
  /// True when the model itself writes capitals and punctuation.
  bool is_punctuated = false;
  /// Indices of words that start a new phrase by the model's own judgement (Whisper's segments).
  std::vector<std::size_t> phrase_starts;
  std::string model;      ///< which of several wrote it, by its spec; empty: the one asked
  std::vector<Gap> gaps;  ///< where the model's words were not believed, in order
};

/// The words joined by single spaces.
std::string to_text(const std::vector<Word>& words);

}  // namespace subtide
