#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "engine/speech/transcript.h"

namespace subtide {

/// A word as it is compared with another decode's: without case (Latin, Greek, Cyrillic) and
/// without punctuation. A word of nothing else stays as it is.
std::string comparable_word(std::string_view text);

/// Whether two words are the same, case and punctuation aside.
bool is_same_word(const Word& a, const Word& b);

/// How many words both begin with.
std::size_t common_words(const std::vector<Word>& a, const std::vector<Word>& b);

/// Whether a sentence may end with this word: final punctuation, closing quotes aside.
bool may_end_sentence(std::string_view text);

}  // namespace subtide
