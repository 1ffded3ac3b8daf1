#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/speech/phrase.h"
#include "engine/subtitles/cue_layout.h"
#include "engine/subtitles/unicode_text.h"

namespace subtide::testing {

inline Word word(std::string text, double begin, double end) {
  return {std::move(text), {from_seconds(begin), from_seconds(end)}, 1.0F};
}

inline Phrase phrase_of(std::vector<Word> words, std::string language = "en") {
  Phrase phrase;
  phrase.words = std::move(words);
  phrase.language = std::move(language);
  phrase.is_punctuated = true;
  return phrase;
}

/// Words of `text` said one after the other from `begin`, each `per_character` seconds long for
/// each character; "|" is a pause of half a second, "||" one of two and a half.
inline Phrase spoken(std::string_view text, double begin = 1.0, double per_character = 0.08,
                     std::string language = "en") {
  std::vector<Word> words;
  double at = begin;
  for (const std::string& part : split_words(text)) {
    if (part == "|" || part == "||") {
      at += part == "|" ? 0.5 : 2.5;
      continue;
    }
    const double length = per_character * (grapheme_count(part) + 1);
    words.push_back(word(part, at, at + length));
    at += length;
  }
  return phrase_of(std::move(words), std::move(language));
}

inline std::vector<Cue> lay_out(const std::vector<Phrase>& phrases, const LayoutRules& rules) {
  Result<CueLayout> layout = CueLayout::create(rules);
  std::vector<Cue> cues;
  const auto take = [&](std::vector<Cue> some) {
    cues.insert(cues.end(), some.begin(), some.end());
  };
  for (const Phrase& phrase : phrases) take(layout->push(phrase));
  take(layout->finish());
  return cues;
}

/// The cues' lines joined by " / ", one text a cue.
inline std::vector<std::string> texts(const std::vector<Cue>& cues) {
  std::vector<std::string> out;
  for (const Cue& cue : cues) {
    std::string text;
    for (const std::string& line : cue.lines) text += (text.empty() ? "" : " / ") + line;
    out.push_back(std::move(text));
  }
  return out;
}

}  // namespace subtide::testing
