#include "engine/metadata/ts_packet.h"

#include <algorithm>

#include "engine/metadata/ticks.h"

namespace subtide {
namespace {

constexpr std::size_t kHeaderSize = 4;
constexpr std::size_t kMostPayload = kTsPacketSize - kHeaderSize;
constexpr std::size_t kLongestSection = 4096;
constexpr std::uint8_t kStuffing = 0xFF;
constexpr std::uint32_t kPesStart = 0x000001;
constexpr std::uint8_t kPrivateStream1 = 0xBD;

void write_header(ByteWriter& out, std::uint16_t pid, bool is_start, std::uint8_t control,
                  std::uint8_t& counter) {
  out.u8(kTsSyncByte);
  out.u16((is_start ? 0x4000U : 0U) | pid);
  out.u8(static_cast<unsigned>(control) << 4 | counter);
  counter = (counter + 1) & 0x0F;
}

/// An adaptation field that fills exactly `size` bytes.
void write_filler(ByteWriter& out, std::size_t size) {
  out.u8(size - 1);
  if (size == 1) return;
  out.u8(0);
  out.fill(size - 2, kStuffing);
}

}  // namespace

std::optional<TsHeader> read_ts_header(ByteView packet) {
  if (packet.size() != kTsPacketSize || packet[0] != kTsSyncByte) return std::nullopt;
  const bool has_error = (packet[1] & 0x80) != 0;
  const bool is_scrambled = (packet[3] & 0xC0) != 0;
  if (has_error || is_scrambled) return std::nullopt;
  TsHeader header;
  header.pid = static_cast<std::uint16_t>((packet[1] & 0x1F) << 8 | packet[2]);
  header.is_start = (packet[1] & 0x40) != 0;
  header.counter = packet[3] & 0x0F;
  const bool has_payload = (packet[3] & 0x10) != 0;
  const bool has_adaptation = (packet[3] & 0x20) != 0;
  const std::size_t at = kHeaderSize + (has_adaptation ? std::size_t{packet[4]} + 1 : 0);
  if (at > kTsPacketSize) return std::nullopt;
  if (has_payload) header.payload = packet.subspan(at);
  return header;
}

void write_pes(ByteWriter& out, std::uint16_t pid, ByteView pes, std::uint8_t& counter) {
  for (bool is_start = true; !pes.empty(); is_start = false) {
    const std::size_t count = std::min(pes.size(), kMostPayload);
    const std::size_t filler = kMostPayload - count;
    write_header(out, pid, is_start, filler > 0 ? 3 : 1, counter);
    if (filler > 0) write_filler(out, filler);
    out.bytes(pes.first(count));
    pes = pes.subspan(count);
  }
}

void write_sections(ByteWriter& out, std::uint16_t pid, const std::vector<Bytes>& sections,
                    std::uint8_t& counter) {
  // Each section begins a packet of its own: simple, and any demuxer can take it.
  for (const Bytes& section : sections) {
    ByteWriter whole;
    whole.u8(0);
    whole.bytes(section);
    ByteView rest = whole.written();
    for (bool is_start = true; !rest.empty(); is_start = false) {
      const std::size_t count = std::min(rest.size(), kMostPayload);
      write_header(out, pid, is_start, 1, counter);
      out.bytes(rest.first(count));
      out.fill(kMostPayload - count, kStuffing);
      rest = rest.subspan(count);
    }
  }
}

std::optional<std::uint64_t> pes_pts(ByteView payload) {
  ByteReader reader(payload);
  if (reader.u24() != kPesStart) return std::nullopt;
  reader.u24();  // stream id and length
  const std::uint8_t marks = reader.u8();
  const std::uint8_t flags = reader.u8();
  reader.u8();
  const std::uint64_t word = reader.u40();
  if (!reader.is_whole() || (marks & 0xC0) != 0x80 || (flags & 0x80) == 0) return std::nullopt;
  return (word >> 33 & 7) << 30 | (word >> 17 & 0x7FFF) << 15 | (word >> 1 & 0x7FFF);
}

Bytes make_private_pes(std::uint64_t pts, ByteView payload) {
  pts &= kTickMask;
  ByteWriter pes;
  pes.u24(kPesStart);
  pes.u8(kPrivateStream1);
  pes.u16(8 + payload.size());
  pes.u8(0x84);  // data_alignment_indicator
  pes.u8(0x80);  // a PTS and nothing else
  pes.u8(5);
  pes.u40(std::uint64_t{2} << 36 | (pts >> 30) << 33 | std::uint64_t{1} << 32 |
          (pts >> 15 & 0x7FFF) << 17 | 1U << 16 | (pts & 0x7FFF) << 1 | 1U);
  pes.bytes(payload);
  return pes.take();
}

SectionGatherer::State SectionGatherer::add(const TsHeader& packet) {
  sections_.clear();
  if (packet.payload.empty()) return is_gathering_ ? State::kPartial : State::kDamaged;
  if (packet.is_start) {
    const std::size_t pointer = packet.payload[0];
    const ByteView body = packet.payload.subspan(1);
    if (pointer > body.size()) {
      reset();
      return State::kDamaged;
    }
    if (!is_gathering_) gathered_.clear();
    const ByteView taken = is_gathering_ ? body : body.subspan(pointer);
    gathered_.insert(gathered_.end(), taken.begin(), taken.end());
    is_gathering_ = true;
  } else {
    if (!is_gathering_) return State::kDamaged;
    gathered_.insert(gathered_.end(), packet.payload.begin(), packet.payload.end());
  }
  const State state = take_sections();
  if (state != State::kPartial) {
    gathered_.clear();
    is_gathering_ = false;
  }
  return state;
}

SectionGatherer::State SectionGatherer::take_sections() {
  ByteView rest(gathered_);
  std::vector<Bytes> sections;
  while (!rest.empty() && rest[0] != kStuffing) {
    if (rest.size() < 3) return State::kPartial;
    const std::size_t size = 3 + (static_cast<std::size_t>(rest[1] & 0x0F) << 8 | rest[2]);
    if (size > kLongestSection) return State::kDamaged;
    if (size > rest.size()) return State::kPartial;
    sections.emplace_back(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(size));
    rest = rest.subspan(size);
  }
  if (sections.empty()) return State::kDamaged;
  sections_ = std::move(sections);
  return State::kWhole;
}

void SectionGatherer::reset() {
  gathered_.clear();
  sections_.clear();
  is_gathering_ = false;
}

}  // namespace subtide
