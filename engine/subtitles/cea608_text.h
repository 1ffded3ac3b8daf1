#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace subtide {

/// A character as CEA-608 spells it; it fills one column.
struct Cea608Character {
  /// 0: basic, one byte. 0x11: special, two bytes. 0x12 and 0x13: extended, two bytes that
  /// overwrite the character before them.
  std::uint8_t set = 0;
  std::uint8_t code = 0x20;
  /// What a decoder without extended characters shows; sent ahead of those, and only of those.
  std::uint8_t fallback = 0;

  bool is_extended() const { return fallback != 0; }
  bool operator==(const Cea608Character&) const = default;
};

/// Nothing for what no set has.
std::optional<Cea608Character> cea608_character(char32_t character);

/// The character that a code stands for; nothing for a code without one.
std::optional<char32_t> cea608_meaning(std::uint8_t set, std::uint8_t code);

/// Characters in a row that CEA-608 cannot spell.
struct Cea608Unspelled {
  std::size_t position = 0;  ///< grapheme clusters before it
  std::string text;          ///< as it was
  std::string instead;       ///< what stands there now: base letters, or nothing
  bool operator==(const Cea608Unspelled&) const = default;
};

struct Cea608Text {
  std::vector<Cea608Character> characters;
  std::vector<Cea608Unspelled> unspelled;
};

/// Spells UTF-8 text. Typographic variants (dashes, the ellipsis, spaces, low quotes) become the
/// nearest sign there is. Of a letter whose accents 608 does not know the letter stays; what has no
/// letter to stay (Chinese, Cyrillic, emoji) is left out. Both are told in `unspelled`.
///
/// Threads: any. Errors: none.
Cea608Text cea608_text(std::string_view text);

}  // namespace subtide
