#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace subtide {

/// Brings English text to a form in which only real recognition errors differ: the words in lower
/// case, without punctuation, bracketed remarks and fillers ("um"); contractions and titles
/// spelled out; numbers as digits; American spelling.
///
/// Source: the rules of the normaliser that Whisper's paper measures word error rates with. Of its
/// long spelling list the frequent words are here, by stem and ending.
std::vector<std::string> normalize_english(std::string_view text);

}  // namespace subtide
