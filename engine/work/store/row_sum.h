#pragma once

#include <cstdint>
#include <string_view>

namespace subtide {

/// A checksum kept in each row, since SQLite's own check sees broken pages but not a flipped bit in
/// a value. FNV-1a, 64 bit: a single flipped bit always changes it. Against accidents, not attacks.
class RowSum {
 public:
  RowSum& add(std::int64_t number) {
    for (int shift = 0; shift < 64; shift += 8) {
      add_byte(static_cast<std::uint8_t>(static_cast<std::uint64_t>(number) >> shift));
    }
    return *this;
  }
  RowSum& add(std::string_view text) {
    add(static_cast<std::int64_t>(text.size()));
    for (const char byte : text) add_byte(static_cast<std::uint8_t>(byte));
    return *this;
  }
  std::int64_t value() const { return static_cast<std::int64_t>(sum_); }

 private:
  void add_byte(std::uint8_t byte) { sum_ = (sum_ ^ byte) * 0x100000001b3U; }
  std::uint64_t sum_ = 0xcbf29ce484222325U;
};

}  // namespace subtide
