// The header of MP4 files: whatever its sizes say, nothing outside it is read or written, and a
// second look finds nothing more to mend.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "engine/pipeline/movie_length.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<std::uint8_t> moov(data, data + size);
  const std::vector<std::uint8_t> before = moov;
  const bool is_changed = subtide::stretch_movie_length(moov).has_value();
  if (!is_changed && moov != before) std::abort();
  if (is_changed && subtide::stretch_movie_length(moov).has_value()) std::abort();
  return 0;
}
