#include "tests/ingest/splice_media.h"

#include "engine/metadata/byte_text.h"
#include "engine/metadata/ts_packet.h"

namespace subtide {
namespace {

constexpr std::uint16_t kPmtPid = 0x1000;  // ffmpeg's
constexpr std::uint16_t kSplicePid = 500;
constexpr std::uint8_t kSpliceStream = 0x86;
constexpr std::uint8_t kRegistration[] = {0x05, 4, 'C', 'U', 'E', 'I'};
constexpr std::size_t kPacketsBetween = 20;

Bytes with_splice_stream(ByteView pmt) {
  const std::size_t info_length = (pmt[10] & 0x0FU) << 8U | pmt[11];
  ByteWriter out;
  out.bytes(pmt.first(10));
  out.u16(0xF000U | (info_length + sizeof kRegistration));
  out.bytes(kRegistration);
  out.bytes(pmt.subspan(12, pmt.size() - 12 - 4));
  out.u8(kSpliceStream);
  out.u16(0xE000U | kSplicePid);
  out.u16(0xF000U);
  Bytes section = out.take();
  const std::size_t length = section.size() + 4 - 3;
  section[1] = static_cast<std::uint8_t>((section[1] & 0xF0U) | length >> 8U);
  section[2] = static_cast<std::uint8_t>(length);
  ByteWriter whole;
  whole.bytes(section);
  whole.u32(crc32_mpeg(section));
  return whole.take();
}

}  // namespace

Bytes with_splices(ByteView stream, ByteView section, int times) {
  ByteWriter out;
  SectionGatherer pmt;
  std::uint8_t pmt_counter = 0;
  std::uint8_t splice_counter = 0;
  const std::size_t middle = stream.size() / kTsPacketSize / 2;
  std::size_t next = middle;
  for (std::size_t at = 0; (at + 1) * kTsPacketSize <= stream.size(); ++at) {
    const ByteView packet = stream.subspan(at * kTsPacketSize, kTsPacketSize);
    const auto header = read_ts_header(packet);
    if (header && header->pid == kPmtPid) {
      if (pmt.add(*header) == SectionGatherer::State::kWhole) {
        write_sections(out, kPmtPid, {with_splice_stream(pmt.sections()[0])}, pmt_counter);
      }
      continue;
    }
    out.bytes(packet);
    if (at != next || times-- <= 0) continue;
    next += kPacketsBetween;
    write_sections(out, kSplicePid, {Bytes(section.begin(), section.end())}, splice_counter);
  }
  return out.take();
}

}  // namespace subtide
