#include "engine/subtitles/cea608_text.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "engine/subtitles/plain_text.h"
#include "engine/subtitles/unicode_text.h"

namespace subtide {
namespace {

/// One set of codes: what each stands for, from `first` on, and what is sent ahead of it.
struct Set {
  std::uint8_t number;
  std::uint8_t first;
  std::u32string_view characters;
  std::string_view fallbacks;
};

// Basic: ASCII but for eleven codes. Special 0x39 is a transparent space, which no text asks for.
constexpr std::array<Set, 4> kSets = {{
    {0x00, 0x20,
     U" !\"#$%&’()á+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[é]íóúabcdefghijklmnopqrstuvwxyz"
     U"ç÷Ññ█",
     ""},
    {0x11, 0x30, U"®°½¿™¢£♪à\u00A0èâêîôû", ""},
    {0x12, 0x20, U"ÁÉÓÚÜü‘¡*'—©℠•“”ÀÂÇÈÊËëÎÏïÔÙùÛ«»", "AEOUUu'!.'-cs.\"\"AACEEEeIIiOUuU<>"},
    {0x13, 0x20, U"ÃãÍÌìÒòÕõ{}\\^_|~ÄäÖöß¥¤¦ÅåØø┌┐└┘", "AaIIiOoOo()/'-!-AaOosYo!AaOo++++"},
}};

/// Signs that look alike, or say the same in other signs. None of them is in a set.
struct Variant {
  char32_t character;
  std::u32string_view instead;
};
constexpr std::array<Variant, 24> kVariants = {{
    {U'\'', U"’"},      {U'`', U"‘"},        {U'\u00A0', U" "}, {U'\u02BC', U"’"},
    {U'\u2002', U" "},  {U'\u2003', U" "},   {U'\u2009', U" "}, {U'\u202F', U" "},
    {U'\u3000', U" "},  {U'\u2010', U"-"},   {U'\u2011', U"-"}, {U'\u2012', U"-"},
    {U'\u2013', U"-"},  {U'\u2212', U"-"},   {U'\u2015', U"—"}, {U'\u201A', U"’"},
    {U'\u201E', U"\""}, {U'\u2026', U"..."}, {U'\u2032', U"’"}, {U'\u2033', U"\""},
    {U'\u2039', U"<"},  {U'\u203A', U">"},   {U'\u266B', U"♪"}, {U'\u00B7', U"•"},
}};

/// Letters that are no letter with an accent, and what one writes where they are missing.
constexpr std::array<Variant, 11> kLetters = {{
    {U'ł', U"l"},
    {U'Ł', U"L"},
    {U'đ', U"d"},
    {U'Đ', U"D"},
    {U'ð', U"d"},
    {U'ı', U"i"},
    {U'æ', U"ae"},
    {U'Æ', U"AE"},
    {U'œ', U"oe"},
    {U'Œ', U"OE"},
    {U'þ', U"th"},
}};

const Variant* find_variant(std::span<const Variant> variants, char32_t character) {
  const auto found = std::ranges::find(variants, character, &Variant::character);
  return found == variants.end() ? nullptr : &*found;
}

/// Joiners, direction marks and soft hyphens: nobody sees them.
bool is_invisible(char32_t c) {
  return c == 0xAD || c == 0xFEFF || c == 0x061C || c == 0x2060 || (c >= 0x200B && c <= 0x200F) ||
         (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c < 0x20 ||
         (c >= 0x7F && c < 0xA0);
}

/// True when all of it could be spelled.
bool spell(std::u32string_view cluster, std::vector<Cea608Character>& spelled) {
  for (const char32_t c : cluster) {
    if (const auto character = cea608_character(c)) {
      spelled.push_back(*character);
    } else if (const Variant* variant = find_variant(kVariants, c)) {
      spell(variant->instead, spelled);
    } else if (!is_invisible(c)) {
      return false;
    }
  }
  return true;
}

/// What one writes for a letter that 608 does not have.
std::u32string letters_instead(std::string_view cluster) {
  const char32_t base = base_character(cluster);
  const Variant* letters = find_variant(kLetters, base);
  return letters != nullptr ? std::u32string(letters->instead) : std::u32string(1, base);
}

void note(std::vector<Cea608Unspelled>& all, Cea608Unspelled found) {
  const bool goes_on =
      !all.empty() && all.back().instead.empty() && found.instead.empty() &&
      all.back().position + static_cast<std::size_t>(grapheme_count(all.back().text)) ==
          found.position;
  if (goes_on) {
    all.back().text += found.text;
  } else {
    all.push_back(std::move(found));
  }
}

}  // namespace

std::optional<Cea608Character> cea608_character(char32_t character) {
  for (const Set& set : kSets) {
    const std::size_t at = set.characters.find(character);
    if (at == std::u32string_view::npos || character == U'\u00A0') continue;
    const auto code = static_cast<std::uint8_t>(set.first + at);
    const char fallback = set.fallbacks.empty() ? '\0' : set.fallbacks[at];
    // 608 has a straight apostrophe among the extended; the basic one is what everyone sends.
    if (character == U'\'') continue;
    return Cea608Character{set.number, code, static_cast<std::uint8_t>(fallback)};
  }
  return std::nullopt;
}

std::optional<char32_t> cea608_meaning(std::uint8_t set_number, std::uint8_t code) {
  const auto* set = std::ranges::find(kSets, set_number, &Set::number);
  if (set == kSets.end() || code < set->first) return std::nullopt;
  const auto at = static_cast<std::size_t>(code - set->first);
  if (at >= set->characters.size()) return std::nullopt;
  const char32_t character = set->characters[at];
  return character == U'\u00A0' ? U' ' : character;
}

Cea608Text cea608_text(std::string_view text) {
  Cea608Text result;
  std::size_t begin = 0;
  std::size_t position = 0;
  for (const std::size_t end : grapheme_ends(text)) {
    const std::string_view cluster = text.substr(begin, end - begin);
    begin = end;
    std::vector<Cea608Character> spelled;
    if (!spell(composed_characters(cluster), spelled)) {
      spelled.clear();
      const std::u32string letters = letters_instead(cluster);
      std::string instead;
      if (spell(letters, spelled)) {
        for (const char32_t letter : letters) append_utf8(instead, letter);
      }
      note(result.unspelled, {position, std::string(cluster), instead});
    }
    result.characters.insert(result.characters.end(), spelled.begin(), spelled.end());
    ++position;
  }
  return result;
}

}  // namespace subtide
