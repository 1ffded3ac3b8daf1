#include <algorithm>
#include <utility>

#include "engine/subtitles/phrase_edit.h"
#include "engine/subtitles/text_chain.h"
#include "engine/subtitles/unicode_text.h"

namespace subtide {

namespace {

/// One line of the glossary, ready for comparing.
struct Term {
  std::vector<std::string> keys;
  std::vector<std::string> replacement;
};

std::string key_of(std::string_view text) {
  const std::string_view core = trim_punctuation(text).core;
  return lookup_form(core.empty() ? text : core, "");
}

std::vector<Term> make_terms(const std::map<std::string, std::string>& spelling) {
  std::vector<Term> terms;
  for (const auto& [heard, written] : spelling) {
    Term term;
    for (const std::string& word : split_words(heard)) term.keys.push_back(key_of(word));
    term.replacement = split_words(written);
    if (!term.keys.empty() && !term.replacement.empty()) terms.push_back(std::move(term));
  }
  std::stable_sort(terms.begin(), terms.end(),
                   [](const Term& a, const Term& b) { return a.keys.size() > b.keys.size(); });
  return terms;
}

class Speller final : public TextTransform {
 public:
  explicit Speller(const std::map<std::string, std::string>& spelling)
      : terms_(make_terms(spelling)) {}
  std::string_view name() const override { return "spell"; }

  std::vector<Phrase> push(Phrase phrase, std::vector<TextNote>&) override {
    std::vector<std::string> keys;
    for (const Word& word : phrase.words) keys.push_back(key_of(word.text));
    std::size_t done = 0;  // words before it are final
    for (std::size_t at = 0; at < keys.size();) {
      const Term* term = find(keys, at, phrase.words, done);
      if (term == nullptr) {
        ++at;
        ++done;
        continue;
      }
      apply(*term, phrase, done);
      at += term->keys.size();
      done += term->replacement.size();
    }
    return {std::move(phrase)};
  }

  std::vector<Phrase> finish(std::vector<TextNote>&) override { return {}; }

 private:
  const Term* find(const std::vector<std::string>& keys, std::size_t at,
                   const std::vector<Word>& words, std::size_t first) const {
    for (const Term& term : terms_) {
      if (at + term.keys.size() > keys.size()) continue;
      const auto begin = keys.begin() + static_cast<std::ptrdiff_t>(at);
      if (std::equal(term.keys.begin(), term.keys.end(), begin) &&
          is_unbroken(words, first, term.keys.size())) {
        return &term;
      }
    }
    return nullptr;
  }

  /// Punctuation inside ("sub, tide") means that it is not the term.
  static bool is_unbroken(const std::vector<Word>& words, std::size_t first, std::size_t count) {
    for (std::size_t i = first; i + 1 < first + count; ++i) {
      if (!trim_punctuation(words[i].text).suffix.empty()) return false;
      if (!trim_punctuation(words[i + 1].text).prefix.empty()) return false;
    }
    return true;
  }

  static void apply(const Term& term, Phrase& phrase, std::size_t first) {
    std::vector<std::string> texts = term.replacement;
    const std::string& head = phrase.words[first].text;
    const std::string& tail = phrase.words[first + term.keys.size() - 1].text;
    texts.front().insert(0, trim_punctuation(head).prefix);
    texts.back().append(trim_punctuation(tail).suffix);
    if (texts.size() == term.keys.size()) {
      for (std::size_t i = 0; i < texts.size(); ++i) phrase.words[first + i].text = texts[i];
    } else {
      replace_words(phrase, first, term.keys.size(), texts);
    }
  }

  std::vector<Term> terms_;
};

}  // namespace

std::unique_ptr<TextTransform> make_speller(std::map<std::string, std::string> spelling) {
  return std::make_unique<Speller>(spelling);
}

}  // namespace subtide
