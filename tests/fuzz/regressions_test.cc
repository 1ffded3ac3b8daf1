// Puts every kept finding, and every golden sidecar, through the checks of the fuzz targets, so
// that they hold in every build and not only where libFuzzer is.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/fuzz/sidecar_checks.h"
#include "tests/support/shared_files.h"

namespace subtide {
namespace {

int replay(const std::filesystem::path& folder, SidecarFormat format,
           void (*check)(SidecarFormat, std::string_view)) {
  int count = 0;
  if (!std::filesystem::exists(folder)) return count;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(file)), {});
    SCOPED_TRACE(entry.path().string());
    check(format, bytes);
    ++count;
  }
  return count;
}

TEST(FuzzRegressions, EveryFindingStaysMended) {
  const auto root = source_root() / "tests";
  for (const char* name : {"srt", "vtt", "ttml", "ass", "json"}) {
    const SidecarFormat format = parse_sidecar_format(name).value();
    const auto findings = root / "fuzz/regressions";
    replay(findings / (std::string(name) + "_reader_fuzz"), format, fuzz_reader);
    replay(findings / (std::string(name) + "_writer_fuzz"), format, fuzz_writer);
    EXPECT_GT(replay(root / "golden/subtitles", format, fuzz_reader), 0);
    EXPECT_GT(replay(root / "golden/subtitles", format, fuzz_writer), 0);
  }
}

}  // namespace
}  // namespace subtide
