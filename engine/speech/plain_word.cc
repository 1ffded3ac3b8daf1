#include "engine/speech/plain_word.h"

#include <cstddef>
#include <cstdint>

namespace subtide {
namespace {

struct Sequence {
  std::size_t bytes = 0;  ///< 0: no character begins like this
  std::uint32_t bits = 0;
  std::uint32_t least = 0;  ///< smaller numbers have a shorter form
};

Sequence sequence_from(unsigned char first) {
  if (first < 0x80) return {1, first, 0};
  if (first >= 0xC2 && first < 0xE0) return {2, first & 0x1FU, 0x80};
  if (first >= 0xE0 && first < 0xF0) return {3, first & 0x0FU, 0x800};
  if (first >= 0xF0 && first < 0xF5) return {4, first & 0x07U, 0x10000};
  return {};
}

/// The bytes of the character that `text` begins with; 0 when it begins with none.
std::size_t character_size(std::string_view text) {
  const Sequence sequence = sequence_from(static_cast<unsigned char>(text.front()));
  if (sequence.bytes == 0 || text.size() < sequence.bytes) return 0;
  std::uint32_t code_point = sequence.bits;
  for (std::size_t i = 1; i < sequence.bytes; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xC0U) != 0x80U) return 0;
    code_point = (code_point << 6U) | (byte & 0x3FU);
  }
  const bool is_surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
  const bool is_character = code_point >= sequence.least && code_point <= 0x10FFFF && !is_surrogate;
  return is_character && code_point > 0x20 && code_point != 0x7F ? sequence.bytes : 0;
}

}  // namespace

bool is_plain_word(std::string_view text) {
  if (text.empty()) return false;
  while (!text.empty()) {
    const std::size_t size = character_size(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

}  // namespace subtide
