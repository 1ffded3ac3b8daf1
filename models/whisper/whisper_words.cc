#include "models/whisper/whisper_words.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

namespace subtide {
namespace {

using std::string_view_literals::operator""sv;

/// One UTF-8 character and the token that began it.
struct Character {
  std::string_view bytes;
  std::size_t token = 0;
};

constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kBrackets = {
    {{"[", "]"}, {"(", ")"}, {"*", "*"}, {"（", "）"}, {"【", "】"}}};
constexpr std::array kNotes = {"♪"sv, "♫"sv, "♩"sv, "♬"sv};
constexpr std::array kDashes = {"-"sv, "–"sv, "—"sv, ">"sv};
constexpr std::array kPunctuation = {"."sv, ","sv,  "!"sv, "?"sv, "…"sv, ":"sv,
                                     ";"sv, "\""sv, "'"sv, "”"sv, "’"sv, "»"sv};
constexpr std::array kUnspacedStops = {"。"sv, "、"sv, "，"sv, "！"sv, "？"sv};

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& set, std::string_view character) {
  return std::find(set.begin(), set.end(), character) != set.end();
}

/// Length of the well-formed UTF-8 character at the start of `text`; 0 when there is none.
std::size_t character_length(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  const std::size_t length = first < 0x80                    ? 1
                             : first >= 0xC2 && first < 0xE0 ? 2
                             : first >= 0xE0 && first < 0xF0 ? 3
                             : first >= 0xF0 && first < 0xF5 ? 4
                                                             : 0;
  if (length == 0 || length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  const bool is_overlong = (first == 0xE0 && byte(1) < 0xA0) || (first == 0xF0 && byte(1) < 0x90);
  const bool is_outside = (first == 0xED && byte(1) >= 0xA0) || (first == 0xF4 && byte(1) >= 0x90);
  return is_overlong || is_outside ? 0 : length;
}

std::vector<Character> split_characters(std::string_view text,
                                        const std::vector<std::size_t>& token_of_byte) {
  std::vector<Character> characters;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = character_length(text.substr(at));
    if (length > 0) characters.push_back({text.substr(at, length), token_of_byte[at]});
    at += std::max<std::size_t>(length, 1);
  }
  return characters;
}

/// The index of the bracket that closes the one at `open`, if one does.
std::optional<std::size_t> closing(const std::vector<Character>& characters, std::size_t open) {
  const auto pair = std::find_if(kBrackets.begin(), kBrackets.end(), [&](const auto& bracket) {
    return bracket.first == characters[open].bytes;
  });
  if (pair == kBrackets.end()) return std::nullopt;
  for (std::size_t i = open + 1; i < characters.size(); ++i) {
    if (characters[i].bytes == pair->second) return i;
  }
  return std::nullopt;
}

std::vector<Character> without_annotations(const std::vector<Character>& characters) {
  std::vector<Character> kept;
  for (std::size_t i = 0; i < characters.size(); ++i) {
    if (const auto close = closing(characters, i)) {
      i = *close;
    } else if (!is_one_of(kNotes, characters[i].bytes)) {
      kept.push_back(characters[i]);
    }
  }
  return kept;
}

bool is_space(std::string_view character) {
  return character.size() == 1 && static_cast<unsigned char>(character[0]) <= 0x20;
}

/// Collects the characters of a word.
class WordBuilder {
 public:
  explicit WordBuilder(const std::vector<TextToken>& tokens) : tokens_(tokens) {}

  void add(const Character& character) {
    word_.text += character.bytes;
    word_.is_dash = word_.is_dash && is_one_of(kDashes, character.bytes);
    word_.is_punctuation = word_.is_punctuation && is_one_of(kPunctuation, character.bytes);
    if (word_.last_token == character.token) return;
    word_.last_token = character.token;
    word_.log_sum += std::log(std::max(tokens_[character.token].probability, 1e-6F));
    ++word_.token_count;
  }

  /// Ends the word: a dash alone is dropped, other punctuation alone joins the word before it.
  void end(std::vector<RoughWord>& words) {
    if (!word_.text.empty() && word_.is_punctuation && !words.empty()) {
      words.back().text += word_.text;
    } else if (!word_.text.empty() && !word_.is_dash && !word_.is_punctuation) {
      const float mean = word_.log_sum / static_cast<float>(word_.token_count);
      words.push_back({.text = word_.text, .confidence = std::min(std::exp(mean), 1.0F)});
    }
    word_ = {};
  }

 private:
  const std::vector<TextToken>& tokens_;
  struct Open {
    std::string text;
    std::optional<std::size_t> last_token;
    float log_sum = 0.0F;
    int token_count = 0;
    bool is_dash = true;
    bool is_punctuation = true;
  };
  Open word_;
};

}  // namespace

std::vector<RoughWord> assemble_words(const std::vector<TextToken>& tokens) {
  std::string text;
  std::vector<std::size_t> token_of_byte;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    text += tokens[i].bytes;
    token_of_byte.insert(token_of_byte.end(), tokens[i].bytes.size(), i);
  }
  std::vector<RoughWord> words;
  WordBuilder word(tokens);
  for (const Character& character : without_annotations(split_characters(text, token_of_byte))) {
    if (is_space(character.bytes)) {
      word.end(words);
      continue;
    }
    word.add(character);
    if (is_one_of(kUnspacedStops, character.bytes)) word.end(words);
  }
  word.end(words);
  return words;
}

}  // namespace subtide
