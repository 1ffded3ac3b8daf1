#include "engine/metadata/ts_program.h"

#include <algorithm>

#include "engine/metadata/byte_text.h"

namespace subtide {
namespace {

constexpr std::uint8_t kPatTable = 0;
constexpr std::uint8_t kPmtTable = 2;
constexpr std::size_t kSectionHeader = 8;  // to last_section_number
constexpr std::size_t kCrcSize = 4;
constexpr std::size_t kLongestSection = 1024;
constexpr std::uint8_t kMetadataStream = 0x15;
constexpr std::uint32_t kId3 = 0x49443320;  // "ID3 "

/// A section in the long form whose CRC is right and which holds now.
bool is_current(ByteView section, std::uint8_t table) {
  if (section.size() < kSectionHeader + kCrcSize || section.size() > kLongestSection) return false;
  const std::size_t length = static_cast<std::size_t>(section[1] & 0x0F) << 8 | section[2];
  return section[0] == table && (section[1] & 0x80) != 0 && length + 3 == section.size() &&
         (section[5] & 1) != 0 && crc32_mpeg(section) == 0;
}

ByteView body_of(ByteView section) {
  return section.subspan(kSectionHeader, section.size() - kSectionHeader - kCrcSize);
}

/// What both descriptors begin with: the application's format and the metadata's.
void write_id3_format(ByteWriter& writer) {
  writer.u16(0xFFFF);
  writer.u32(kId3);
  writer.u8(0xFF);
  writer.u32(kId3);
  writer.u8(0);  // metadata_service_id
}

Bytes pointer_descriptor(std::uint16_t program) {
  ByteWriter writer;
  writer.u16(0x250F);
  write_id3_format(writer);
  writer.u8(0x1F);  // no locator; carried in this very stream
  writer.u16(program);
  return writer.take();
}

Bytes stream_entry(std::uint16_t pid) {
  ByteWriter writer;
  writer.u8(kMetadataStream);
  writer.u16(0xE000U | pid);
  writer.u16(0xF00F);
  writer.u16(0x260D);
  write_id3_format(writer);
  writer.u8(0x0F);  // no decoder configuration, no DSM-CC
  return writer.take();
}

}  // namespace

std::optional<TsProgram> read_pat(ByteView section) {
  if (!is_current(section, kPatTable)) return std::nullopt;
  ByteReader reader(body_of(section));
  while (reader.rest().size() >= 4) {
    const std::uint16_t number = reader.u16();
    const auto pid = static_cast<std::uint16_t>(reader.u16() & 0x1FFF);
    if (number != 0 && pid >= 0x10 && pid != 0x1FFF) return TsProgram{number, pid};
  }
  return std::nullopt;
}

std::optional<TsStreams> read_pmt(ByteView section) {
  if (!is_current(section, kPmtTable)) return std::nullopt;
  TsStreams streams;
  streams.program = static_cast<std::uint16_t>(section[3] << 8 | section[4]);
  ByteReader reader(body_of(section));
  streams.pids.insert(reader.u16() & 0x1FFF);
  reader.bytes(reader.u16() & 0x0FFFU);
  while (reader.is_whole() && !reader.rest().empty()) {
    reader.u8();
    streams.pids.insert(reader.u16() & 0x1FFF);
    reader.bytes(reader.u16() & 0x0FFFU);
  }
  return reader.is_whole() ? std::optional(std::move(streams)) : std::nullopt;
}

std::optional<Bytes> add_id3_stream(ByteView section, std::uint16_t id3_pid) {
  const auto streams = read_pmt(section);
  if (!streams) return std::nullopt;
  const Bytes pointer = pointer_descriptor(streams->program);
  const Bytes entry = stream_entry(id3_pid);
  const std::size_t size = section.size() + pointer.size() + entry.size();
  if (size > kLongestSection) return std::nullopt;
  ByteReader reader(body_of(section));
  ByteWriter writer;
  writer.u8(kPmtTable);
  writer.u16(0xB000 | (size - 3));
  writer.u16(streams->program);
  const std::uint8_t version = section[5];
  writer.u8((version & 0xC1) | ((version + 2) & 0x3E));
  writer.bytes(section.subspan(6, 2));
  writer.u16(reader.u16());
  const std::size_t described = reader.u16() & 0x0FFFU;
  writer.u16(0xF000 | (described + pointer.size()));
  writer.bytes(reader.bytes(described));
  writer.bytes(pointer);
  writer.bytes(reader.rest());
  writer.bytes(entry);
  writer.u32(crc32_mpeg(writer.written()));
  return writer.take();
}

}  // namespace subtide
