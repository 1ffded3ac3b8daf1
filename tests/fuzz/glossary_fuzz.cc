// Glossary files: any bytes are read or refused, and the terms read can be looked for in a text.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "engine/subtitles/forced_terms.h"
#include "engine/subtitles/glossary.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto glossary =
      subtide::parse_glossary({reinterpret_cast<const char*>(data), size}, "fuzzed.json");
  if (!glossary && glossary.error().message.empty()) std::abort();
  if (glossary) const subtide::ForcedTerms terms(*glossary, "es");
  return 0;
}
