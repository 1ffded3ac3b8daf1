#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "engine/base/media_time.h"
#include "engine/subtitles/cea608_text.h"
#include "engine/subtitles/cue.h"

namespace subtide {

/// What became of a cue on its way to CEA-608 that a person may want to know of.
struct Cea608Note {
  enum class Kind {
    kUnspelled,  ///< `text` has no code; `instead` stands there, or nothing
    kWrapped,    ///< `text`, a line, is wider than the screen: it was broken anew
    kSplit,      ///< more rows than may be shown at once: shown one page after the other
    kLate,       ///< shown `late` after its in-time: the frames before it had no room
  };
  Kind kind = Kind::kUnspelled;
  std::string cue_id;
  TimeSpan span;             ///< the cue's
  std::size_t line = 0;      ///< of the cue, from 0
  std::size_t position = 0;  ///< grapheme clusters before it on the line
  std::string text;
  std::string instead;
  MediaDuration late{0};

  bool operator==(const Cea608Note&) const = default;
};

/// One row of the screen and when its first word is spoken.
struct Cea608Row {
  std::vector<Cea608Character> characters;
  MediaTime begin{0};
};

struct Cea608Rows {
  std::vector<Cea608Row> rows;
  std::vector<Cea608Note> notes;
};

/// Spells a cue's lines and fits them into rows of 32 columns. A line that is too wide is broken
/// between words; only a word wider than a row is broken inside. Rows that hold nothing that can be
/// spelled are left out.
///
/// Time: a row begins with its first word where the cue knows its words, else by its share of the
///       cue's text. Threads: any. Errors: none.
Cea608Rows cea608_rows(const Cue& cue);

}  // namespace subtide
