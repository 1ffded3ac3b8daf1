#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/speech/transcript.h"
#include "engine/subtitles/layout_rules.h"
#include "engine/subtitles/word_shape.h"

namespace subtide {

/// What layout never cuts: a word, a dictionary word of an unspaced script, or a part of a word
/// that is too long for a line.
struct LayoutAtom {
  Word word;  ///< the whole word, or the part of it
  WordShape shape;
  int width = 0;  ///< grapheme clusters, never more than a line holds
  bool begins_word = true;
  bool has_space_before = true;  ///< when it follows another atom on a line
  bool is_preferred_break = false;
};

/// Gives a word a usable time: begins after `former` did, lasts, and lasts at most two seconds for
/// each of its dictionary words. Trims `former` where both overlap.
void mend_times(Word& word, Word* former);

/// Cuts a mended word into atoms; time is shared by length.
std::vector<LayoutAtom> make_atoms(const Word& word, bool is_preferred_break, int line_length,
                                   const WordLists& lists, std::string_view language);

/// The words behind a run of atoms; parts of one word that stand together are joined again.
std::vector<Word> join_words(const std::vector<LayoutAtom>& atoms);

/// Text of a line made of atoms [first, last).
std::string line_text(const std::vector<LayoutAtom>& atoms, std::size_t first, std::size_t last);

}  // namespace subtide
