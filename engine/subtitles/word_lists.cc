#include "engine/subtitles/word_lists.h"

#include <algorithm>
#include <utility>

#include "engine/subtitles/word_list_sources.h"

namespace subtide {

namespace {

WordClassSet section_classes(std::string_view name) {
  static constexpr std::pair<std::string_view, WordClass> kSections[] = {
      {"determiner", WordClass::kDeterminer},
      {"preposition", WordClass::kPreposition},
      {"conjunction", WordClass::kConjunction},
      {"pronoun", WordClass::kPronoun},
      {"auxiliary", WordClass::kAuxiliary},
      {"negation", WordClass::kNegation},
      {"adverb", WordClass::kAdverb},
      {"number", WordClass::kNumber},
      {"unit", WordClass::kUnit},
      {"title", WordClass::kTitle},
      {"abbreviation", WordClass::kAbbreviation},
      {"profanity", WordClass::kProfanity},
      {"genitive", WordClass::kPreposition},
      {"genitive", WordClass::kGenitive},
      {"pronoun_auxiliary", WordClass::kPronoun},
      {"pronoun_auxiliary", WordClass::kAuxiliary}};
  WordClassSet classes;
  for (const auto& [section, word_class] : kSections) {
    if (section == name) classes.add(word_class);
  }
  return classes;
}

/// Cuts the next piece up to one of `separators` off `text`.
std::string_view take(std::string_view& text, std::string_view separators) {
  const std::size_t end = std::min(text.find_first_of(separators), text.size());
  const std::string_view piece = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return piece;
}

}  // namespace

WordLists WordLists::parse(std::string_view text) {
  WordLists lists;
  WordClassSet section;
  while (!text.empty()) {
    std::string_view line = take(text, "\n");
    line = line.substr(0, line.find('#'));
    if (line.starts_with('[')) {
      section = section_classes(line.substr(1, line.find(']') - 1));
      continue;
    }
    while (!line.empty() && !section.empty()) {
      const std::string_view word = take(line, " \t\r");
      if (!word.empty()) lists.words_[std::string(word)].add(section);
    }
  }
  return lists;
}

WordLists WordLists::for_language(std::string_view language) {
  const std::string_view primary = language.substr(0, language.find_first_of("-_"));
  for (const WordListSource& source : word_list_sources()) {
    if (source.language == primary) return parse(source.text);
  }
  return {};
}

std::vector<std::string_view> WordLists::languages() {
  std::vector<std::string_view> names;
  for (const WordListSource& source : word_list_sources()) names.push_back(source.language);
  return names;
}

WordClassSet WordLists::find(const std::string& word) const {
  const auto found = words_.find(word);
  return found == words_.end() ? WordClassSet() : found->second;
}

}  // namespace subtide
