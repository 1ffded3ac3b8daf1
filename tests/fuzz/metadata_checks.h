#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace subtide {

/// What must hold of any bytes that come as timed metadata; what does not stops the program.

/// A cue file: read or refused with a reason; a line read is written and read as the same.
void fuzz_cue_file(std::string_view bytes);
/// The first byte chooses ID3, emsg, SCTE-35, KLV or SEI; what was read is written and read again
/// as the same.
void fuzz_metadata_carrier(std::span<const std::uint8_t> bytes);
/// Access units with start codes and lengths: a place for SEI is inside, and the unit found again.
void fuzz_access_unit(std::span<const std::uint8_t> bytes);
/// The filter for ID3 in MPEG-TS: the first byte says how the rest is cut, which never matters;
/// what is no PMT passes in its order.
void fuzz_ts_id3_filter(std::span<const std::uint8_t> bytes);

}  // namespace subtide
