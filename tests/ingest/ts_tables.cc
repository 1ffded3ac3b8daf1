#include "tests/ingest/ts_tables.h"

#include <cstdint>

#include "engine/metadata/byte_text.h"
#include "engine/metadata/ts_packet.h"

namespace subtide {
namespace {

// ffmpeg's.
constexpr std::uint16_t kPmtPid = 0x1000;
constexpr std::uint16_t kVideoPid = 0x100;
constexpr std::uint16_t kAudioPid = 0x101;

std::uint16_t pid_of(const std::string& packet) {
  return static_cast<std::uint16_t>((packet[1] & 0x1F) << 8 | (packet[2] & 0xFF));
}

void set_pid(std::string& packet, std::size_t at, std::uint16_t pid) {
  packet[at] = static_cast<char>((packet[at] & 0xE0) | pid >> 8);
  packet[at + 1] = static_cast<char>(pid);
}

std::uint16_t swapped(std::uint16_t pid) {
  return pid == kVideoPid ? kAudioPid : pid == kAudioPid ? kVideoPid : pid;
}

}  // namespace

std::string with_tables(const std::string& stream, const TableEdit& edit) {
  std::string result;
  std::size_t number = 0;
  for (std::size_t at = 0; at + kTsPacketSize <= stream.size(); at += kTsPacketSize) {
    const std::string packet = stream.substr(at, kTsPacketSize);
    const bool is_table = pid_of(packet) == kPatPid || pid_of(packet) == kPmtPid;
    result += is_table ? edit(packet, number++) : packet;
  }
  return result;
}

std::size_t count_tables(const std::string& stream) {
  std::size_t count = 0;
  with_tables(stream, [&](const std::string& packet, std::size_t) {
    ++count;
    return packet;
  });
  return count;
}

std::string with_swapped_streams(std::string packet, int later) {
  if (pid_of(packet) != kPmtPid) return packet;
  constexpr std::size_t kSection = 5;  // behind the header and the pointer
  const std::size_t length = (packet[kSection + 1] & 0x0F) << 8 | (packet[kSection + 2] & 0xFF);
  const std::size_t info = (packet[kSection + 10] & 0x0F) << 8 | (packet[kSection + 11] & 0xFF);
  const std::size_t end = kSection + 3 + length - 4;
  for (std::size_t at = kSection + 12 + info; at + 5 <= end;) {
    const std::size_t more = (packet[at + 3] & 0x0F) << 8 | (packet[at + 4] & 0xFF);
    const std::string as_header{'\0', packet[at + 1], packet[at + 2]};
    set_pid(packet, at + 1, swapped(pid_of(as_header)));
    at += 5 + more;
  }
  const int version = ((packet[kSection + 5] >> 1 & 0x1F) + later) & 0x1F;
  packet[kSection + 5] = static_cast<char>((packet[kSection + 5] & 0xC1) | version << 1);
  const std::uint32_t crc = crc32_mpeg(as_bytes(packet.substr(kSection, end - kSection)));
  for (int i = 0; i < 4; ++i) packet[end + i] = static_cast<char>(crc >> (24 - 8 * i));
  return packet;
}

std::string with_swapped_pids(std::string stream) {
  for (std::size_t at = 0; at + kTsPacketSize <= stream.size(); at += kTsPacketSize) {
    set_pid(stream, at + 1, swapped(pid_of(stream.substr(at, kTsPacketSize))));
  }
  return stream;
}

}  // namespace subtide
