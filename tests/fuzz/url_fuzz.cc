// Addresses and redirects: any bytes are read or refused.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "engine/net/url.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto url = subtide::parse_url(text);
  if (!url && url.error().message.empty()) std::abort();
  const auto base = subtide::parse_url("https://a.example/b/c.mp4");
  if (!base) std::abort();
  const auto moved = subtide::resolve_url(*base, text);
  if (!moved && moved.error().message.empty()) std::abort();
  return 0;
}
