#include "engine/subtitles/cea608_code.h"

#include <array>
#include <bit>
#include <cassert>

namespace subtide {
namespace {

constexpr std::uint8_t kSevenBits = 0x7F;
constexpr std::uint8_t kSecondOfField = 0x08;  // in the first byte: CC2 or CC4
constexpr std::uint8_t kCommands = 0x14;       // in field 2: 0x15
constexpr std::uint8_t kTabs = 0x17;

/// What a row adds to a preamble's two bytes, row 1 first.
struct RowCode {
  std::uint8_t first;
  std::uint8_t second;
};
constexpr std::array<RowCode, kCea608Rows> kRowCodes = {{{0x11, 0x40},
                                                         {0x11, 0x60},
                                                         {0x12, 0x40},
                                                         {0x12, 0x60},
                                                         {0x15, 0x40},
                                                         {0x15, 0x60},
                                                         {0x16, 0x40},
                                                         {0x16, 0x60},
                                                         {0x17, 0x40},
                                                         {0x17, 0x60},
                                                         {0x10, 0x40},
                                                         {0x13, 0x40},
                                                         {0x13, 0x60},
                                                         {0x14, 0x40},
                                                         {0x14, 0x60}}};

bool is_second_of_field(Cea608Channel channel) {
  return channel == Cea608Channel::kCc2 || channel == Cea608Channel::kCc4;
}

std::uint8_t for_channel(Cea608Channel channel, std::uint8_t first) {
  return is_second_of_field(channel) ? static_cast<std::uint8_t>(first | kSecondOfField) : first;
}

}  // namespace

Cea608Field field_of(Cea608Channel channel) {
  const bool is_first = channel == Cea608Channel::kCc1 || channel == Cea608Channel::kCc2;
  return is_first ? Cea608Field::kFirst : Cea608Field::kSecond;
}

bool has_odd_parity(std::uint8_t byte) { return std::popcount(byte) % 2 == 1; }

std::uint8_t with_odd_parity(std::uint8_t byte) {
  const auto bits = static_cast<std::uint8_t>(byte & kSevenBits);
  return has_odd_parity(bits) ? bits : static_cast<std::uint8_t>(bits | 0x80);
}

std::array<std::uint8_t, 3> cc_construct(Cea608Field field, Cea608Pair pair) {
  // Five marker bits, cc_valid, and cc_type 0 or 1.
  const std::uint8_t header = field == Cea608Field::kFirst ? 0xFC : 0xFD;
  return {header, pair.first, pair.second};
}

Cea608Pair text_pair(std::uint8_t first, std::uint8_t second) {
  return {with_odd_parity(first), with_odd_parity(second)};
}

Cea608Pair command_pair(Cea608Channel channel, Cea608Command command) {
  const bool is_field_two = field_of(channel) == Cea608Field::kSecond;
  const auto first = static_cast<std::uint8_t>(kCommands + (is_field_two ? 1 : 0));
  return text_pair(for_channel(channel, first), static_cast<std::uint8_t>(command));
}

Cea608Pair position_pair(Cea608Channel channel, int row, int indent) {
  assert(1 <= row && row <= kCea608Rows);
  assert(0 <= indent && indent < kCea608Columns && indent % 4 == 0);
  const RowCode code = kRowCodes[static_cast<std::size_t>(row - 1)];
  // 0x10 says "indent"; the step of four columns stands above the underline bit.
  const int second = code.second | 0x10 | (indent / 4) << 1;
  return text_pair(for_channel(channel, code.first), static_cast<std::uint8_t>(second));
}

Cea608Pair tab_pair(Cea608Channel channel, int columns) {
  assert(1 <= columns && columns <= 3);
  return text_pair(for_channel(channel, kTabs), static_cast<std::uint8_t>(0x20 + columns));
}

Cea608Pair wide_character_pair(Cea608Channel channel, std::uint8_t set, std::uint8_t code) {
  return text_pair(for_channel(channel, set), code);
}

}  // namespace subtide
