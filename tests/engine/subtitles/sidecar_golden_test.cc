#include <gtest/gtest.h>

#include "tests/engine/subtitles/sidecar_samples.h"
#include "tests/support/golden.h"

namespace subtide {
namespace {

TEST(SidecarGolden, EveryFormatGivesTheBytesItGaveBefore) {
  SidecarHeader bare;
  bare.language = "en";
  for (const SidecarFormat format : all_formats()) {
    const std::string extension(to_string(format));
    expect_golden("subtitles/sample." + extension,
                  write_sidecar(format, sample_header(), sample_cues(), sample_footer()));
    expect_golden("subtitles/empty." + extension, write_sidecar(format, bare, {}, {}));
  }
}

TEST(SidecarGolden, AssHasABoxedPreset) {
  SidecarHeader header = sample_header();
  header.style = "boxed";
  expect_golden("subtitles/sample_boxed.ass",
                write_sidecar(SidecarFormat::kAss, header, sample_cues(), sample_footer()));
}

}  // namespace
}  // namespace subtide
