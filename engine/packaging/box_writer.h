#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace subtide {

/// Writes ISO-BMFF boxes: big-endian numbers, boxes inside boxes whose sizes are filled in when
/// they end.
///
/// Owner: the caller; copyable. Threads: one at a time. Errors: none.
class BoxWriter {
 public:
  /// A number of `width` bytes.
  BoxWriter& number(std::uint64_t value, int width) {
    for (int shift = (width - 1) * 8; shift >= 0; shift -= 8) {
      bytes_.push_back(static_cast<char>((value >> shift) & 0xFFU));
    }
    return *this;
  }
  BoxWriter& u8(std::uint64_t value) { return number(value, 1); }
  BoxWriter& u16(std::uint64_t value) { return number(value, 2); }
  BoxWriter& u32(std::uint64_t value) { return number(value, 4); }
  BoxWriter& u64(std::uint64_t value) { return number(value, 8); }
  BoxWriter& text(std::string_view bytes) {
    bytes_.append(bytes);
    return *this;
  }
  BoxWriter& zeros(std::size_t count) {
    bytes_.append(count, '\0');
    return *this;
  }

  /// A box of a four-letter type, filled by `body()`.
  template <typename Body>
  BoxWriter& box(std::string_view type, Body body) {
    const std::size_t at = bytes_.size();
    u32(0).text(type);
    body();
    patch(at, bytes_.size() - at);
    return *this;
  }

  /// The same with version and flags.
  template <typename Body>
  BoxWriter& full_box(std::string_view type, unsigned version, std::uint32_t flags, Body body) {
    return box(type, [&] {
      u8(version).number(flags, 3);
      body();
    });
  }

  /// Writes a 32-bit number over four bytes that stand at `at`.
  void patch(std::size_t at, std::uint64_t value) {
    for (std::size_t index = 0; index < 4; ++index) {
      bytes_[at + index] = static_cast<char>((value >> (24 - 8 * index)) & 0xFFU);
    }
  }

  std::size_t size() const { return bytes_.size(); }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

}  // namespace subtide
