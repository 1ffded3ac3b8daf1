#pragma once

#include <array>
#include <cstdint>

#include "engine/metadata/bytes.h"

namespace subtide {

/// What is wrong with the packets of a transport stream.
struct TsDamage {
  std::uint64_t packets = 0;  ///< that came, whole or broken
  std::uint64_t missing = 0;  ///< by the continuity counters, which count to 16 only
  std::uint64_t broken = 0;   ///< without a sync byte, or marked as damaged on the way

  bool is_any() const { return missing + broken > 0; }
  TsDamage& operator+=(const TsDamage& more);
  bool operator==(const TsDamage&) const = default;
};

/// Counts damage in an MPEG-TS whose bytes flow by in pieces of any size.
///
/// Owner:   the caller. Threads: one at a time. Errors: none; any bytes will do. Memory: some 9
/// KiB. Source:  ISO/IEC 13818-1 section 2.4.3.3.
class TsHealth {
 public:
  TsHealth();
  /// What was found since the last call, these bytes with it.
  TsDamage add(ByteView bytes);

 private:
  /// Moves `at` to the next packet in what is held; false when there is no whole one.
  bool find_packet(std::size_t& at);
  void check(ByteView packet);

  static constexpr std::uint8_t kUnknown = 0xFF;
  std::array<std::uint8_t, 0x2000> counters_;  ///< the last one of each PID
  Bytes held_;
  bool is_in_step_ = false;
  TsDamage found_;
};

}  // namespace subtide
