#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "engine/speech/transcript.h"

namespace subtide {

/// Words committed together: what flows between recognition, translation and layout.
struct Phrase {
  std::vector<Word> words;  ///< never empty; in order
  std::string language;     ///< BCP 47; empty when unknown
  bool is_punctuated = false;
  std::optional<std::string> speaker;
  bool goes_on = false;  ///< live: its next words are another phrase, because they came later
  /// Indices of words before which a cue should rather begin: the cue borders of the source that
  /// this phrase translates.
  std::vector<std::size_t> preferred_breaks;

  TimeSpan span() const { return {words.front().span.begin, words.back().span.end}; }
};

}  // namespace subtide
