#pragma once

#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/subtitles/word_lists.h"

namespace subtide {

/// What happens to profane words: left, shown as "f***", or left out.
enum class ProfanityMode { kKeep, kMask, kDrop };

/// "keep", "mask", "drop": option values.
std::string_view to_string(ProfanityMode mode);
/// Errors: kInvalidArgument names the modes there are.
Result<ProfanityMode> parse_profanity_mode(std::string_view name);

/// True when the word, whatever its case and the punctuation around it, is in the language's list.
bool is_profane(std::string_view word, const WordLists& lists, std::string_view language);

/// First character kept, each other one a '*'; punctuation around it stays.
std::string mask_word(std::string_view word);

}  // namespace subtide
