// Puts every kept finding, and every golden sidecar, through the checks of the fuzz targets, so
// that they hold in every build and not only where libFuzzer is.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "tests/fuzz/message_checks.h"
#include "tests/fuzz/metadata_checks.h"
#include "tests/fuzz/packaging_checks.h"
#include "tests/fuzz/sidecar_checks.h"
#include "tests/support/shared_files.h"

namespace subtide {
namespace {

std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

int replay(const std::filesystem::path& folder, SidecarFormat format,
           void (*check)(SidecarFormat, std::string_view)) {
  int count = 0;
  if (!std::filesystem::exists(folder)) return count;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    SCOPED_TRACE(entry.path().string());
    check(format, bytes_of(entry.path()));
    ++count;
  }
  return count;
}

int replay(const std::filesystem::path& folder, void (*check)(std::string_view)) {
  int count = 0;
  if (!std::filesystem::exists(folder)) return count;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    SCOPED_TRACE(entry.path().string());
    check(bytes_of(entry.path()));
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

TEST(FuzzRegressions, EveryMessageStaysMendedAndItsSeedsAreRead) {
  struct Target {
    const char* name;
    void (*check)(std::string_view);
  };
  for (const auto& [name, check] :
       {Target{"event_envelope_fuzz", fuzz_event_envelope},
        Target{"state_protocol_fuzz", fuzz_state_protocol}, Target{"wire_fuzz", fuzz_wire},
        Target{"work_json_fuzz", fuzz_work_json}, Target{"track_format_fuzz", fuzz_track_format},
        Target{"playlist_fuzz", fuzz_playlist}, Target{"presentation_fuzz", fuzz_presentation}}) {
    const auto root = source_root() / "tests/fuzz";
    replay(root / "regressions" / name, check);
    EXPECT_GT(replay(root / "seeds" / name, check), 0) << name;
  }
}

std::span<const std::uint8_t> as_span(std::string_view bytes) {
  return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}

TEST(FuzzRegressions, MetadataStaysMendedAndItsSeedsAreRead) {
  struct Target {
    const char* name;
    void (*check)(std::string_view);
  };
  const auto root = source_root() / "tests/fuzz";
  for (const auto& [name, check] :
       {Target{"cue_file_fuzz", fuzz_cue_file},
        Target{"metadata_carrier_fuzz",
               [](std::string_view b) { fuzz_metadata_carrier(as_span(b)); }},
        Target{"access_unit_fuzz", [](std::string_view b) { fuzz_access_unit(as_span(b)); }},
        Target{"ts_id3_filter_fuzz", [](std::string_view b) { fuzz_ts_id3_filter(as_span(b)); }}}) {
    replay(root / "regressions" / name, check);
    EXPECT_GT(replay(root / "seeds" / name, check), 0) << name;
  }
}

TEST(FuzzRegressions, PresentationsOfAThousandRandomStoriesKeepTheRules) {
  std::mt19937 random(5);
  for (int story = 0; story < 1000; ++story) {
    std::string bytes(1 + random() % 200, '\0');
    for (char& each : bytes) each = static_cast<char>(random());
    fuzz_presentation(bytes);
  }
}

}  // namespace
}  // namespace subtide
