#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace subtide {

/// For formats that have no escapes (SRT, the backslash of ASS): an invisible word joiner behind a
/// character keeps what follows from being taken for markup. Readers take it out again.
inline constexpr std::string_view kWordJoiner = "\u2060";

/// Whether `first`, followed by `rest` (word joiners in front of it skipped), would be markup. It
/// may look no further into `rest` than the markup's own opening, in which no guard can stand.
using LooksLikeMarkup = bool (*)(char first, std::string_view rest);

inline std::string_view skip_word_joiners(std::string_view text) {
  while (text.starts_with(kWordJoiner)) text.remove_prefix(kWordJoiner.size());
  return text;
}

/// True when the character at `at` needs, or has, a guard.
inline bool is_guard_place(std::string_view text, std::size_t at, LooksLikeMarkup looks) {
  return looks(text[at], skip_word_joiners(text.substr(at + 1)));
}

inline std::string guard_markup(std::string_view text, LooksLikeMarkup looks) {
  std::string guarded;
  for (std::size_t at = 0; at < text.size(); ++at) {
    guarded += text[at];
    if (is_guard_place(text, at, looks)) guarded += kWordJoiner;
  }
  return guarded;
}

/// True when the character at `at` is followed by a guard, which a reader drops.
inline bool has_guard(std::string_view text, std::size_t at, LooksLikeMarkup looks) {
  return text.substr(at + 1).starts_with(kWordJoiner) && is_guard_place(text, at, looks);
}

}  // namespace subtide
