#include "engine/subtitles/plain_text.h"

#include <unicode/utf8.h>

#include <cstdint>

namespace subtide {
namespace {

enum class Treatment { kKeep, kSpace, kDrop };

bool is_between(UChar32 c, UChar32 first, UChar32 last) { return first <= c && c <= last; }

bool is_white_space(UChar32 c) {
  return c == ' ' || is_between(c, '\t', '\r') || c == 0x85 || c == 0x2028 || c == 0x2029;
}

bool is_control(UChar32 c) { return c < 0x20 || is_between(c, 0x7F, 0x9F); }

// Embeddings, overrides, isolates and the deprecated format characters behind them.
bool is_directional_override(UChar32 c) {
  return is_between(c, 0x202A, 0x202E) || is_between(c, 0x2066, 0x206F);
}

bool is_noncharacter(UChar32 c) { return (c & 0xFFFE) == 0xFFFE || is_between(c, 0xFDD0, 0xFDEF); }

bool is_annotation_or_mark(UChar32 c) { return c == 0xFEFF || is_between(c, 0xFFF9, 0xFFFB); }

Treatment treatment(UChar32 c) {
  if (is_white_space(c)) return Treatment::kSpace;
  const bool is_dropped =
      is_control(c) || is_directional_override(c) || is_noncharacter(c) || is_annotation_or_mark(c);
  return is_dropped ? Treatment::kDrop : Treatment::kKeep;
}

bool is_visible_ascii(char c) { return '!' <= c && c <= '~'; }

UChar32 next_code_point(std::string_view text, std::size_t& at) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  UChar32 c = 0;
  U8_NEXT(bytes, at, text.size(), c);
  return c;
}

}  // namespace

void append_utf8(std::string& text, char32_t code_point) {
  char bytes[U8_MAX_LENGTH];
  std::size_t size = 0;
  UBool failed = false;
  const auto c = static_cast<UChar32>(code_point);
  U8_APPEND(bytes, size, U8_MAX_LENGTH, c, failed);
  text += failed ? std::string_view("\uFFFD") : std::string_view(bytes, size);
}

std::string plain_text(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  bool has_space = false;
  const auto append = [&](std::string_view bytes) {
    if (has_space && !plain.empty()) plain += ' ';
    has_space = false;
    plain += bytes;
  };
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    while (at < text.size() && is_visible_ascii(text[at])) ++at;
    if (at > begin) {
      append(text.substr(begin, at - begin));
      continue;
    }
    const UChar32 c = next_code_point(text, at);
    if (c < 0) {
      append("\uFFFD");
    } else if (treatment(c) == Treatment::kSpace) {
      has_space = true;
    } else if (treatment(c) == Treatment::kKeep) {
      append(text.substr(begin, at - begin));
    }
  }
  return plain;
}

std::optional<std::size_t> find_foreign_byte(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    if (next_code_point(text, at) <= 0) return begin;
  }
  return std::nullopt;
}

}  // namespace subtide
