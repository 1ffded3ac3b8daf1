#include "engine/metadata/scte35.h"

#include "engine/metadata/byte_text.h"
#include "engine/metadata/ticks.h"

namespace subtide {
namespace {

constexpr std::uint8_t kTableId = 0xFC;
constexpr std::uint8_t kInsertType = 0x05;
constexpr std::uint8_t kTimeSignalType = 0x06;
constexpr std::uint8_t kNullType = 0x00;
constexpr std::uint8_t kSegmentationTag = 0x02;
constexpr std::uint32_t kCuei = 0x43554549;
constexpr std::size_t kHeaderSize = 14;  // up to and with splice_command_type
constexpr std::size_t kCrcSize = 4;
constexpr std::uint32_t kUnknownLength = 0xFFF;  // of a command, in older sections
constexpr std::uint8_t kFlag = 0x80;

Error bad(std::string_view what) {
  return make_error(ErrorCode::kBadInput, "SCTE-35 section: {}", what);
}

/// splice_time(): one byte without, five with a time.
std::optional<std::uint64_t> read_splice_time(ByteReader& reader) {
  const std::uint8_t first = reader.u8();
  if ((first & kFlag) == 0) return std::nullopt;
  return (std::uint64_t{first} & 1) << 32 | reader.u32();
}

void read_insert_body(ByteReader& reader, SpliceSection& splice) {
  const std::uint8_t flags = reader.u8();
  const bool is_program = (flags & 0x40) != 0;
  splice.direction = (flags & 0x80) != 0 ? SpliceDirection::kOut : SpliceDirection::kIn;
  splice.is_immediate = (flags & 0x10) != 0;
  if (is_program && !splice.is_immediate) splice.pts = read_splice_time(reader);
  if (!is_program) {
    const int count = reader.u8();
    for (int i = 0; i < count && reader.is_whole(); ++i) {
      reader.u8();
      if (splice.is_immediate) continue;
      const auto pts = read_splice_time(reader);
      if (!splice.pts) splice.pts = pts;
    }
  }
  if ((flags & 0x20) != 0) {
    const std::uint64_t word = reader.u40();
    splice.returns_by_itself = word >> 39 != 0;
    splice.duration = from_ticks(word & kTickMask);
  }
  splice.program_id = reader.u16();
  splice.avail_number = reader.u8();
  splice.avails_expected = reader.u8();
}

/// True when the command was understood to its end.
bool read_command(ByteReader& reader, SpliceSection& splice) {
  switch (splice.command_type) {
    case kNullType:
      splice.command = SpliceCommand::kNull;
      return true;
    case kInsertType:
      splice.command = SpliceCommand::kInsert;
      splice.event_id = reader.u32();
      splice.is_cancelled = (reader.u8() & kFlag) != 0;
      if (!splice.is_cancelled) read_insert_body(reader, splice);
      return reader.is_whole();
    case kTimeSignalType:
      splice.command = SpliceCommand::kTimeSignal;
      splice.pts = read_splice_time(reader);
      return reader.is_whole();
    default:
      splice.command = SpliceCommand::kOther;
      return true;
  }
}

std::optional<Segmentation> read_segmentation(ByteView body) {
  ByteReader reader(body);
  if (reader.u32() != kCuei) return std::nullopt;
  Segmentation segmentation;
  segmentation.event_id = reader.u32();
  segmentation.is_cancelled = (reader.u8() & kFlag) != 0;
  if (segmentation.is_cancelled) {
    return reader.is_whole() ? std::optional(segmentation) : std::nullopt;
  }
  const std::uint8_t flags = reader.u8();
  if ((flags & 0x80) == 0) reader.bytes(std::size_t{6} * reader.u8());
  if ((flags & 0x40) != 0) segmentation.duration = from_ticks(reader.u40());
  segmentation.upid_type = reader.u8();
  const ByteView upid = reader.bytes(reader.u8());
  segmentation.upid.assign(upid.begin(), upid.end());
  segmentation.type_id = reader.u8();
  segmentation.number = reader.u8();
  segmentation.expected = reader.u8();
  return reader.is_whole() ? std::optional(segmentation) : std::nullopt;
}

bool read_descriptors(ByteReader& reader, SpliceSection& splice) {
  ByteReader loop(reader.bytes(reader.u16()));
  while (loop.is_whole() && !loop.rest().empty()) {
    const std::uint8_t tag = loop.u8();
    const ByteView body = loop.bytes(loop.u8());
    if (tag != kSegmentationTag) continue;
    if (auto segmentation = read_segmentation(body)) {
      splice.segmentations.push_back(std::move(*segmentation));
    }
  }
  return reader.is_whole() && loop.is_whole();
}

/// What a time_signal leaves to its descriptors.
void take_from_segmentations(SpliceSection& splice) {
  for (const Segmentation& segmentation : splice.segmentations) {
    if (!splice.event_id) splice.event_id = segmentation.event_id;
    if (splice.direction != SpliceDirection::kNone) continue;
    splice.direction = segmentation.direction();
    if (splice.direction == SpliceDirection::kNone) continue;
    splice.event_id = segmentation.event_id;
    if (!splice.duration) splice.duration = segmentation.duration;
  }
}

// ---- writing ----

void write_splice_time(ByteWriter& writer, std::optional<std::uint64_t> pts) {
  if (!pts) return writer.u8(0x7F);
  writer.u40(std::uint64_t{0xFE} << 32 | (*pts & kTickMask));
}

std::optional<std::uint64_t> adjusted(const SpliceSection& splice, std::uint64_t pts_adjustment) {
  if (!splice.pts) return std::nullopt;
  return (*splice.pts - pts_adjustment) & kTickMask;
}

Bytes segmentation_body(const Segmentation& segmentation) {
  ByteWriter body;
  body.u32(kCuei);
  body.u32(segmentation.event_id);
  body.u8(segmentation.is_cancelled ? 0xFF : 0x7F);
  if (segmentation.is_cancelled) return body.take();
  // The whole programme; delivery not restricted; reserved bits set.
  body.u8(segmentation.duration ? 0xFF : 0xBF);
  if (segmentation.duration) body.u40(to_ticks(*segmentation.duration));
  const std::size_t upid_size = std::min<std::size_t>(segmentation.upid.size(), 200);
  body.u8(segmentation.upid_type);
  body.u8(upid_size);
  body.bytes(ByteView(segmentation.upid).first(upid_size));
  body.u8(segmentation.type_id);
  body.u8(segmentation.number);
  body.u8(segmentation.expected);
  return body.take();
}

Bytes write_section(std::uint8_t type, std::uint64_t pts_adjustment, const Bytes& command,
                    const std::vector<Segmentation>& segmentations) {
  ByteWriter descriptors;
  for (const Segmentation& segmentation : segmentations) {
    const Bytes body = segmentation_body(segmentation);
    descriptors.u8(kSegmentationTag);
    descriptors.u8(body.size());
    descriptors.bytes(body);
  }
  const std::size_t size = kHeaderSize + command.size() + 2 + descriptors.size() + kCrcSize;
  ByteWriter section;
  section.u8(kTableId);
  section.u16(0x3000 | (size - 3));  // not a long section, not private, sap_type not specified
  section.u8(0);                     // protocol_version
  section.u40(pts_adjustment & kTickMask);
  section.u8(0xFF);  // cw_index: no control word
  section.u24(0xFFF000 | command.size());
  section.u8(type);
  section.bytes(command);
  section.u16(descriptors.size());
  section.bytes(descriptors.written());
  section.u32(crc32_mpeg(section.written()));
  return section.take();
}

}  // namespace

SpliceDirection Segmentation::direction() const {
  switch (type_id) {
    case 0x22:  // break
    case 0x30:  // provider advertisement
    case 0x32:  // distributor advertisement
    case 0x34:  // provider placement opportunity
    case 0x36:  // distributor placement opportunity
    case 0x44:  // provider ad block
    case 0x46:  // distributor ad block
      return SpliceDirection::kOut;
    case 0x23:
    case 0x31:
    case 0x33:
    case 0x35:
    case 0x37:
    case 0x45:
    case 0x47:
      return SpliceDirection::kIn;
    default:
      return SpliceDirection::kNone;
  }
}

Result<SpliceSection> read_splice(ByteView section) {
  ByteReader reader(section);
  if (reader.u8() != kTableId) return bad("does not begin with 0xFC");
  const std::size_t length = reader.u16() & 0x0FFFU;
  if (length + 3 != section.size()) return bad("its length is not what it says");
  if (section.size() < kHeaderSize + 2 + kCrcSize) return bad("too short");
  if (crc32_mpeg(section) != 0) return bad("wrong CRC-32");
  ByteReader body(section.subspan(3, length - kCrcSize));
  body.u8();
  const std::uint64_t word = body.u40();
  const std::uint64_t pts_adjustment = word & kTickMask;
  if (word >> 39 != 0) return make_error(ErrorCode::kUnsupported, "SCTE-35 section: encrypted");
  body.u8();
  const std::uint32_t command_length = body.u24() & 0xFFFU;
  SpliceSection splice;
  splice.command_type = body.u8();
  if (command_length == kUnknownLength) {
    if (!read_command(body, splice)) return bad("its command is cut short");
    if (splice.command == SpliceCommand::kOther) return splice;
  } else {
    ByteReader command(body.bytes(command_length));
    if (!body.is_whole() || !read_command(command, splice)) {
      return bad("its command is cut short");
    }
  }
  if (!read_descriptors(body, splice)) return bad("its descriptors are cut short");
  if (splice.pts) splice.pts = (*splice.pts + pts_adjustment) & kTickMask;
  if (splice.command == SpliceCommand::kTimeSignal) take_from_segmentations(splice);
  return splice;
}

Bytes write_splice_insert(const SpliceSection& splice, std::uint64_t pts_adjustment) {
  ByteWriter command;
  command.u32(splice.event_id.value_or(0));
  command.u8(splice.is_cancelled ? 0xFF : 0x7F);
  if (!splice.is_cancelled) {
    const auto pts = adjusted(splice, pts_adjustment);
    const bool is_immediate = splice.is_immediate || !pts;
    const bool is_out = splice.direction == SpliceDirection::kOut;
    command.u8((is_out ? 0x80U : 0U) | 0x40U | (splice.duration ? 0x20U : 0U) |
               (is_immediate ? 0x10U : 0U) | 0x0FU);
    if (!is_immediate) write_splice_time(command, pts);
    if (splice.duration) {
      const std::uint64_t flags = splice.returns_by_itself ? 0xFE : 0x7E;
      command.u40(flags << 32 | (to_ticks(*splice.duration) & kTickMask));
    }
    command.u16(splice.program_id);
    command.u8(splice.avail_number);
    command.u8(splice.avails_expected);
  }
  return write_section(kInsertType, pts_adjustment, command.take(), splice.segmentations);
}

Bytes write_time_signal(const SpliceSection& splice, std::uint64_t pts_adjustment) {
  ByteWriter command;
  write_splice_time(command, adjusted(splice, pts_adjustment));
  return write_section(kTimeSignalType, pts_adjustment, command.take(), splice.segmentations);
}

}  // namespace subtide
