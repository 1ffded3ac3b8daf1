#include <cstddef>
#include <cstdint>

#include "tests/fuzz/message_checks.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  subtide::fuzz_work_json({reinterpret_cast<const char*>(data), size});
  return 0;
}
