#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/subtitles/sidecar_reading_check.h"

namespace subtide {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view kHead =
    "[Script Info]\nScriptType: v4.00+\n\n[V4+ Styles]\nFormat: Name\nStyle: Default\n\n[Events]\n";
constexpr std::string_view kFormat =
    "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n";

std::string script(std::string_view events) {
  return std::string(kHead) + std::string(kFormat) + std::string(events);
}

std::string dialogue(std::string_view text) {
  return script("Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,," + std::string(text) + "\n");
}

std::vector<std::string> texts(std::string_view bytes) {
  return texts_of(SidecarFormat::kAss, bytes);
}
std::vector<std::string> times(std::string_view bytes) {
  return times_of(SidecarFormat::kAss, bytes);
}
std::string refused(std::string_view bytes) { return refusal(SidecarFormat::kAss, bytes); }

TEST(AssReader, FollowsTheFormatLine) {
  const std::string bytes = std::string(kHead) +
                            "Format: Start, Actor, End, Text\n"
                            "Dialogue: 0:00:01.50,Anna,0:00:02.25,a, b, c\n";
  EXPECT_THAT(texts(bytes), ElementsAre("a, b, c"));
  EXPECT_THAT(times(bytes), ElementsAre("1500-2250"));
  EXPECT_EQ(read_sidecar(SidecarFormat::kAss, bytes)->cues.at(0).speaker, "Anna");
}

TEST(AssReader, RemovesOverridesAndDrawings) {
  EXPECT_THAT(texts(dialogue("{\\an8\\pos(1,2)}one{\\i1} two{\\i0}\\Nthree\\hfour\\nfive")),
              ElementsAre("one two / three\u00A0four five"));
  EXPECT_THAT(texts(dialogue("{\\p1}m 0 0 l 10 10{\\p0}text{\\pbo3}!")), ElementsAre("text!"));
}

TEST(AssReader, ReadsEscapedAndUnclosedBracesAsText) {
  EXPECT_THAT(texts(dialogue("\\{a\\} {open")), ElementsAre("{a} {open"));
}

TEST(AssReader, BreaksAtSoftBreaksWhereTheScriptSaysSo) {
  std::string bytes = dialogue("one\\ntwo");
  bytes.insert(bytes.find("ScriptType"), "WrapStyle: 2\n");
  EXPECT_THAT(texts(bytes), ElementsAre("one / two"));
}

TEST(AssReader, PassesCommentsAndOtherSections) {
  EXPECT_THAT(texts(script("Comment: 0,0:00:00.00,0:00:01.00,Default,,0,0,0,,no\n"
                           "; remark\n\n[Fonts]\nfontname: x\nM0000\n")),
              ElementsAre());
}

TEST(AssReader, SortsEventsByTime) {
  EXPECT_THAT(texts(script("Dialogue: 0,0:00:05.00,0:00:06.00,Default,,0,0,0,,late\n"
                           "Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,early\n")),
              ElementsAre("early", "late"));
}

TEST(AssReader, RefusesWhatIsNoScript) {
  EXPECT_EQ(refused("hello\n"), "line 1: expected '[Script Info]', found 'hello'");
  EXPECT_EQ(refused("[Events]\n"), "line 1: expected '[Script Info]', found '[Events]'");
  EXPECT_EQ(refused("[Script Info]\nScriptType: v4.00\n"),
            "line 2: only ScriptType v4.00+ can be read, not 'v4.00'");
  EXPECT_EQ(refused("[Script Info]\n[Events]\n"),
            "line 2: [Script Info] has no 'ScriptType: v4.00+'");
  EXPECT_THAT(refused("[Script Info]\nScriptType: v4.00+\n"), HasSubstr("no [Events] section"));
  EXPECT_THAT(refused(""), HasSubstr("no [Events] section"));
}

TEST(AssReader, RefusesBrokenEvents) {
  EXPECT_EQ(refused(script("Dialogue: 0,0:00:01.00\n")), "line 10: expected 10 fields, found 2");
  EXPECT_EQ(refused(script("Dialogue: 0,0:00:01.00,0:00:02.5,Default,,0,0,0,,x\n")),
            "line 10: expected a time 'H:MM:SS.cc', found '0:00:02.5'");
  EXPECT_THAT(refused(script("Dialogue: 0,0:00:02.00,0:00:01.00,Default,,0,0,0,,x\n")),
              HasSubstr("must end after it begins"));
  EXPECT_EQ(refused(script("Dialog\n")), "line 10: expected 'Dialogue:', found 'Dialog'");
  EXPECT_EQ(refused(std::string(kHead) + "Format: Start, Text, End\n"),
            "line 9: Format must name Start, End and, last, Text");
  EXPECT_EQ(refused(std::string(kHead) + "Dialogue: x\n"),
            "line 9: Dialogue before the Format line");
}

TEST(AssWriter, PresetsChooseTheStyleOfEveryEvent) {
  SidecarHeader header;
  Cue cue;
  cue.span = {std::chrono::seconds(1), std::chrono::seconds(2)};
  cue.lines = {"text"};
  for (const char* style : {"default", "boxed"}) {
    header.style = style;
    const auto sidecar =
        read_sidecar(SidecarFormat::kAss, write_sidecar(SidecarFormat::kAss, header, {cue}, {}));
    ASSERT_TRUE(sidecar);
    EXPECT_EQ(sidecar->header.style, style);
  }
}

}  // namespace
}  // namespace subtide
