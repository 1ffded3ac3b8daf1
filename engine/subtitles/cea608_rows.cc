#include "engine/subtitles/cea608_rows.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string_view>
#include <utility>

#include "engine/subtitles/cea608_code.h"
#include "engine/subtitles/unicode_text.h"

namespace subtide {
namespace {

using Characters = std::vector<Cea608Character>;

struct SpelledWord {
  Characters characters;
  std::size_t index = 0;  ///< in the cue
};

struct WordPlace {
  std::string_view text;
  std::size_t position = 0;  ///< bytes before it
};

std::vector<WordPlace> words_of(std::string_view line) {
  constexpr std::string_view kSpaces = " \t\r\n";
  std::vector<WordPlace> words;
  for (std::size_t begin = line.find_first_not_of(kSpaces); begin < line.size();) {
    const std::size_t end = std::min(line.find_first_of(kSpaces, begin), line.size());
    words.push_back({line.substr(begin, end - begin), begin});
    begin = line.find_first_not_of(kSpaces, end);
  }
  return words;
}

/// An extended character overwrites the one before the cursor, and in the last column the cursor
/// does not move on: decoders differ in what they overwrite there.
bool fits(const Characters& row) {
  const std::size_t width = row.size();
  return width < kCea608Columns || (width == kCea608Columns && !row.back().is_extended());
}

class RowMaker {
 public:
  explicit RowMaker(const Cue& cue) : cue_(cue) {}

  Cea608Rows run() {
    for (std::size_t line = 0; line < cue_.lines.size(); ++line) add_line(line);
    set_times();
    return std::move(result_);
  }

 private:
  void add_line(std::size_t line) {
    const std::string& text = cue_.lines[line];
    std::vector<SpelledWord> words;
    for (const WordPlace& place : words_of(text)) {
      Cea608Text spelled = cea608_text(place.text);
      note_unspelled(line, place, spelled.unspelled);
      if (!spelled.characters.empty()) {
        words.push_back({std::move(spelled.characters), word_count_});
      }
      ++word_count_;
    }
    const std::size_t rows_before = result_.rows.size();
    fill_rows(words);
    if (result_.rows.size() > rows_before + 1) note(Cea608Note::Kind::kWrapped, line).text = text;
  }

  Cea608Note& note(Cea608Note::Kind kind, std::size_t line) {
    Cea608Note& added = result_.notes.emplace_back();
    added.kind = kind;
    added.cue_id = cue_.id;
    added.span = cue_.span;
    added.line = line;
    return added;
  }

  void note_unspelled(std::size_t line, const WordPlace& place,
                      const std::vector<Cea608Unspelled>& all) {
    if (all.empty()) return;
    const std::string_view before = std::string_view(cue_.lines[line]).substr(0, place.position);
    for (const Cea608Unspelled& unspelled : all) {
      Cea608Note& added = note(Cea608Note::Kind::kUnspelled, line);
      added.position = static_cast<std::size_t>(grapheme_count(before)) + unspelled.position;
      added.text = unspelled.text;
      added.instead = unspelled.instead;
    }
  }

  void fill_rows(const std::vector<SpelledWord>& words) {
    bool is_first = true;
    for (const SpelledWord& word : words) {
      if (is_first || !extend_row(word)) start_row(word);
      is_first = false;
    }
  }

  bool extend_row(const SpelledWord& word) {
    Characters longer = result_.rows.back().characters;
    longer.push_back({});  // a space
    longer.insert(longer.end(), word.characters.begin(), word.characters.end());
    if (!fits(longer)) return false;
    result_.rows.back().characters = std::move(longer);
    return true;
  }

  void start_row(const SpelledWord& word) {
    Characters row;
    for (const Cea608Character& character : word.characters) {
      row.push_back(character);
      if (fits(row)) continue;
      row.pop_back();
      add_row(std::exchange(row, {character}), word.index);
    }
    add_row(std::move(row), word.index);
  }

  void add_row(Characters characters, std::size_t word) {
    result_.rows.push_back({std::move(characters), {}});
    first_words_.push_back(word);
  }

  void set_times() {
    const bool knows_words = cue_.words.size() == word_count_;
    std::int64_t total = 0;
    for (const Cea608Row& row : result_.rows) total += std::ssize(row.characters);
    std::int64_t before = 0;
    for (std::size_t index = 0; index < result_.rows.size(); ++index) {
      Cea608Row& row = result_.rows[index];
      row.begin = cue_.span.begin + cue_.span.duration() * before / total;
      if (knows_words) row.begin = cue_.words[first_words_[index]].span.begin;
      // The layout may show a cue a little before or after its first word.
      if (index == 0) row.begin = cue_.span.begin;
      row.begin = std::clamp(row.begin, cue_.span.begin, std::max(cue_.span.begin, cue_.span.end));
      before += std::ssize(row.characters);
    }
  }

  const Cue& cue_;
  Cea608Rows result_;
  std::size_t word_count_ = 0;
  std::vector<std::size_t> first_words_;  ///< of each row
};

}  // namespace

Cea608Rows cea608_rows(const Cue& cue) { return RowMaker(cue).run(); }

}  // namespace subtide
