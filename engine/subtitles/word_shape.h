#pragma once

#include <string_view>

#include "engine/subtitles/word_lists.h"

namespace subtide {

/// What can be told from a word as it is written, for finding breaks and sentence ends.
struct WordShape {
  WordClassSet classes;     ///< of the word
  WordClassSet head;        ///< of an elided first part ("d'" of "d'eau"), else as classes
  bool has_core = false;    ///< holds a letter, digit or symbol; not only punctuation
  bool has_prefix = false;  ///< begins with punctuation: a quote, a dash
  bool is_capitalised = false;
  bool is_lower = false;         ///< its first letter is a small one
  bool is_number = false;        ///< digits, or a number word
  bool is_possessive = false;    ///< "Anna's": wants a noun
  bool is_initial = false;       ///< a single capital with a full stop: "J."
  bool ends_with_stop = false;   ///< . … or 。 with closing marks: may end a sentence
  bool ends_with_mark = false;   ///< ? or !, as above
  bool ends_clause = false;      ///< , ; : or a dash
  bool is_abbreviation = false;  ///< "Mr.", "e.g.": its full stop says nothing
  bool may_begin_line = true;
  bool may_end_line = true;
};

WordShape describe_word(std::string_view text, const WordLists& lists, std::string_view language);

/// True when a sentence ends between two words that follow each other.
bool ends_sentence(const WordShape& word, const WordShape& next);
/// As above, when the next word is not known.
bool ends_sentence(const WordShape& word);

/// How bad a break between two words reads: 0 after a sentence, kClauseBreak after a clause, about
/// 30 between plain words, kForbiddenBreak and more where a rule says never (between article and
/// noun, number and unit, …).
///
/// `before_left` is the word before `left`, when there is one in the same sentence.
double break_badness(const WordShape* before_left, const WordShape& left, const WordShape& right,
                     std::string_view language);
inline constexpr double kClauseBreak = 8.0;
inline constexpr double kForbiddenBreak = 54.0;

}  // namespace subtide
