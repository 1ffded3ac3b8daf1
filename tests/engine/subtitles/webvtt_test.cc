#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/subtitles/sidecar_reading_check.h"

namespace subtide {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> texts(std::string_view bytes) {
  return texts_of(SidecarFormat::kWebVtt, bytes);
}
std::vector<std::string> times(std::string_view bytes) {
  return times_of(SidecarFormat::kWebVtt, bytes);
}
std::string refused(std::string_view bytes) { return refusal(SidecarFormat::kWebVtt, bytes); }

std::string one_cue(std::string_view text) {
  return "WEBVTT\n\n00:01.000 --> 00:02.000\n" + std::string(text) + "\n";
}

std::string with_times(std::string_view line) {
  return "WEBVTT\n\n" + std::string(line) + "\ntext\n";
}

TEST(WebVttReader, TakesTimesWithAndWithoutHours) {
  EXPECT_THAT(times("WEBVTT\n\n00:01.000 --> 59:02.005\na\n\n01:00:00.000 --> 101:00:00.000\nb\n"),
              ElementsAre("1000-3542005", "3600000-363600000"));
}

TEST(WebVttReader, TakesAnyLineEnd) {
  EXPECT_THAT(texts("WEBVTT\r\r00:01.000 --> 00:02.000\rone\rtwo"), ElementsAre("one / two"));
}

TEST(WebVttReader, PassesNotesStylesAndRegions) {
  EXPECT_THAT(
      texts("WEBVTT some title\n\nNOTE a note\nof two lines\n\nSTYLE\n::cue { color: lime }\n\n"
            "REGION\nid:foot width:40% lines:3 regionanchor:0%,100%\n"
            "viewportanchor:10%,90% scroll:up\n\n"
            "00:01.000 --> 00:02.000 region:foot\na\n\nNOTE\n\nNOTE more\n"),
      ElementsAre("a"));
}

TEST(WebVttReader, TakesTheTimestampMapOfHls) {
  EXPECT_THAT(texts("WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000\n\n"
                    "00:01.000 --> 00:02.000\na\n"),
              ElementsAre("a"));
}

TEST(WebVttReader, TakesALanguageFromTheHeader) {
  const auto sidecar =
      read_sidecar(SidecarFormat::kWebVtt, "WEBVTT\nKind: captions\nLanguage: es\n");
  ASSERT_TRUE(sidecar);
  EXPECT_EQ(sidecar->header.language, "es");
}

TEST(WebVttReader, RemovesTagsAndDecodesReferences) {
  EXPECT_THAT(
      texts(one_cue("<i>It's</i> <c.loud.red>2 &lt; 3</c> <00:01.500><b>&amp;</b>&nbsp;&#233; "
                    "<lang es>hola</lang> &hellip;")),
      ElementsAre("It's 2 < 3 &\u00A0\u00E9 hola &hellip;"));
}

TEST(WebVttReader, LeavesRubyTextOut) {
  EXPECT_THAT(texts(one_cue("<ruby>\u5B57<rt>ji</rt>\u5E55<rt>maku</ruby>")),
              ElementsAre("\u5B57\u5E55"));
}

TEST(WebVttReader, TakesTheVoiceThatSpeaksTheWholeCue) {
  const auto speaker = [](std::string_view text) {
    const auto sidecar = read_sidecar(SidecarFormat::kWebVtt, one_cue(text));
    return sidecar.value().cues.at(0).speaker;
  };
  EXPECT_EQ(speaker("<v Anna Lee>Hello"), "Anna Lee");
  EXPECT_EQ(speaker("<v.loud Q &amp; A>Hello</v>"), "Q & A");
  EXPECT_EQ(speaker("<v Anna>Hello</v>\n<v Bob>Hi</v>"), std::nullopt);
  EXPECT_EQ(speaker("Well, <v Anna>hello</v>"), std::nullopt);
}

TEST(WebVttReader, ChecksCueSettings) {
  for (const char* good : {"", " ", " line:0", " line:-1 align:start",
                           " line:50.5%,center position:10%,line-left size:35%",
                           "\tvertical:rl  align:right", " line:100%"}) {
    EXPECT_EQ(refused(with_times("00:01.000 --> 00:02.000" + std::string(good))), "") << good;
  }
  for (const char* bad : {" line", " line:", " line:a", " align:middle", " size:101%", " size:10",
                          " position:10%,start", " align:start align:end", " foo:bar",
                          " line:0 --> 1", " size:100.5%", " vertical:up"}) {
    EXPECT_THAT(refused(with_times("00:01.000 --> 00:02.000" + std::string(bad))),
                testing::StartsWith("line 3: "))
        << bad;
  }
}

TEST(WebVttReader, RefusesAWrongSignature) {
  EXPECT_EQ(refused(""), "line 1: expected 'WEBVTT', found ''");
  EXPECT_EQ(refused("WEBVTTX\n"), "line 1: expected 'WEBVTT', found 'WEBVTTX'");
  EXPECT_EQ(refused(" WEBVTT\n"), "line 1: expected 'WEBVTT', found 'WEBVTT'");
  EXPECT_EQ(refused("webvtt\n"), "line 1: expected 'WEBVTT', found 'webvtt'");
}

TEST(WebVttReader, RefusesACueWithoutAnEmptyLineAfterTheHeader) {
  EXPECT_THAT(refused("WEBVTT\n00:01.000 --> 00:02.000\ntext\n"),
              HasSubstr("line 2: expected an empty line"));
}

TEST(WebVttReader, RefusesTimesThatAreNotWhole) {
  for (const char* line :
       {"00:01,000 --> 00:02.000", "0:01.000 --> 00:02.000", "00:60.000 --> 01:01.000",
        "60:00.000 --> 61:00.000", "00:01.000-->00:02.000", "00:01.000 --> 00:02.00",
        "00:01.000 -->", "1:00:01.000 --> 1:00:02.000", "00:01.000 --> 00:02.000align:start",
        "--> 00:02.000"}) {
    EXPECT_THAT(refused(with_times(line)), testing::StartsWith("line 3: ")) << line;
  }
}

TEST(WebVttReader, RefusesTimesThatRunBackwards) {
  EXPECT_THAT(refused(with_times("00:02.000 --> 00:02.000")),
              HasSubstr("must end after it begins"));
  EXPECT_THAT(refused("WEBVTT\n\n00:02.000 --> 00:03.000\na\n\n00:01.000 --> 00:03.000\nb\n"),
              HasSubstr("line 6: the cue begins at 00:00:01.000, before"));
}

TEST(WebVttReader, RefusesTextThatIsNotCueText) {
  EXPECT_EQ(refused(one_cue("Q & A")), "line 4: a lone '&'; write '&amp;'");
  EXPECT_EQ(refused(one_cue("ok\n1 < 2")), "line 5: '<' begins no tag; write '&lt;'");
  EXPECT_EQ(refused(one_cue("<b>open")), "line 5: tag <b> is not closed");
  EXPECT_EQ(refused(one_cue("<b><i>cross</b></i>")), "line 4: tag </b> closes nothing");
  EXPECT_EQ(refused(one_cue("<font>x</font>")),
            "line 4: unknown tag '<font>'; write '&lt;' for a '<'");
  EXPECT_EQ(refused(one_cue("<v>x")), "line 4: tag <v> needs a name or language");
  EXPECT_EQ(refused(one_cue("<b bold>x</b>")), "line 4: tag <b> takes no annotation");
  EXPECT_EQ(refused(one_cue("<rt>x</rt>")), "line 4: tag <rt> is only allowed inside <ruby>");
  EXPECT_EQ(refused(one_cue("<00:1>x")),
            "line 4: expected a time such as <00:01.000>, found '<00:1>'");
  EXPECT_EQ(refused(one_cue("a --> b")),
            "line 4: '-->' in the text; is an empty line missing above?");
}

TEST(WebVttReader, RefusesStylesAndRegionsBehindACue) {
  EXPECT_EQ(refused(one_cue("a") + "\nSTYLE\n::cue{}\n"),
            "line 6: STYLE must stand before the first cue");
  EXPECT_EQ(refused("WEBVTT\n\nREGION\nwidth:400%\n"), "line 4: 'width:400%' is no setting");
}

TEST(WebVttReader, RefusesAnIdWithoutTimes) {
  EXPECT_EQ(refused("WEBVTT\n\nid\ntext\n"),
            "line 4: expected the times of cue 'id', found 'text'");
}

TEST(WebVttWriter, KeepsIdsThatCouldBeTakenForBlocks) {
  Cue cue;
  cue.span = {std::chrono::seconds(1), std::chrono::seconds(2)};
  cue.lines = {"text"};
  for (const char* id : {"NOTE", "NOTE x", "STYLE", "REGION", "a --> b", "line\nend", ""}) {
    cue.id = id;
    EXPECT_THAT(texts(write_sidecar(SidecarFormat::kWebVtt, {}, {cue}, {})), ElementsAre("text"))
        << id;
  }
}

TEST(WebVttWriter, AVoiceThatEndsInDashesMakesNoArrow) {
  Cue cue;
  cue.span = {std::chrono::seconds(1), std::chrono::seconds(2)};
  cue.lines = {"text"};
  cue.speaker = "Anna --";
  const auto sidecar =
      read_sidecar(SidecarFormat::kWebVtt, write_sidecar(SidecarFormat::kWebVtt, {}, {cue}, {}));
  ASSERT_TRUE(sidecar) << sidecar.error().message;
  EXPECT_EQ(sidecar->cues.at(0).speaker, "Anna --");
}

}  // namespace
}  // namespace subtide
