#include "engine/subtitles/cue_layout_atoms.h"

#include <algorithm>

#include "engine/subtitles/unicode_text.h"

namespace subtide {

namespace {

constexpr MediaDuration kLongestWord = std::chrono::seconds(2);
constexpr MediaDuration kShortestWord = std::chrono::milliseconds(20);

void append_grapheme_chunks(const std::string& text, std::size_t line_length,
                            std::vector<std::string>& parts) {
  const std::vector<std::size_t> ends = grapheme_ends(text);
  std::size_t from = 0;
  for (std::size_t i = line_length; i < ends.size() + line_length; i += line_length) {
    const std::size_t to = ends[std::min(i, ends.size()) - 1];
    parts.push_back(text.substr(from, to - from));
    from = to;
  }
}

/// Cuts text that is too long for a line: at the places where Unicode allows it as far as that
/// helps, between graphemes where it does not.
std::vector<std::string> split_too_long(const std::string& text, int line_length) {
  std::vector<std::string> parts;
  int width = 0;
  for (const std::string& piece : split_at_line_opportunities(text)) {
    const int piece_width = grapheme_count(piece);
    if (piece_width > line_length) {
      append_grapheme_chunks(piece, static_cast<std::size_t>(line_length), parts);
      width = line_length;
    } else if (!parts.empty() && width + piece_width <= line_length) {
      parts.back() += piece;
      width += piece_width;
    } else {
      parts.push_back(piece);
      width = piece_width;
    }
  }
  return parts;
}

std::vector<std::string> split_for_layout(const std::string& text, int line_length) {
  std::vector<std::string> parts;
  for (std::string& piece : split_unspaced_words(text)) {
    if (grapheme_count(piece) <= line_length) {
      parts.push_back(std::move(piece));
      continue;
    }
    for (std::string& part : split_too_long(piece, line_length)) parts.push_back(std::move(part));
  }
  return parts;
}

MediaDuration share(MediaDuration whole, int part, int total) {
  return MediaDuration(whole.count() / total * part + whole.count() % total * part / total);
}

}  // namespace

void mend_times(Word& word, Word* former) {
  if (former != nullptr) {
    word.span.begin = std::max(word.span.begin, former->span.begin + kShortestWord);
    former->span.end = std::min(former->span.end, word.span.begin);
  }
  const auto pieces = static_cast<std::int64_t>(split_unspaced_words(word.text).size());
  const MediaDuration longest = kLongestWord * std::max<std::int64_t>(pieces, 1);
  word.span.end =
      std::clamp(word.span.end, word.span.begin + kShortestWord, word.span.begin + longest);
}

std::vector<LayoutAtom> make_atoms(const Word& word, bool is_preferred_break, int line_length,
                                   const WordLists& lists, std::string_view language) {
  std::vector<std::string> parts = split_for_layout(word.text, line_length);
  std::vector<LayoutAtom> atoms(parts.size());
  int total = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    atoms[i].width = grapheme_count(parts[i]);
    total += atoms[i].width;
  }
  int done = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    LayoutAtom& atom = atoms[i];
    atom.shape = describe_word(parts[i], lists, language);
    atom.begins_word = i == 0;
    atom.has_space_before = i == 0;
    atom.is_preferred_break = i == 0 && is_preferred_break;
    const MediaTime begin = word.span.begin + share(word.span.duration(), done, total);
    done += atom.width;
    const MediaTime end = word.span.begin + share(word.span.duration(), done, total);
    atom.word = {std::move(parts[i]), {begin, end}, word.confidence};
  }
  return atoms;
}

std::vector<Word> join_words(const std::vector<LayoutAtom>& atoms) {
  std::vector<Word> words;
  for (const LayoutAtom& atom : atoms) {
    if (atom.begins_word || words.empty()) {
      words.push_back(atom.word);
      continue;
    }
    words.back().text += atom.word.text;
    words.back().span.end = atom.word.span.end;
  }
  return words;
}

std::string line_text(const std::vector<LayoutAtom>& atoms, std::size_t first, std::size_t last) {
  std::string text;
  for (std::size_t i = first; i < last; ++i) {
    if (i > first && atoms[i].has_space_before) text += ' ';
    text += atoms[i].word.text;
  }
  return text;
}

}  // namespace subtide
