#include "engine/app/cue_words.h"

#include <utility>

#include "engine/subtitles/phrase_edit.h"
#include "engine/subtitles/unicode_text.h"

namespace subtide {

std::vector<Phrase> phrase_of(const Cue& cue) {
  Phrase phrase;
  phrase.language = cue.language;
  phrase.is_punctuated = true;
  phrase.speaker = cue.speaker;
  phrase.words = cue.words;
  if (phrase.words.empty()) {
    for (const auto& line : cue.lines) {
      for (auto& text : split_words(line))
        phrase.words.push_back({std::move(text), cue.span, 1.0F});
    }
    if (phrase.words.empty()) return {};
    share_time(phrase.words, 0, phrase.words.size(), cue.span);
  }
  return {std::move(phrase)};
}

}  // namespace subtide
