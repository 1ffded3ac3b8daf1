#include "engine/metadata/klv.h"

#include <algorithm>
#include <optional>

#include "engine/metadata/byte_text.h"

namespace subtide {
namespace {

constexpr std::array<std::uint8_t, 4> kLabelPrefix = {0x06, 0x0E, 0x2B, 0x34};
constexpr std::size_t kLongestLength = 8;  // bytes behind a long-form BER length
constexpr std::size_t kLongestTag = 5;

/// BER length of SMPTE 336: short form, or up to eight bytes behind their number.
std::optional<std::uint64_t> read_length(ByteReader& reader) {
  const std::uint8_t first = reader.u8();
  if (first < 0x80) return first;
  const std::size_t count = first & 0x7F;
  if (count == 0 || count > kLongestLength) return std::nullopt;
  std::uint64_t length = 0;
  for (const std::uint8_t byte : reader.bytes(count)) length = length << 8 | byte;
  return length;
}

/// A BER-OID tag: seven bits in each byte, the last without the top bit.
std::optional<std::uint64_t> read_tag(ByteReader& reader) {
  std::uint64_t tag = 0;
  for (std::size_t i = 0; i < kLongestTag; ++i) {
    const std::uint8_t byte = reader.u8();
    tag = tag << 7 | (byte & 0x7FU);
    if ((byte & 0x80) == 0) return tag;
  }
  return std::nullopt;
}

Error bad(ByteView all, const ByteReader& reader, std::string_view what) {
  return make_error(ErrorCode::kBadInput, "KLV, byte {}: {}", all.size() - reader.rest().size(),
                    what);
}

}  // namespace

Result<std::vector<KlvItem>> split_klv(ByteView bytes) {
  std::vector<KlvItem> items;
  ByteReader reader(bytes);
  while (!reader.rest().empty()) {
    if (!std::ranges::equal(reader.rest().first(std::min<std::size_t>(4, reader.rest().size())),
                            kLabelPrefix)) {
      return bad(bytes, reader, "no universal label (06 0E 2B 34)");
    }
    KlvItem item;
    std::ranges::copy(reader.bytes(item.key.size()), item.key.begin());
    if (!reader.is_whole()) return bad(bytes, reader, "a key is cut short");
    const auto length = read_length(reader);
    if (!length || !reader.is_whole() || *length > reader.rest().size()) {
      return bad(bytes, reader, "a wrong length");
    }
    item.value = reader.bytes(static_cast<std::size_t>(*length));
    items.push_back(item);
  }
  return items;
}

Result<std::vector<KlvLocalItem>> split_local_set(ByteView value) {
  std::vector<KlvLocalItem> items;
  ByteReader reader(value);
  while (!reader.rest().empty()) {
    const auto tag = read_tag(reader);
    if (!tag || !reader.is_whole()) return bad(value, reader, "a wrong tag");
    const auto length = read_length(reader);
    if (!length || !reader.is_whole() || *length > reader.rest().size()) {
      return bad(value, reader, "a wrong length");
    }
    items.push_back({*tag, reader.bytes(static_cast<std::size_t>(*length))});
  }
  return items;
}

std::string to_string(const KlvKey& key) {
  const ByteView bytes(key);
  return fmt::format("{}.{}.{}.{}", to_hex(bytes.subspan(0, 4)), to_hex(bytes.subspan(4, 4)),
                     to_hex(bytes.subspan(8, 4)), to_hex(bytes.subspan(12, 4)));
}

Bytes write_klv(const KlvKey& key, ByteView value) {
  ByteWriter writer;
  writer.bytes(key);
  const std::uint64_t length = value.size();
  if (length < 0x80) {
    writer.u8(length);
  } else if (length < 0x100) {
    writer.u16(0x8100 | length);
  } else if (length < 0x10000) {
    writer.u24(0x820000 | length);
  } else {
    writer.u40(std::uint64_t{0x84} << 32 | length);
  }
  writer.bytes(value);
  return writer.take();
}

}  // namespace subtide
