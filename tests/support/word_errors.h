#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/media_time.h"
#include "engine/speech/transcript.h"

namespace subtide {

/// How the words of a hypothesis differ from those of a reference. Adds up over recordings.
struct WordErrors {
  std::size_t reference_words = 0;
  std::size_t substituted = 0;
  std::size_t lost = 0;
  std::size_t invented = 0;

  std::size_t errors() const { return substituted + lost + invented; }
  /// Word error rate, 0 for perfect; 1 per invented word when the reference is empty.
  double rate() const;
  WordErrors& operator+=(const WordErrors& other);
};

/// The best alignment of two word lists.
struct WordAlignment {
  WordErrors errors;
  /// Index pairs (reference, hypothesis) of the words that are the same.
  std::vector<std::pair<std::size_t, std::size_t>> same;
};

WordAlignment align_words(const std::vector<std::string>& reference,
                          const std::vector<std::string>& hypothesis);

/// Words as written, split at spaces.
WordErrors raw_word_errors(std::string_view reference, std::string_view hypothesis);
/// After normalize_english().
WordErrors normalized_word_errors(std::string_view reference, std::string_view hypothesis);

/// How far times are off.
struct TimeErrors {
  std::vector<double> seconds;  ///< signed: late is positive

  std::size_t count() const { return seconds.size(); }
  /// Of the errors without their sign; `share` 0.5 is the median. 0 when there are none.
  double percentile(double share) const;
  /// The median with its sign: what a known bias would be.
  double bias() const;
};

/// Begin times of the words that are the same in both, without regard to case and punctuation.
/// Words of the reference with confidence 0 do not count: their times are guesses.
TimeErrors onset_errors(const std::vector<Word>& reference, const std::vector<Word>& hypothesis);
/// The same for the ends.
TimeErrors end_errors(const std::vector<Word>& reference, const std::vector<Word>& hypothesis);

/// How late each group of hypothesis words begins after the word it begins with was truly said.
/// `groups` are the index of a group's first word and the time it begins; groups whose first word
/// was not recognised right do not count.
TimeErrors group_onset_errors(const std::vector<Word>& reference,
                              const std::vector<Word>& hypothesis,
                              const std::map<std::size_t, MediaTime>& groups);

}  // namespace subtide
