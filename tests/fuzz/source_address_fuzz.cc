// Addresses of sources: any bytes are read or refused.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "engine/ingest/source_address.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto address = subtide::parse_source_address(text);
  if (!address) {
    if (address.error().message.empty()) std::abort();
    return 0;
  }
  if (address->kind == subtide::SourceKind::kFile && address->path.empty()) std::abort();
  return 0;
}
