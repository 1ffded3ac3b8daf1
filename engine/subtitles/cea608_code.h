#pragma once

#include <array>
#include <compare>
#include <cstdint>

namespace subtide {

/// The codes of CEA-608 (line 21 captions) as bytes: pairs with odd parity, commands, positions.
///
/// Threads: any. Errors: none; rows, indents and tabs must be in the ranges said.
/// Source:  47 CFR 15.119 and CTA-608-E.

inline constexpr int kCea608Columns = 32;
inline constexpr int kCea608Rows = 15;
/// A decoder need not show more at once.
inline constexpr int kCea608RowsAtOnce = 4;

/// What one frame carries of one field: two bytes of seven bits and odd parity. The default is the
/// null pair, which says nothing.
struct Cea608Pair {
  std::uint8_t first = 0x80;
  std::uint8_t second = 0x80;

  bool is_null() const { return first == 0x80 && second == 0x80; }
  auto operator<=>(const Cea608Pair&) const = default;
};

/// A caption service; 1 and 2 share field 1 of the picture, 3 and 4 field 2.
enum class Cea608Channel { kCc1 = 1, kCc2, kCc3, kCc4 };

enum class Cea608Field { kFirst = 1, kSecond };
Cea608Field field_of(Cea608Channel channel);

enum class Cea608Command : std::uint8_t {
  kResumeCaptionLoading = 0x20,     ///< RCL: what follows goes to the hidden memory
  kBackspace = 0x21,                ///< BS
  kDeleteToEndOfRow = 0x24,         ///< DER
  kRollUp2 = 0x25,                  ///< RU2
  kRollUp3 = 0x26,                  ///< RU3
  kRollUp4 = 0x27,                  ///< RU4
  kResumeDirectCaptioning = 0x29,   ///< RDC: what follows is shown at once
  kEraseDisplayedMemory = 0x2C,     ///< EDM
  kCarriageReturn = 0x2D,           ///< CR: rolls up
  kEraseNonDisplayedMemory = 0x2E,  ///< ENM
  kEndOfCaption = 0x2F,             ///< EOC: hidden and shown memory change places
};

/// The byte's lower seven bits with odd parity.
std::uint8_t with_odd_parity(std::uint8_t byte);
bool has_odd_parity(std::uint8_t byte);

/// A pair as CEA-708's cc_data carries it: cc_valid and cc_type of its field, then its bytes.
std::array<std::uint8_t, 3> cc_construct(Cea608Field field, Cea608Pair pair);

/// Two characters of seven bits; 0 stands for none.
Cea608Pair text_pair(std::uint8_t first, std::uint8_t second);
Cea608Pair command_pair(Cea608Channel channel, Cea608Command command);
/// Preamble address code: the cursor to `row` (1 to 15), `indent` (0, 4, …, 28); white, plain.
Cea608Pair position_pair(Cea608Channel channel, int row, int indent);
/// Tab offset: the cursor 1 to 3 columns to the right.
Cea608Pair tab_pair(Cea608Channel channel, int columns);
/// A character of two bytes: `set` is 0x11, 0x12 or 0x13.
Cea608Pair wide_character_pair(Cea608Channel channel, std::uint8_t set, std::uint8_t code);

}  // namespace subtide
