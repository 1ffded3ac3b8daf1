#include "engine/config/near_name.h"

#include <gtest/gtest.h>

#include <vector>

namespace subtide {
namespace {

const std::vector<std::string> kKnown = {"crf",    "input",       "ladder",
                                         "output", "video-codec", "audio-codec"};

TEST(NearName, IsTheOneWithTheFewestEdits) {
  EXPECT_EQ(nearest_name("laddr", kKnown), "ladder");
  EXPECT_EQ(nearest_name("inptu", kKnown), "input");
  EXPECT_EQ(nearest_name("Video_codec", kKnown), "video-codec");
  EXPECT_EQ(nearest_name("--ladder", kKnown), "ladder");
  EXPECT_EQ(nearest_name("cfr", kKnown), "crf");
}

TEST(NearName, IsNothingWhenNoneIsNear) {
  EXPECT_EQ(nearest_name("colour", kKnown), std::nullopt);
  EXPECT_EQ(nearest_name("", kKnown), std::nullopt);
  EXPECT_EQ(nearest_name(std::string(100'000, 'x'), kKnown), std::nullopt);
  EXPECT_EQ(nearest_name("input", {}), std::nullopt);
}

TEST(Shown, IsOneShortLine) {
  EXPECT_EQ(shown("ladder"), "ladder");
  EXPECT_EQ(shown("a\nb\x1B[1m"), "a b [1m");
  EXPECT_EQ(shown(std::string(61, 'a')), std::string(60, 'a') + "…");
  EXPECT_EQ(shown(std::string(59, 'a') + "éé"), std::string(59, 'a') + "…");
}

}  // namespace
}  // namespace subtide
