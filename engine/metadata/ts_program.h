#pragma once

#include <cstdint>
#include <optional>
#include <set>

#include "engine/metadata/bytes.h"

namespace subtide {

/// Where the first programme of a PAT has its PMT.
struct TsProgram {
  std::uint16_t number = 0;
  std::uint16_t pmt_pid = 0;

  bool operator==(const TsProgram&) const = default;
};

/// Nothing for a section that is no current PAT, is damaged, or has no programme.
std::optional<TsProgram> read_pat(ByteView section);

/// The PIDs that a PMT speaks of: the clock and the streams.
struct TsStreams {
  std::uint16_t program = 0;
  std::set<std::uint16_t> pids;
};

/// Nothing for a section that is no current PMT, or is damaged.
std::optional<TsStreams> read_pmt(ByteView section);

/// The PMT with a stream of timed ID3 on `id3_pid` more: stream type 0x15 with a metadata
/// descriptor, a metadata pointer descriptor for the programme, the next version, a new CRC-32.
/// Nothing when read_pmt() reads nothing, or there is no room for it.
/// Source: Apple, Timed Metadata for HTTP Live Streaming; ISO/IEC 13818-1 section 2.6.58 ff.
std::optional<Bytes> add_id3_stream(ByteView section, std::uint16_t id3_pid);

}  // namespace subtide
