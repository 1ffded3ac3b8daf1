#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace subtide {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

/// Puts big-endian fields one behind the other, as all carriers here want them.
class ByteWriter {
 public:
  void u8(std::uint64_t value) { put(value, 1); }
  void u16(std::uint64_t value) { put(value, 2); }
  void u24(std::uint64_t value) { put(value, 3); }
  void u32(std::uint64_t value) { put(value, 4); }
  void u40(std::uint64_t value) { put(value, 5); }
  void u64(std::uint64_t value) { put(value, 8); }
  void bytes(ByteView bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
  void text(std::string_view text) { bytes_.insert(bytes_.end(), text.begin(), text.end()); }
  void fill(std::size_t count, std::uint8_t value) { bytes_.insert(bytes_.end(), count, value); }

  std::size_t size() const { return bytes_.size(); }
  const Bytes& written() const { return bytes_; }
  Bytes take() { return std::move(bytes_); }

 private:
  void put(std::uint64_t value, int count) {
    for (int i = count - 1; i >= 0; --i) {
      bytes_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
    }
  }

  Bytes bytes_;
};

/// Reads big-endian fields. Past the end every number is 0 and every stretch empty, and is_whole()
/// is false from then on: one question at the end of a structure is enough.
class ByteReader {
 public:
  explicit ByteReader(ByteView bytes) : rest_(bytes) {}

  std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
  std::uint32_t u24() { return static_cast<std::uint32_t>(number(3)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
  std::uint64_t u40() { return number(5); }
  std::uint64_t u64() { return number(8); }

  ByteView bytes(std::size_t count) {
    if (count > rest_.size()) {
      rest_ = {};
      is_whole_ = false;
      return {};
    }
    const ByteView taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }
  /// A text that a zero byte ends; the zero is taken too.
  std::string text() {
    std::string text;
    while (is_whole_) {
      const std::uint8_t byte = u8();
      if (byte == 0) break;
      text.push_back(static_cast<char>(byte));
    }
    return text;
  }

  ByteView rest() const { return rest_; }
  bool is_whole() const { return is_whole_; }

 private:
  std::uint64_t number(std::size_t count) {
    std::uint64_t value = 0;
    for (const std::uint8_t byte : bytes(count)) value = value << 8 | byte;
    return value;
  }

  ByteView rest_;
  bool is_whole_ = true;
};

inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace subtide
