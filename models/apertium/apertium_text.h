#pragma once

#include <string>
#include <string_view>

namespace subtide {

/// A sentence as Apertium's stream format wants it: one line, with the format's own characters
/// escaped, and with an end of sentence where it has none (the tagger looks for it).
struct ApertiumInput {
  std::string text;
  bool has_added_stop = false;
};
ApertiumInput to_apertium(std::string_view sentence);

/// The sentence in Apertium's answer to `input`: unescaped, without the marks of unknown words and
/// the added stop.
std::string from_apertium(std::string_view answer, const ApertiumInput& input,
                          std::string_view sentence);

/// Gives a translation the manners of its language: the capital of the source's first letter, no
/// capitals inside that the source has not (where the target language does not ask for them), no
/// space before punctuation, inverted question and exclamation marks where Spanish wants them.
/// `target` is a three-letter code.
std::string polish_translation(std::string text, std::string_view source_sentence,
                               std::string_view target);

}  // namespace subtide
