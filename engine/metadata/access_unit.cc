#include "engine/metadata/access_unit.h"

#include <algorithm>

namespace subtide {
namespace {

enum class UnitKind { kSlice, kSlicePrefix, kOther };

UnitKind kind_of(VideoCodec codec, std::uint8_t header) {
  if (codec == VideoCodec::kH265) {
    return (header >> 1 & 0x3F) < 32 ? UnitKind::kSlice : UnitKind::kOther;
  }
  const int type = header & 0x1F;
  if (type >= 1 && type <= 5) return UnitKind::kSlice;
  if (type == 14 || type == 20 || type == 21) return UnitKind::kSlicePrefix;
  return UnitKind::kOther;
}

/// The next start code at or after `from`: where it begins, its zero byte too, and where it ends.
struct StartCode {
  std::size_t begin = 0;
  std::size_t end = 0;
};

std::optional<StartCode> find_start_code(ByteView bytes, std::size_t from) {
  for (std::size_t i = from; i + 3 <= bytes.size();) {
    if (bytes[i + 2] > 1) {
      i += 3;
    } else if (bytes[i] == 0 && bytes[i + 1] == 0 && bytes[i + 2] == 1) {
      const bool has_zero = i > from && bytes[i - 1] == 0;
      return StartCode{has_zero ? i - 1 : i, i + 3};
    } else {
      ++i;
    }
  }
  return std::nullopt;
}

/// The unit behind a start code; its end is searched for only when it is no slice, since a slice
/// is long and nothing behind it is asked for.
std::optional<NalUnit> unit_by_start_code(ByteView bytes, VideoCodec codec, std::size_t from) {
  const auto start = find_start_code(bytes, from);
  if (!start || start->end >= bytes.size()) return std::nullopt;
  const ByteView rest = bytes.subspan(start->end);
  if (kind_of(codec, rest[0]) == UnitKind::kSlice) return NalUnit{start->begin, rest};
  const auto next = find_start_code(bytes, start->end);
  const std::size_t end = next ? next->begin : bytes.size();
  return NalUnit{start->begin, bytes.subspan(start->end, end - start->end)};
}

std::optional<NalUnit> unit_by_length(ByteView bytes, std::size_t length_size, std::size_t from) {
  ByteReader reader(bytes.subspan(from));
  std::size_t length = 0;
  for (const std::uint8_t byte : reader.bytes(length_size)) length = length << 8 | byte;
  const ByteView unit = reader.bytes(length);
  if (!reader.is_whole() || unit.empty()) return std::nullopt;
  return NalUnit{from, unit};
}

}  // namespace

std::vector<NalUnit> units_up_to_slice(ByteView access_unit, const NalFraming& framing) {
  std::vector<NalUnit> units;
  for (std::size_t from = 0; from < access_unit.size();) {
    const auto unit = framing.length_size == 0
                          ? unit_by_start_code(access_unit, framing.codec, from)
                          : unit_by_length(access_unit, framing.length_size, from);
    if (!unit) break;
    // Two start codes in a row hold an empty unit between them.
    if (!unit->bytes.empty()) units.push_back(*unit);
    if (!unit->bytes.empty() && kind_of(framing.codec, unit->bytes[0]) == UnitKind::kSlice) break;
    from = static_cast<std::size_t>(unit->bytes.data() - access_unit.data()) + unit->bytes.size();
  }
  return units;
}

std::optional<std::size_t> sei_place(ByteView access_unit, const NalFraming& framing) {
  const std::vector<NalUnit> units = units_up_to_slice(access_unit, framing);
  if (units.empty() || kind_of(framing.codec, units.back().bytes[0]) != UnitKind::kSlice) {
    return std::nullopt;
  }
  const auto first = std::ranges::find_if(units, [&](const NalUnit& unit) {
    return kind_of(framing.codec, unit.bytes[0]) != UnitKind::kOther;
  });
  return first->begin;
}

bool has_captions(ByteView access_unit, const NalFraming& framing) {
  for (const NalUnit& unit : units_up_to_slice(access_unit, framing)) {
    const auto messages = read_sei(framing.codec, unit.bytes);
    if (!messages) continue;
    for (const SeiMessage& message : *messages) {
      if (captions_of(message)) return true;
    }
  }
  return false;
}

std::optional<Bytes> frame_nal(const NalFraming& framing, const Bytes& nal) {
  const std::size_t prefix = framing.length_size == 0 ? 4 : framing.length_size;
  std::size_t number = framing.length_size == 0 ? 1 : nal.size();
  if (prefix < 4 && nal.size() >> (8 * prefix) != 0) return std::nullopt;
  Bytes framed(prefix + nal.size());
  for (std::size_t i = prefix; i > 0; --i, number >>= 8) {
    framed[i - 1] = static_cast<std::uint8_t>(number);
  }
  std::ranges::copy(nal, framed.begin() + static_cast<std::ptrdiff_t>(prefix));
  return framed;
}

std::optional<std::size_t> nal_length_size(VideoCodec codec, ByteView codec_record) {
  const std::size_t at = codec == VideoCodec::kH264 ? 4 : 21;
  if (codec_record.size() <= at) return std::nullopt;
  const std::size_t size = (codec_record[at] & 3U) + 1;
  if (size == 3) return std::nullopt;
  return size;
}

}  // namespace subtide
