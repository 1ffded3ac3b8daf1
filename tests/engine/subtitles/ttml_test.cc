#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/subtitles/sidecar_reading_check.h"

namespace subtide {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

std::string document(std::string_view body, std::string_view attributes = "") {
  return fmt::format(
      "<tt xmlns=\"http://www.w3.org/ns/ttml\" xmlns:ttp=\"http://www.w3.org/ns/ttml#parameter\" "
      "xml:lang=\"en\" {}>\n<body>{}</body>\n</tt>\n",
      attributes, body);
}

std::vector<std::string> texts(std::string_view body, std::string_view attributes = "") {
  return texts_of(SidecarFormat::kTtml, document(body, attributes));
}
std::vector<std::string> times(std::string_view body, std::string_view attributes = "") {
  return times_of(SidecarFormat::kTtml, document(body, attributes));
}
std::string refused(std::string_view body, std::string_view attributes = "") {
  return refusal(SidecarFormat::kTtml, document(body, attributes));
}

std::string from_to(std::string_view begin, std::string_view end) {
  return fmt::format("<div><p begin=\"{}\" end=\"{}\">x</p></div>", begin, end);
}

TEST(TtmlReader, TakesClockTimes) {
  EXPECT_THAT(times(from_to("00:00:01", "00:00:02.5")), ElementsAre("1000-2500"));
  EXPECT_THAT(times(from_to("100:00:00.001", "100:00:01")), ElementsAre("360000001-360001000"));
}

TEST(TtmlReader, TakesFramesAtTheGivenRate) {
  EXPECT_THAT(times(from_to("00:00:01:15", "00:00:02:00")), ElementsAre("1500-2000"));
  EXPECT_THAT(times(from_to("00:00:01:05", "50f"), "ttp:frameRate=\"25\""),
              ElementsAre("1200-2000"));
  EXPECT_THAT(
      times(from_to("30f", "60f"), "ttp:frameRate=\"30\" ttp:frameRateMultiplier=\"1000 1001\""),
      ElementsAre("1001-2002"));
}

TEST(TtmlReader, TakesOffsetTimesInEveryMetric) {
  EXPECT_THAT(times(from_to("0.5h", "31m")), ElementsAre("1800000-1860000"));
  EXPECT_THAT(times(from_to("1.25s", "2500ms")), ElementsAre("1250-2500"));
  EXPECT_THAT(times(from_to("10t", "25t"), "ttp:tickRate=\"10\""), ElementsAre("1000-2500"));
  EXPECT_THAT(times(from_to("25t", "50t"), "ttp:frameRate=\"25\""), ElementsAre("1000-2000"));
}

TEST(TtmlReader, AddsTheTimesOfWhatAParagraphStandsIn) {
  EXPECT_THAT(
      times("<div begin=\"10s\"><div begin=\"1s\" end=\"5s\">"
            "<p begin=\"1s\" dur=\"1s\">a</p><p begin=\"3s\">b</p><p begin=\"9s\" end=\"10s\">c</p>"
            "</div></div>"),
      ElementsAre("12000-13000", "14000-15000"));
}

TEST(TtmlReader, EndsAtTheEarlierOfEndAndDuration) {
  EXPECT_THAT(times("<div><p begin=\"1s\" dur=\"1s\" end=\"9s\">a</p></div>"),
              ElementsAre("1000-2000"));
}

TEST(TtmlReader, TellsTimesOfASequenceFromTheOneBefore) {
  EXPECT_THAT(
      times("<div timeContainer=\"seq\"><p begin=\"1s\" dur=\"2s\">a</p><p dur=\"1s\">b</p></div>"),
      ElementsAre("1000-3000", "3000-4000"));
}

TEST(TtmlReader, GivesATimedSpanACueOfItsOwn) {
  const std::string body =
      "<div><p begin=\"10s\" end=\"20s\">whole <span begin=\"1s\" end=\"2s\">one</span>"
      "<span begin=\"3s\">two</span></p></div>";
  EXPECT_THAT(texts(body), ElementsAre("whole", "one", "two"));
  EXPECT_THAT(times(body), ElementsAre("10000-20000", "11000-12000", "13000-20000"));
}

TEST(TtmlReader, BreaksLinesAtBrAndCollapsesSpace) {
  EXPECT_THAT(
      texts(
          "<div><p begin=\"0s\" end=\"1s\">\n  one <span>two</span>\n  three<br/>four\n</p></div>"),
      ElementsAre("one two three / four"));
  EXPECT_THAT(texts("<div><p xml:space=\"preserve\" begin=\"0s\" end=\"1s\">one\ntwo</p></div>"),
              ElementsAre("one / two"));
}

TEST(TtmlReader, PassesMetadataForeignElementsAndRubyText) {
  EXPECT_THAT(
      texts("<metadata/><div><metadata>m</metadata><x:y xmlns:x=\"urn:x\">no</x:y>"
            "<p begin=\"0s\" end=\"1s\"><set/>a<span xmlns:tts=\"urn:s\" tts:ruby=\"text\">r</span>"
            "<!-- c --><![CDATA[<b>]]></p></div>"),
      ElementsAre("a<b>"));
}

TEST(TtmlReader, ReadsADocumentWithPrefixes) {
  EXPECT_THAT(
      texts_of(SidecarFormat::kTtml,
               "<?xml version='1.0' encoding='utf-8'?><t:tt xmlns:t='http://www.w3.org/ns/ttml'>"
               "<t:body><t:div><t:p begin='0s' end='1s'>a<t:br/>b</t:p></t:div></t:body></t:tt>"),
      ElementsAre("a / b"));
}

TEST(TtmlReader, SortsParagraphsByTime) {
  EXPECT_THAT(
      texts("<div><p begin=\"5s\" end=\"6s\">late</p><p begin=\"1s\" end=\"2s\">early</p></div>"),
      ElementsAre("early", "late"));
}

TEST(TtmlReader, TakesTheLanguageOfTheParagraph) {
  const auto sidecar =
      read_sidecar(SidecarFormat::kTtml,
                   document("<div xml:lang=\"es\"><p begin=\"0s\" end=\"1s\">hola</p></div>"));
  ASSERT_TRUE(sidecar);
  EXPECT_EQ(sidecar->header.language, "en");
  EXPECT_EQ(sidecar->cues.at(0).language, "es");
}

TEST(TtmlReader, RefusesADocumentType) {
  EXPECT_EQ(refusal(SidecarFormat::kTtml,
                    std::string("<!DOCTYPE tt [<!ENTITY a \"b\">]>\n") + document("")),
            "line 1: a document type declaration is not allowed");
}

TEST(TtmlReader, RefusesForeignEntities) {
  EXPECT_EQ(refused("<div>\n<p begin=\"0s\" end=\"1s\">&bomb;</p></div>"),
            "line 3: '&bomb;</p></' is no character reference of XML");
  EXPECT_THAT(refused("<div><p begin=\"0s\" end=\"1s\">Q & A</p></div>"),
              HasSubstr("no character reference"));
}

TEST(TtmlReader, RefusesWhatIsNotTtml) {
  EXPECT_THAT(refusal(SidecarFormat::kTtml, ""), HasSubstr("line 1: not well-formed XML"));
  EXPECT_THAT(refusal(SidecarFormat::kTtml, "<html/>"), HasSubstr("found <html>"));
  EXPECT_THAT(refusal(SidecarFormat::kTtml, "<tt xmlns='urn:other'/>"),
              HasSubstr("expected <tt xmlns"));
  EXPECT_THAT(refusal(SidecarFormat::kTtml, document("") + "<tt/>"),
              HasSubstr("second document element"));
  EXPECT_THAT(refusal(SidecarFormat::kTtml,
                      std::string("<?xml version='1.0' encoding='utf-16'?>") + document("")),
              HasSubstr("encoding must be UTF-8"));
  EXPECT_THAT(refused("<div>\n<p></div>"), StartsWith("line 3: not well-formed XML"));
}

TEST(TtmlReader, RefusesTimesThatAreNone) {
  for (const char* time :
       {"", "1", "1 s", "1.s", ".5s", "-1s", "1d", "00:60:00", "0:00:01", "00:00:61", "00:00:01:30",
        "00:00:01.", "00:00:01:00.5x", "99999999999999999h"}) {
    EXPECT_THAT(refused(fmt::format("\n{}", from_to(time, "9h"))), StartsWith("line 3: begin="))
        << time;
  }
}

TEST(TtmlReader, RefusesAParagraphThatEndsBeforeItBeginsOrNever) {
  EXPECT_THAT(refused(from_to("2s", "1s")), HasSubstr("must end after it begins"));
  EXPECT_THAT(refused("<div><p begin=\"1s\">x</p></div>"), HasSubstr("<p> has no end"));
}

TEST(TtmlReader, RefusesOtherTimeBasesAndRates) {
  EXPECT_THAT(refused("", "ttp:timeBase=\"smpte\""), HasSubstr("only ttp:timeBase=\"media\""));
  EXPECT_THAT(refused("", "ttp:frameRate=\"0\""), HasSubstr("whole number above 0"));
  EXPECT_THAT(refused("", "ttp:tickRate=\"x\""), HasSubstr("ttp:tickRate"));
  EXPECT_THAT(refused("", "ttp:frameRateMultiplier=\"1000 0\""), HasSubstr("whole number above 0"));
}

TEST(TtmlReader, RefusesTextAndElementsInWrongPlaces) {
  EXPECT_THAT(refused("stray"), HasSubstr("text outside of <p>: 'stray'"));
  EXPECT_THAT(refused("<div><table/></div>"), HasSubstr("expected <div> or <p>, found <table>"));
  EXPECT_THAT(refused("<div><p begin=\"0s\" end=\"1s\"><b>x</b></p></div>"),
              HasSubstr("found <b>"));
}

TEST(TtmlReader, RefusesDeepNesting) {
  std::string body;
  for (int i = 0; i < 100'000; ++i) body += "<div>";
  EXPECT_THAT(refused(body), StartsWith("line "));
  for (int i = 0; i < 100'000; ++i) body += "</div>";
  EXPECT_THAT(refused(body), HasSubstr("nest more than 32 deep"));
}

TEST(TtmlWriter, GivesNoFrameRate) {
  EXPECT_EQ(write_sidecar(SidecarFormat::kTtml, {}, {}, {}).find("frameRate"), std::string::npos);
}

}  // namespace
}  // namespace subtide
