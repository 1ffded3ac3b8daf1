#include <utility>

#include "engine/subtitles/text_chain.h"
#include "engine/subtitles/unicode_text.h"
#include "engine/subtitles/word_shape.h"

namespace subtide {

namespace {

/// A pause this long ends a sentence; after a word that wants another ("the"), the longer one does.
constexpr MediaDuration kSentencePause = std::chrono::milliseconds(600);
constexpr MediaDuration kHesitation = std::chrono::milliseconds(1500);

std::string_view full_stop(std::string_view language) {
  if (language.starts_with("zh") || language.starts_with("ja") || language.starts_with("yue")) {
    return "。";
  }
  if (language.starts_with("hi") || language.starts_with("ne")) return "।";
  if (language.starts_with("th") || language.starts_with("lo")) return "";
  if (language.starts_with("ur")) return "۔";
  return ".";
}

bool wants_another_word(const WordShape& shape) {
  for (const WordClass word_class : {WordClass::kDeterminer, WordClass::kPreposition,
                                     WordClass::kConjunction, WordClass::kTitle}) {
    if (shape.classes.has(word_class)) return true;
  }
  return false;
}

bool is_english_i(const std::string& key) { return key == "i" || key.starts_with("i'"); }

class Punctuator final : public TextTransform {
 public:
  std::string_view name() const override { return "punctuate"; }

  std::vector<Phrase> push(Phrase phrase, std::vector<TextNote>&) override {
    if (phrase.is_punctuated) return {std::move(phrase)};
    if (language_ != phrase.language) {
      language_ = phrase.language;
      lists_ = WordLists::for_language(language_);
    }
    bool begins_sentence = !std::exchange(is_sentence_open_, phrase.goes_on);
    for (std::size_t i = 0; i < phrase.words.size(); ++i) {
      Word& word = phrase.words[i];
      fix_case(word, begins_sentence);
      const WordShape shape = describe_word(word.text, lists_, language_);
      const bool is_last = i + 1 == phrase.words.size();
      begins_sentence =
          is_last && phrase.goes_on ? ends_sentence(shape) : ends_here(phrase.words, i, shape);
      if (!begins_sentence || !shape.has_core) continue;
      if (!shape.ends_with_stop && !shape.ends_with_mark && !shape.ends_clause) {
        word.text += full_stop(language_);
      }
    }
    phrase.is_punctuated = true;
    return {std::move(phrase)};
  }

  std::vector<Phrase> finish(std::vector<TextNote>&) override {
    is_sentence_open_ = false;
    return {};
  }

 private:
  void fix_case(Word& word, bool begins_sentence) const {
    const bool is_i = language_.starts_with("en") &&
                      is_english_i(lookup_form(trim_punctuation(word.text).core, language_));
    if (begins_sentence || is_i) word.text = capitalise_first(word.text, language_);
  }

  static bool ends_here(const std::vector<Word>& words, std::size_t at, const WordShape& shape) {
    if (at + 1 == words.size()) return true;
    if (ends_sentence(shape)) return true;
    const MediaDuration pause = words[at + 1].span.begin - words[at].span.end;
    return pause >= (wants_another_word(shape) ? kHesitation : kSentencePause);
  }

  std::string language_;
  WordLists lists_;
  bool is_sentence_open_ = false;
};

}  // namespace

std::unique_ptr<TextTransform> make_punctuator() { return std::make_unique<Punctuator>(); }

}  // namespace subtide
