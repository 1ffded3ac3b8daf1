#include <cstddef>
#include <cstdint>

#include "tests/fuzz/packaging_checks.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  subtide::fuzz_presentation({reinterpret_cast<const char*>(data), size});
  return 0;
}
