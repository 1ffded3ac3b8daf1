#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/metadata/bytes.h"

namespace subtide {

inline constexpr std::size_t kTsPacketSize = 188;
inline constexpr std::uint8_t kTsSyncByte = 0x47;
inline constexpr std::uint16_t kPatPid = 0;
inline constexpr std::uint16_t kNullPid = 0x1FFF;

/// What the first bytes of an MPEG-TS packet say.
struct TsHeader {
  std::uint16_t pid = 0;
  bool is_start = false;  ///< a section or a PES packet begins in it
  std::uint8_t counter = 0;
  ByteView payload;  ///< empty when it has none
};

/// Nothing for a packet that is damaged, marked as damaged, or scrambled.
std::optional<TsHeader> read_ts_header(ByteView packet);

/// Cuts a PES packet into TS packets; the last is filled up with an adaptation field. `counter` is
/// the next continuity counter and goes on.
void write_pes(ByteWriter& out, std::uint16_t pid, ByteView pes, std::uint8_t& counter);

/// The same for sections, which begin behind a pointer field and are filled up with 0xFF.
void write_sections(ByteWriter& out, std::uint16_t pid, const std::vector<Bytes>& sections,
                    std::uint8_t& counter);

/// The PTS of a PES packet that begins with `payload`, in 90 kHz ticks.
std::optional<std::uint64_t> pes_pts(ByteView payload);

/// One PES packet of private_stream_1 with a PTS and an aligned payload of at most 65,527 bytes.
Bytes make_private_pes(std::uint64_t pts, ByteView payload);
inline constexpr std::size_t kLargestPesPayload = 65'527;

/// Gathers the sections of one PID.
class SectionGatherer {
 public:
  enum class State {
    kPartial,  ///< the next packet goes on
    kWhole,    ///< sections() are complete
    kDamaged,  ///< what came so far holds no sections
  };

  /// Adds a packet with a payload. After kWhole and kDamaged the next packet begins anew.
  State add(const TsHeader& packet);
  /// Whole sections, their CRC-32 not looked at.
  const std::vector<Bytes>& sections() const { return sections_; }
  void reset();

 private:
  State take_sections();

  Bytes gathered_;
  bool is_gathering_ = false;
  std::vector<Bytes> sections_;
};

}  // namespace subtide
