#include "engine/speech/word_match.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace subtide {
namespace {

constexpr std::uint32_t kNoCharacter = 0xFFFD;

std::size_t length_from(unsigned char first) {
  if (first < 0x80) return 1;
  if (first < 0xE0) return 2;
  return first < 0xF0 ? 3 : 4;
}

/// The character that `text` begins with, taken off it. Words are valid UTF-8; of anything else a
/// byte at a time goes.
std::uint32_t take_character(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text.front());
  const std::size_t length = length_from(first);
  if (length == 1 || text.size() < length) {
    text.remove_prefix(1);
    return first < 0x80 ? first : kNoCharacter;
  }
  std::uint32_t character = first & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    character = (character << 6U) | (static_cast<unsigned char>(text[i]) & 0x3FU);
  }
  text.remove_prefix(length);
  return character;
}

bool is_punctuation(std::uint32_t c) {
  if (c < 0x80)
    return !((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'));
  return (c >= 0xA0 && c <= 0xBF && c != 0xAA && c != 0xB5 && c != 0xBA) ||
         (c >= 0x2000 && c <= 0x206F) || (c >= 0x3000 && c <= 0x303F) ||
         (c >= 0xFF00 && c <= 0xFF0F) || c == 0xFF1A || c == 0xFF1B || c == 0xFF1F;
}

std::uint32_t without_case(std::uint32_t c) {
  if (c >= 'A' && c <= 'Z') return c + 0x20;
  if (c >= 0xC0 && c <= 0xDE && c != 0xD7) return c + 0x20;
  if (c >= 0x100 && c <= 0x137) return c | 1U;
  if (c >= 0x391 && c <= 0x3A9) return c + 0x20;
  if (c >= 0x410 && c <= 0x42F) return c + 0x20;
  if (c >= 0x400 && c <= 0x40F) return c + 0x50;
  return c;
}

}  // namespace

std::string comparable_word(std::string_view text) {
  std::string letters;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t before = rest.size();
    const std::string_view at = rest;
    const std::uint32_t character = take_character(rest);
    if (is_punctuation(character)) continue;
    const std::uint32_t plain = without_case(character);
    if (plain == character) {
      letters.append(at.substr(0, before - rest.size()));
    } else if (plain < 0x80) {
      letters += static_cast<char>(plain);
    } else {
      letters += static_cast<char>(0xC0U | (plain >> 6U));
      letters += static_cast<char>(0x80U | (plain & 0x3FU));
    }
  }
  return letters.empty() ? std::string(text) : letters;
}

bool is_same_word(const Word& a, const Word& b) {
  return a.text == b.text || comparable_word(a.text) == comparable_word(b.text);
}

std::size_t common_words(const std::vector<Word>& a, const std::vector<Word>& b) {
  const std::size_t most = std::min(a.size(), b.size());
  std::size_t count = 0;
  while (count < most && is_same_word(a[count], b[count])) ++count;
  return count;
}

bool may_end_sentence(std::string_view text) {
  constexpr std::array<std::string_view, 7> kClosers{"\"", "'", ")", "]", "”", "’", "»"};
  constexpr std::array<std::string_view, 7> kEnds{".", "?", "!", "…", "。", "？", "！"};
  const auto ends_with = [&text](std::string_view end) { return text.ends_with(end); };
  for (auto closer = std::ranges::find_if(kClosers, ends_with); closer != kClosers.end();
       closer = std::ranges::find_if(kClosers, ends_with)) {
    text.remove_suffix(closer->size());
  }
  return std::ranges::any_of(kEnds, ends_with);
}

}  // namespace subtide
