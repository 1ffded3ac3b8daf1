#pragma once

#include <string_view>

namespace subtide {

enum class SpokenPlace { kInside, kBeforePause };

/// About how many seconds a word takes to say, told from its letters alone, at an ordinary pace.
///
/// Vowel groups and consonants count apart, words of up to three letters are mostly unstressed, a
/// word before a pause is drawn out. Good to about a quarter. Never below 0.05.
/// Source: a linear fit to spoken English; other alphabets go by their number of characters.
double spoken_length(std::string_view word, SpokenPlace place);

}  // namespace subtide
