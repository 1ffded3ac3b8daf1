#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/base/media_time.h"
#include "engine/base/result.h"
#include "engine/metadata/bytes.h"

namespace subtide {

enum class SpliceCommand { kNull, kInsert, kTimeSignal, kOther };

/// Which way a splice goes, seen from the network's programme.
enum class SpliceDirection {
  kNone,  ///< neither, or it cannot be told
  kOut,   ///< a break begins
  kIn,    ///< the programme is back
};

/// One segmentation_descriptor.
struct Segmentation {
  std::uint32_t event_id = 0;
  bool is_cancelled = false;
  std::optional<MediaDuration> duration;
  std::uint8_t upid_type = 0;
  Bytes upid;
  std::uint8_t type_id = 0;
  std::uint8_t number = 0;    ///< segment_num
  std::uint8_t expected = 0;  ///< segments_expected

  SpliceDirection direction() const;
  bool operator==(const Segmentation&) const = default;
};

/// What a splice_info_section says.
///
/// Time: `pts` is the programme's clock in 90 kHz ticks, 33 bits, pts_adjustment added.
struct SpliceSection {
  SpliceCommand command = SpliceCommand::kNull;
  std::uint8_t command_type = 0;
  std::optional<std::uint32_t> event_id;  ///< splice_insert's, else the first segmentation's
  bool is_cancelled = false;
  bool is_immediate = false;
  SpliceDirection direction = SpliceDirection::kNone;
  std::optional<std::uint64_t> pts;
  std::optional<MediaDuration> duration;  ///< of the break
  bool returns_by_itself = false;         ///< auto_return
  std::uint16_t program_id = 0;
  std::uint8_t avail_number = 0;
  std::uint8_t avails_expected = 0;
  std::vector<Segmentation> segmentations;

  bool operator==(const SpliceSection&) const = default;
};

/// Reads a whole splice_info_section, from 0xFC to its CRC-32.
/// Errors: kBadInput (cut short, wrong CRC, not a section), kUnsupported (encrypted).
/// Source: ANSI/SCTE 35.
Result<SpliceSection> read_splice(ByteView section);

/// Writes a splice_insert for the whole programme. Taken from `splice`: event_id, is_cancelled,
/// is_immediate (or no pts), direction, pts, duration, returns_by_itself, program_id, avails and
/// segmentations. `pts_adjustment` is taken off the time that is written down.
Bytes write_splice_insert(const SpliceSection& splice, std::uint64_t pts_adjustment = 0);

/// Writes a time_signal: pts and segmentations.
Bytes write_time_signal(const SpliceSection& splice, std::uint64_t pts_adjustment = 0);

}  // namespace subtide
