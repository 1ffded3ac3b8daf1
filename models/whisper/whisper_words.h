#pragma once

#include <string>
#include <vector>

#include "engine/speech/word_timing.h"

namespace subtide {

/// One text token of a decoder: a few bytes, perhaps only a part of a UTF-8 character.
struct TextToken {
  std::string bytes;
  float probability = 1.0F;
};

/// Joins the tokens of one of Whisper's segments into words.
///
/// A word begins where a token's text begins with a space; text without spaces (Chinese, Japanese)
/// breaks after its punctuation. What the model writes about sounds ("[MUSIC]", "(laughs)",
/// "*sighs*") is left out: a bracket that closes within the segment, with all it holds. So are
/// notes ("♪"; the words between them stay), dashes that stand alone, and bytes that are no UTF-8.
std::vector<RoughWord> assemble_words(const std::vector<TextToken>& tokens);

}  // namespace subtide
