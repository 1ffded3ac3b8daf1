#include "engine/subtitles/cue_overlap.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace subtide {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

Cue cue(MediaTime begin, MediaTime end, const char* text) {
  Cue made;
  made.span = {begin, end};
  made.lines = {text};
  return made;
}

std::vector<std::string> told(const std::vector<Cue>& cues) {
  std::vector<std::string> all;
  for (const Cue& one : cues) {
    std::string text = fmt::format("{}-{}", one.span.begin / 1s, one.span.end / 1s);
    for (const auto& line : one.lines) text += " " + line;
    all.push_back(text);
  }
  return all;
}

TEST(OneAtATime, LeavesAloneWhatDoesNotOverlap) {
  const std::vector<Cue> cues = {cue(1s, 2s, "a"), cue(2s, 3s, "b"), cue(5s, 6s, "c")};
  EXPECT_EQ(one_at_a_time(cues), cues);
  EXPECT_THAT(one_at_a_time({}), IsEmpty());
}

TEST(OneAtATime, JoinsTheLinesOfAllThatStand) {
  EXPECT_THAT(told(one_at_a_time({cue(1s, 5s, "a"), cue(2s, 3s, "b")})),
              ElementsAre("1-2 a", "2-3 a b", "3-5 a"));
  EXPECT_THAT(told(one_at_a_time({cue(1s, 3s, "a"), cue(1s, 3s, "b"), cue(2s, 4s, "c")})),
              ElementsAre("1-2 a b", "2-3 a b c", "3-4 c"));
}

TEST(OneAtATime, ALongTextStaysBesideManyShortOnes) {
  EXPECT_THAT(told(one_at_a_time({cue(0s, 9s, "a"), cue(1s, 2s, "b"), cue(4s, 5s, "c")})),
              ElementsAre("0-1 a", "1-2 a b", "2-4 a", "4-5 a c", "5-9 a"));
}

}  // namespace
}  // namespace subtide
