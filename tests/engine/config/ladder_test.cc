#include "engine/config/ladder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/base/atomic_file.h"
#include "tests/support/shared_files.h"

namespace subtide {
namespace {

using testing::HasSubstr;

TEST(Ladder, KnowsTheUsualSizesByName) {
  const auto ladder = parse_ladder_names("360p,720p");
  ASSERT_TRUE(ladder);
  EXPECT_EQ(ladder->renditions,
            (std::vector<LadderRendition>{{"720p", 720, 2800, ""}, {"360p", 360, 800, ""}}));
  EXPECT_EQ(ladder->preset, "veryfast");
  EXPECT_EQ(ladder->audio_bitrate_kbps, 128);
}

TEST(Ladder, RefusesNamesItDoesNotKnow) {
  EXPECT_THAT(parse_ladder_names("720p,721p").error().message, HasSubstr("'721p'"));
  EXPECT_THAT(parse_ladder_names("720p,720p").error().message, HasSubstr("two renditions"));
  EXPECT_THAT(parse_ladder_names("").error().message, HasSubstr("no renditions"));
}

TEST(Ladder, IsReadFromAFile) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "ladder.json";
  const std::string text =
      R"({"preset": "fast", "keyframe_interval_s": 1.5, "audio_bitrate_kbps": 96,
    "renditions": [{"name": "low", "height": 240, "bitrate_kbps": 300, "profile": "main"},
                   {"name": "high", "height": 480, "bitrate_kbps": 1300}]})";
  ASSERT_TRUE(write_file_atomically(path, text, AtomicFile::IfExists::kReplace));
  const auto ladder = read_ladder(path.string());
  ASSERT_TRUE(ladder) << ladder.error().message;
  EXPECT_EQ(*ladder,
            (Ladder{"fast", 1.5, 96, {{"high", 480, 1300, ""}, {"low", 240, 300, "main"}}}));
  EXPECT_FALSE(read_ladder((folder.path() / "none.json").string()));
  EXPECT_TRUE(read_ladder("480p"));
}

TEST(Ladder, ErrorsNameTheFieldOrTheLine) {
  const std::pair<const char*, const char*> wrong[] = {
      {"{\n  \"preset\": }", "l.json: line 2, column 13"},
      {"[]", "must be an object"},
      {R"({"preset": "fast"})", "renditions is missing"},
      {R"({"renditions": {}})", "renditions must be a list"},
      {R"({"renditions": []})", "no renditions"},
      {R"({"preset": 3, "renditions": []})", "preset must be a text"},
      {R"({"preset": "quick", "renditions": []})", "preset is none of x264's"},
      {R"({"keyframe_interval_s": 0, "renditions": []})", "keyframe_interval_s must be a number"},
      {R"({"colour": 1, "renditions": []})", "colour is not known"},
      {R"({"renditions": [{"name": "a", "height": 240}]})",
       "renditions[0].bitrate_kbps is missing"},
      {R"({"renditions": [{"name": "a/b", "height": 240, "bitrate_kbps": 400}]})",
       "renditions[0].name may have"},
      {R"({"renditions": [{"name": "a", "height": 241, "bitrate_kbps": 400}]})",
       "renditions[0].height must be even"},
      {R"({"renditions": [{"name": "a", "height": 1e99, "bitrate_kbps": 400}]})",
       "renditions[0].height must be a whole number"},
      {R"({"renditions": [{"name": "a", "height": 240, "bitrate_kbps": 400, "profile": "x"}]})",
       "renditions[0].profile must be"},
  };
  for (const auto& [json, message] : wrong) {
    const auto ladder = parse_ladder_file(json, "l.json");
    ASSERT_FALSE(ladder) << json;
    EXPECT_THAT(ladder.error().message, HasSubstr(message)) << json;
    EXPECT_THAT(ladder.error().message, testing::StartsWith("l.json: "));
  }
}

}  // namespace
}  // namespace subtide
