// Batch manifests: any bytes are read or refused in one line, as JSON and as CSV; each job read has
// an input and known options only, and comes out the same when written as JSON and read again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "engine/config/batch_manifest.h"
#include "engine/config/csv_text.h"

namespace {

const std::vector<std::string> kKnown = {"input", "output", "ladder", "crf", "force", "translate"};

void require(bool is_true) {
  if (!is_true) std::abort();
}

std::string escaped(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string json = "\"";
  for (const char letter : text) {
    const auto byte = static_cast<unsigned char>(letter);
    if (byte < 0x20 || letter == '"' || letter == '\\') {
      json += std::string("\\u00") + kDigits[byte >> 4U] + kDigits[byte & 15U];
    } else {
      json += letter;
    }
  }
  return json + "\"";
}

std::string json_of(const std::vector<subtide::ManifestJob>& jobs) {
  std::string json;
  for (const auto& job : jobs) {
    std::string object;
    for (const auto& [key, value] : job.options) {
      object += (object.empty() ? "" : ",") + escaped(key) + ":" + escaped(value);
    }
    json += (json.empty() ? "[{" : ",{") + object + "}";
  }
  return json + "]";
}

void check(std::string_view text, std::string_view name) {
  const auto jobs = subtide::parse_batch_manifest(text, name, kKnown);
  if (!jobs) {
    require(!jobs.error().message.empty());
    require(jobs.error().message.find('\n') == std::string::npos);
    return;
  }
  require(!jobs->empty());
  for (const auto& job : *jobs) require(!job.input().empty());
  const auto again = subtide::parse_batch_manifest(json_of(*jobs), "again.json", kKnown);
  require(again && again->size() == jobs->size());
  for (std::size_t i = 0; i < jobs->size(); ++i) {
    require((*again)[i].options == (*jobs)[i].options);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check(text, "fuzzed.json");
  check(text, "fuzzed.csv");
  subtide::CsvReader rows(text);
  for (auto row = rows.next(); row && *row; row = rows.next()) require(!(*row)->cells.empty());
  return 0;
}
