#pragma once

#include <optional>
#include <string_view>

#include "engine/speech/phrase.h"

namespace subtide {

/// Gives the words of a translation times, from the sentence that it translates.
///
/// The translation takes the sentence's span: its first word begins and its last word ends with the
/// sentence. Between, words take time by their length, and the sentence's pauses stay pauses. Each
/// preferred break of the sentence (a cue border of the source) becomes one of the translation, at
/// the nearest border of clause or word, and falls on the same instant.
///
/// Time:    word times never run backwards. Speaker stays; the text counts as punctuated when the
///          sentence did. Threads: any.
/// Errors:  none; nothing comes back when `text` holds no word.
std::optional<Phrase> project_times(const Phrase& sentence, std::string_view text,
                                    std::string_view language);

}  // namespace subtide
