#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "engine/speech/phrase.h"

namespace subtide {

/// The phrase without the words that are marked; its preferred breaks follow their words. Nothing
/// when no word is left.
std::vector<Phrase> remove_words(Phrase phrase, const std::vector<bool>& is_removed);

/// Puts `replacement` in the place of `count` words from `first`; the new words share their span by
/// length, and preferred breaks follow.
void replace_words(Phrase& phrase, std::size_t first, std::size_t count,
                   const std::vector<std::string>& replacement);

/// Shares `span` among words by their length in characters.
void share_time(std::vector<Word>& words, std::size_t first, std::size_t last, TimeSpan span);

}  // namespace subtide
