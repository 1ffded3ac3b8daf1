#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/subtitles/sidecar_reading_check.h"

namespace subtide {
namespace {

using testing::ElementsAre;

std::vector<std::string> texts(std::string_view bytes) {
  return texts_of(SidecarFormat::kSrt, bytes);
}
std::vector<std::string> times(std::string_view bytes) {
  return times_of(SidecarFormat::kSrt, bytes);
}
std::string refused(std::string_view bytes) { return refusal(SidecarFormat::kSrt, bytes); }

TEST(SrtReader, TakesAMissingLastLineEnd) {
  EXPECT_THAT(texts("1\n00:00:01,000 --> 00:00:02,000\nlast"), ElementsAre("last"));
}

TEST(SrtReader, TakesSeveralLinesAndSeveralEmptyLines) {
  EXPECT_THAT(texts("\n\n1\n00:00:01,000 --> 00:00:02,000\none\ntwo\n\n\n \n"
                    "2\n00:00:02,000 --> 00:00:03,000\nthree\n\n"),
              ElementsAre("one / two", "three"));
}

TEST(SrtReader, TakesHoursPastNinetyNineAndCoordinates) {
  EXPECT_THAT(times("1\n100:00:00,000 --> 100:00:01,500 X1:040 X2:600 Y1:020 Y2:050\ntext\n"),
              ElementsAre("360000000-360001500"));
}

TEST(SrtReader, RemovesTagsAndOverridesAndDecodesReferences) {
  EXPECT_THAT(
      texts("1\n00:00:01,000 --> 00:00:02,000\n"
            "{\\an8}<i>It's</i> <font color=\"#fff\">2 &lt; 3 &amp;&#x20;&eacute;</font>\n"),
      ElementsAre("It's 2 < 3 & &eacute;"));
}

TEST(SrtReader, LeavesALoneAngleBracketAlone) {
  EXPECT_THAT(texts("1\n00:00:01,000 --> 00:00:02,000\nI <3 you <unclosed\n"),
              ElementsAre("I <3 you <unclosed"));
}

TEST(SrtReader, TakesOverlappingCues) {
  EXPECT_THAT(times("1\n00:00:01,000 --> 00:00:05,000\na\n\n2\n00:00:02,000 --> 00:00:03,000\nb\n"),
              ElementsAre("1000-5000", "2000-3000"));
}

TEST(SrtReader, AnEmptyFileHoldsNoCues) {
  EXPECT_THAT(texts(""), ElementsAre());
  EXPECT_THAT(texts("\r\n\r\n"), ElementsAre());
}

TEST(SrtReader, RefusesACueThatEndsBeforeItBegins) {
  EXPECT_EQ(refused("1\n00:00:02,000 --> 00:00:01,000\ntext\n"),
            "line 2: the cue must end after it begins (00:00:02.000 to 00:00:01.000)");
}

TEST(SrtReader, RefusesTimesThatRunBackwards) {
  EXPECT_EQ(refused("1\n00:00:02,000 --> 00:00:03,000\na\n\n2\n00:00:01,000 --> 00:00:04,000\nb\n"),
            "line 6: the cue begins at 00:00:01.000, before the cue above it at 00:00:02.000");
}

TEST(SrtReader, RefusesGarbageAndNamesTheLine) {
  EXPECT_EQ(refused("hello\n"), "line 1: expected a cue number, found 'hello'");
  EXPECT_EQ(refused("1\nhello\n"),
            "line 2: expected 'HH:MM:SS,mmm --> HH:MM:SS,mmm', found 'hello'");
  EXPECT_EQ(refused("1"), "line 2: expected 'HH:MM:SS,mmm --> HH:MM:SS,mmm', found ''");
}

TEST(SrtReader, RefusesTimesThatAreNotWhole) {
  for (const char* line : {"00:00:01.000 --> 00:00:02,000", "00:00:01,00 --> 00:00:02,000",
                           "00:60:01,000 --> 00:61:02,000", "00:00:01,000 -> 00:00:02,000",
                           "00:00:01,000 --> 00:00:02,000 garbage", "00:00:01,000-->00:00:02,000",
                           "9999999:00:01,000 --> 9999999:00:02,000"}) {
    EXPECT_THAT(refused(std::string("1\n") + line + "\ntext\n"), testing::StartsWith("line 2: "))
        << line;
  }
}

TEST(SrtReader, RefusesACueThatFollowsWithoutAnEmptyLine) {
  EXPECT_EQ(refused("1\n00:00:01,000 --> 00:00:02,000\na\n2\n00:00:03,000 --> 00:00:04,000\nb\n"),
            "line 5: expected an empty line before the next cue");
}

TEST(SrtReader, ErrorsQuoteForeignTextShortAndHarmless) {
  EXPECT_EQ(refused("\x1B[31m" + std::string(500, 'x') + "\n"),
            "line 1: expected a cue number, found '[31m" + std::string(36, 'x') + "…'");
}

}  // namespace
}  // namespace subtide
