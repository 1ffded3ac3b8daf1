// Model manifests and ladders: any bytes are read or refused.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "models/model_manifest.h"
#include "models/model_spec.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto manifest = subtide::parse_model_manifest(text, {});
  if (!manifest && manifest.error().message.empty()) std::abort();
  const auto ladder = subtide::parse_model_ladder(text);
  if (!ladder && ladder.error().message.empty()) std::abort();
  return 0;
}
