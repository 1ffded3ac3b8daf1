#include "engine/subtitles/forced_terms.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "engine/subtitles/unicode_text.h"

namespace subtide {
namespace {

/// A word that no dictionary has, of letters only, so that no translator takes it apart.
std::string made_up_word(std::size_t number) {
  std::string word = "Zqx";
  do {
    word += static_cast<char>('a' + number % 26);
    number /= 26;
  } while (number > 0);
  return word + "qz";
}

std::string core_of(const std::string& word) {
  return lookup_form(trim_punctuation(word).core, "");
}

std::vector<std::string> to_lookup_words(const std::string& term) {
  std::vector<std::string> words;
  for (const std::string& word : split_words(term)) words.push_back(core_of(word));
  return words;
}

const std::map<std::string, std::string>* find_language(const Glossary& glossary,
                                                        const std::string& language) {
  auto found = glossary.translation.find(language);
  if (found == glossary.translation.end()) {
    found = glossary.translation.find(language.substr(0, language.find('-')));
  }
  return found == glossary.translation.end() ? nullptr : &found->second;
}

bool is_same_letter(char left, char right) {
  return std::tolower(static_cast<unsigned char>(left)) ==
         std::tolower(static_cast<unsigned char>(right));
}

}  // namespace

ForcedTerms::ForcedTerms(const Glossary& glossary, const std::string& language) {
  const auto* terms = find_language(glossary, language);
  if (terms == nullptr) return;
  for (const auto& [source, target] : *terms) {
    std::vector<std::string> words = to_lookup_words(source);
    if (!words.empty()) terms_.push_back({std::move(words), target});
  }
  std::ranges::stable_sort(terms_, std::ranges::greater(),
                           [](const Term& term) { return term.source.size(); });
}

const ForcedTerms::Term* ForcedTerms::find(const std::vector<std::string>& words,
                                           std::size_t first) const {
  const auto found = std::ranges::find_if(terms_, [&](const Term& term) {
    if (first + term.source.size() > words.size()) return false;
    return std::equal(term.source.begin(), term.source.end(),
                      words.begin() + static_cast<std::ptrdiff_t>(first));
  });
  return found == terms_.end() ? nullptr : &*found;
}

ForcedTerms::Covered ForcedTerms::cover(const std::vector<std::string>& words) const {
  std::vector<std::string> cores;
  for (const std::string& word : words) cores.push_back(core_of(word));
  Covered covered;
  for (std::size_t index = 0; index < words.size();) {
    const Term* term = find(cores, index);
    if (!covered.text.empty()) covered.text += ' ';
    if (term == nullptr) {
      covered.text += words[index++];
      continue;
    }
    const std::string& last = words[index + term->source.size() - 1];
    covered.text += trim_punctuation(words[index]).prefix;
    covered.text += made_up_word(covered.replacements.size());
    covered.text += trim_punctuation(last).suffix;
    covered.replacements.push_back(term->target);
    index += term->source.size();
  }
  return covered;
}

std::optional<std::string> ForcedTerms::uncover(std::string text, const Covered& covered) {
  for (std::size_t number = 0; number < covered.replacements.size(); ++number) {
    const std::string word = made_up_word(number);
    const auto found = std::ranges::search(text, word, is_same_letter);
    if (found.empty()) return std::nullopt;
    text.replace(found.begin(), found.end(), covered.replacements[number]);
  }
  return text;
}

}  // namespace subtide
