#include "engine/subtitles/word_shape.h"

#include <algorithm>
#include <string>

#include "engine/subtitles/unicode_text.h"

namespace subtide {

namespace {

constexpr std::u32string_view kStops = U".…。．։।॥۔";
constexpr std::u32string_view kMarks = U"?!？！؟‽";
constexpr std::u32string_view kClauseMarks = U",;:，、；：،؛–—-";

bool contains(std::u32string_view set, char32_t character) {
  return set.find(character) != std::u32string_view::npos;
}

/// The last character that is not a closing bracket or quote.
char32_t deciding_character(std::string_view suffix) {
  while (!suffix.empty()) {
    const char32_t last = last_character(suffix);
    if (!is_closing_mark(last)) return last;
    const std::vector<std::size_t> ends = grapheme_ends(suffix);
    suffix = suffix.substr(0, ends.size() < 2 ? 0 : ends[ends.size() - 2]);
  }
  return 0;
}

void describe_ending(WordShape& shape, const TrimmedWord& word) {
  const char32_t last = deciding_character(word.suffix);
  shape.ends_with_stop = contains(kStops, last);
  shape.ends_with_mark = contains(kMarks, last);
  shape.ends_clause = contains(kClauseMarks, last) ||
                      (shape.has_core && !word.suffix.empty() && last == 0 && word.suffix != "'");
}

/// Classes by the lookup form; for an elided word those of both parts.
void describe_classes(WordShape& shape, const std::string& key, const WordLists& lists) {
  shape.classes = lists.find(key);
  shape.head = shape.classes;
  const std::size_t apostrophe = key.find('\'');
  if (!shape.classes.empty() || apostrophe == std::string::npos) return;
  shape.head = lists.find(key.substr(0, apostrophe + 1));
  if (!shape.head.empty()) shape.classes = lists.find(key.substr(apostrophe + 1));
}

bool has(const WordShape& shape, WordClass word_class) { return shape.classes.has(word_class); }

bool is_content(const WordShape& shape) { return shape.has_core && shape.classes.empty(); }

/// First and last name, or a title and a name.
double name_badness(const WordShape* before_left, const WordShape& left, const WordShape& right,
                    std::string_view language) {
  if (has(left, WordClass::kTitle) && right.is_capitalised && left.is_capitalised) return 60;
  if (left.is_initial && right.is_capitalised) return 50;
  const bool is_name = left.is_capitalised && is_content(left) && before_left != nullptr;
  if (is_name && right.is_lower && right.head.has(WordClass::kTitle)) return 40;  // "von"
  if (left.is_lower && right.is_lower && has(left, WordClass::kTitle) &&
      right.head.has(WordClass::kTitle)) {
    return 35;  // "von der"
  }
  if (is_name && right.head.has(WordClass::kPreposition)) return 8;  // "University of"
  const bool both = left.is_capitalised && right.is_capitalised && is_content(left) &&
                    is_content(right) && !right.has_prefix;
  if (!both) return 0;
  if (language.starts_with("de")) return 6;  // every noun has a capital
  return before_left == nullptr ? 15 : 34;
}

/// What may not be torn from the word behind it.
double attachment_badness(const WordShape& left, const WordShape& right) {
  double worst = 0;
  const auto apply = [&](WordClass word_class, double badness) {
    if (has(left, word_class)) worst = std::max(worst, badness);
  };
  apply(WordClass::kPreposition, 26);
  apply(WordClass::kConjunction, 30);
  apply(WordClass::kAuxiliary, 26);
  apply(WordClass::kNegation, 28);
  apply(WordClass::kAdverb, 24);
  apply(WordClass::kPronoun, 28);
  apply(WordClass::kDeterminer, 40);
  if (left.is_possessive) worst = std::max(worst, 26.0);
  if (left.is_number && (right.head.has(WordClass::kUnit) || right.is_number)) {
    worst = std::max(worst, 40.0);
  } else if (left.is_number && is_content(right)) {
    worst = std::max(worst, 24.0);
  }
  return worst;
}

/// Where a phrase begins, a break before it reads well.
double opening_badness(const WordShape& left, const WordShape& right) {
  if (right.has_prefix) return 14;
  if (right.head.has(WordClass::kConjunction) && !has(left, WordClass::kPreposition)) return 16;
  if (right.head.has(WordClass::kGenitive)) return 27;
  if (right.head.has(WordClass::kPreposition)) return 20;
  if (right.head.has(WordClass::kPronoun)) return 25;
  return 30;
}

}  // namespace

WordShape describe_word(std::string_view text, const WordLists& lists, std::string_view language) {
  WordShape shape;
  const TrimmedWord word = trim_punctuation(text);
  const char32_t first = first_character(word.core);
  shape.has_core = !word.core.empty();
  shape.has_prefix = shape.has_core && !word.prefix.empty();
  shape.is_capitalised = is_upper_case(first);
  shape.is_lower = is_lower_case(first);
  describe_ending(shape, word);
  const std::string key = lookup_form(word.core, language);
  describe_classes(shape, key, lists);
  shape.is_possessive = shape.classes.empty() && language.starts_with("en") &&
                        word.suffix.empty() && key.ends_with("'s");
  shape.is_number = is_digit(first) || has(shape, WordClass::kNumber);
  shape.is_initial = shape.is_capitalised && shape.ends_with_stop && word.core.size() == 1;
  shape.is_abbreviation =
      shape.ends_with_stop && word.suffix.starts_with('.') && has(shape, WordClass::kAbbreviation);
  shape.may_begin_line = !may_not_begin_line(first_character(text));
  shape.may_end_line = !may_not_end_line(last_character(text));
  return shape;
}

bool ends_sentence(const WordShape& word) {
  if (word.ends_with_mark) return true;
  return word.ends_with_stop && !word.is_initial && !word.is_abbreviation;
}

bool ends_sentence(const WordShape& word, const WordShape& next) {
  return ends_sentence(word) && !next.is_lower && next.has_core;
}

double break_badness(const WordShape* before_left, const WordShape& left, const WordShape& right,
                     std::string_view language) {
  if (!left.may_end_line || !right.may_begin_line || !right.has_core) return 200;
  if (ends_sentence(left, right)) return 0;
  if (ends_sentence(left)) return kClauseBreak;
  if (left.ends_clause) return kClauseBreak;
  const double badness = opening_badness(left, right) + attachment_badness(left, right) +
                         name_badness(before_left, left, right, language);
  const bool splits_noun_phrase = before_left != nullptr && is_content(left) && is_content(right) &&
                                  before_left->classes.has(WordClass::kDeterminer);
  return badness + (splits_noun_phrase ? 9 : 0);
}

}  // namespace subtide
