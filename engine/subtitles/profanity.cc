#include "engine/subtitles/profanity.h"

#include <string>

#include "engine/subtitles/phrase_edit.h"
#include "engine/subtitles/text_chain.h"
#include "engine/subtitles/unicode_text.h"

namespace subtide {

std::string_view to_string(ProfanityMode mode) {
  switch (mode) {
    case ProfanityMode::kKeep:
      return "keep";
    case ProfanityMode::kMask:
      return "mask";
    case ProfanityMode::kDrop:
      return "drop";
  }
  return "keep";
}

Result<ProfanityMode> parse_profanity_mode(std::string_view name) {
  for (const ProfanityMode mode :
       {ProfanityMode::kKeep, ProfanityMode::kMask, ProfanityMode::kDrop}) {
    if (to_string(mode) == name) return mode;
  }
  return make_error(ErrorCode::kInvalidArgument,
                    "profanity \"{}\" is not known; choose one of keep, mask, drop", name);
}

bool is_profane(std::string_view word, const WordLists& lists, std::string_view language) {
  const std::string key = lookup_form(trim_punctuation(word).core, language);
  return lists.find(key).has(WordClass::kProfanity);
}

std::string mask_word(std::string_view word) {
  const TrimmedWord parts = trim_punctuation(word);
  const std::vector<std::size_t> ends = grapheme_ends(parts.core);
  if (ends.empty()) return std::string(word);
  std::string out(parts.prefix);
  out.append(parts.core.substr(0, ends.front()));
  out.append(ends.size() - 1, '*');
  return out.append(parts.suffix);
}

namespace {

class ProfanityFilter final : public TextTransform {
 public:
  explicit ProfanityFilter(ProfanityMode mode) : mode_(mode) {}
  std::string_view name() const override { return "profanity"; }

  std::vector<Phrase> push(Phrase phrase, std::vector<TextNote>& notes) override {
    if (mode_ == ProfanityMode::kKeep) return {std::move(phrase)};
    if (language_ != phrase.language) {
      language_ = phrase.language;
      lists_ = WordLists::for_language(language_);
    }
    std::vector<bool> dropped(phrase.words.size(), false);
    for (std::size_t i = 0; i < phrase.words.size(); ++i) {
      Word& word = phrase.words[i];
      if (!is_profane(word.text, lists_, language_)) continue;
      const bool is_mask = mode_ == ProfanityMode::kMask;
      notes.push_back({std::string(name()), is_mask ? "profanity_masked" : "profanity_dropped",
                       word.span, word.text});
      if (is_mask) word.text = mask_word(word.text);
      dropped[i] = !is_mask;
      if (dropped[i]) hand_over_ending(phrase.words, dropped, i);
    }
    return remove_words(std::move(phrase), dropped);
  }

  std::vector<Phrase> finish(std::vector<TextNote>&) override { return {}; }

 private:
  /// The full stop or comma of a dropped word goes to the word before it.
  static void hand_over_ending(std::vector<Word>& words, const std::vector<bool>& dropped,
                               std::size_t at) {
    const std::string suffix(trim_punctuation(words[at].text).suffix);
    for (std::size_t i = at; i-- > 0;) {
      if (dropped[i]) continue;
      if (trim_punctuation(words[i].text).suffix.empty()) words[i].text += suffix;
      return;
    }
  }

  ProfanityMode mode_;
  std::string language_;
  WordLists lists_;
};

}  // namespace

std::unique_ptr<TextTransform> make_profanity_filter(ProfanityMode mode) {
  return std::make_unique<ProfanityFilter>(mode);
}

}  // namespace subtide
