#pragma once

#include <gst/gst.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/program.h"
#include "tests/support/shared_files.h"

namespace subtide {

/// A tone from 1.0 s to 1.5 s in four seconds of silence, as an ffmpeg input.
inline std::vector<std::string> tone_burst(const std::string& rate = "48000") {
  return {"-f", "lavfi", "-i",
          "aevalsrc=if(between(t\\,1\\,1.5)\\,0.5*sin(2*PI*440*t)\\,0):s=" + rate + ":d=4"};
}

/// Four seconds of a small test picture, as an ffmpeg input.
inline std::vector<std::string> test_picture() {
  return {"-f", "lavfi", "-i", "testsrc=size=160x120:rate=25:duration=4"};
}

/// One argument list of several.
inline std::vector<std::string> joined(const std::vector<std::vector<std::string>>& parts) {
  std::vector<std::string> all;
  for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

/// Tests of media files that ffmpeg makes; GStreamer is ready.
class MadeMedia : public testing::Test {
 protected:
  static void SetUpTestSuite() { gst_init(nullptr, nullptr); }
  void SetUp() override { SUBTIDE_REQUIRE_PROGRAM("ffmpeg"); }

  /// Runs ffmpeg; the output file is `name` in the test's own folder.
  std::filesystem::path make(const std::string& name, const std::vector<std::string>& arguments) {
    const auto path = folder_ / name;
    const auto result = run_program(
        joined({{"ffmpeg", "-v", "error", "-y", "-nostdin"}, arguments, {path.string()}}));
    EXPECT_TRUE(result.succeeded()) << result.summary();
    return path;
  }

  TemporaryFolder folder_;
};

}  // namespace subtide
