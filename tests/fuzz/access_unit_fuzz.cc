#include <cstddef>
#include <cstdint>

#include "tests/fuzz/metadata_checks.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  subtide::fuzz_access_unit({data, size});
  return 0;
}
