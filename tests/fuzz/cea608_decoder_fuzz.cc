// CEA-608: any bytes leave a screen of at most 15 rows of 32 columns.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "engine/subtitles/cea608_decoder.h"
#include "engine/subtitles/layout_rules.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  subtide::Cea608Decoder decoder(static_cast<subtide::Cea608Channel>(data[0] % 4 + 1));
  for (std::size_t at = 1; at + 1 < size; at += 2) {
    // Half of all bytes would be passed over for their parity.
    decoder.push(subtide::text_pair(data[at], data[at + 1]));
  }
  for (const auto& row : decoder.shown()) {
    if (row.row < 1 || row.row > subtide::kCea608Rows) std::abort();
    if (row.column + subtide::character_count(row.text) > subtide::kCea608Columns) std::abort();
  }
  return 0;
}
