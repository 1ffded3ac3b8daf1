// Graph files: any bytes are read or refused, and what was read can be bound with its defaults.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "engine/config/graph_spec.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto spec =
      subtide::GraphSpec::parse({reinterpret_cast<const char*>(data), size}, "fuzzed.json");
  if (!spec) {
    if (spec.error().message.empty()) std::abort();
    return 0;
  }
  const auto bound = spec->bind({});
  if (!bound && bound.error().message.empty()) std::abort();
  return 0;
}
