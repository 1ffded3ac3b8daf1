// Subtitles that a source has of its own.
#include <gmock/gmock.h>

#include "tests/transcode/transcode_fixture.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;

class TranscodeKeepsTexts : public TranscodeTest {
 protected:
  void SetUp() override {
    TranscodeTest::SetUp();
    write("plain.srt",
          "1\n00:00:01,000 --> 00:00:02,500\nTea & <i>cake</i>, 3 < 4\nfor two\n\n"
          "2\n00:00:03,040 --> 00:00:04,000\n{\\an8}Above\n");
    write("signs.ass",
          "[Script Info]\nScriptType: v4.00+\n\n[V4+ Styles]\nFormat: Name, Fontname\n"
          "Style: Default,Arial\n\n[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, "
          "MarginR, MarginV, Effect, Text\n"
          "Dialogue: 0,0:00:01.00,0:00:03.00,Default,,0,0,0,,{\\b1}Hola{\\b0}\\Namigo\n"
          "Dialogue: 0,0:00:02.00,0:00:04.00,Default,,0,0,0,,cartel\n");
  }

  /// A movie with both, the first in English, the second in Spanish.
  void make_source(const std::string& name, const Words& text_codecs) const {
    make(name,
         {pictures("160x120", "5"),
          sound("5"),
          {"-i", path("plain.srt").string(), "-i", path("signs.ass").string()},
          {"-map", "0", "-map", "1", "-map", "2", "-map", "3", "-c:v", "libx264", "-c:a", "aac"},
          text_codecs,
          {"-metadata:s:s:0", "language=eng", "-metadata:s:s:1", "language=spa"}});
  }

  std::vector<Cue> inside(const std::string& movie, int number) const {
    const std::string name = movie + "." + std::to_string(number) + ".srt";
    make(name, {{"-i", path(movie).string(), "-map", "0:s:" + std::to_string(number), "-c:s",
                 "text", "-f", "srt"}});
    return sidecar(name).cues;
  }
};

TEST_F(TranscodeKeepsTexts, OfEveryKindInBothPackages) {
  make_source("in/text.mkv", {"-c:s:0", "srt", "-c:s:1", "ass"});
  make_source("in/timed.mp4", {"-c:s", "mov_text"});
  make_source("in/web.mkv", {"-c:s", "webvtt"});
  for (const std::string source : {"text.mkv", "timed.mp4", "web.mkv"}) {
    const std::string stem = source.substr(0, source.find('.'));
    // Matroska of ffmpeg begins with the silence before the sound: that is not shown here.
    for (const std::string package : {"mp4", "mkv"}) {
      const auto result = transcode({"in/" + source, "-o", "out", "--package", package});
      ASSERT_TRUE(result.succeeded()) << result.summary();
      const std::string movie = "out/" + stem + "." + package;
      EXPECT_EQ(stream(movie, "subtitle", 0)["codec_name"],
                package == "mp4" ? "mov_text" : "subrip");
      EXPECT_EQ(stream(movie, "subtitle", 0)["tags"]["language"], "eng") << movie;
      EXPECT_EQ(stream(movie, "subtitle", 1)["tags"]["language"], "spa") << movie;
      const auto cues = inside(movie, 0);
      ASSERT_THAT(cues, SizeIs(2)) << movie;
      // ffmpeg's own WebVTT is broken at the sign "<".
      EXPECT_THAT(cues[0].lines.front(), StartsWith("Tea & cake, 3"));
      if (stem != "web") {
        EXPECT_THAT(cues[0].lines, ElementsAre("Tea & cake, 3 < 4", "for two"));
      }
      EXPECT_THAT(cues[1].lines, ElementsAre("Above"));
      EXPECT_EQ(cues[0].span, (TimeSpan{1s, 2500ms})) << movie;
      EXPECT_EQ(cues[1].span, (TimeSpan{3040ms, 4s})) << movie;
    }
  }
}

TEST_F(TranscodeKeepsTexts, ThatOverlap) {
  make_source("in/text.mkv", {"-c:s:0", "srt", "-c:s:1", "ass"});
  ASSERT_TRUE(transcode({"in/text.mkv", "-o", "out"}).succeeded());
  const auto cues = inside("out/text.mp4", 1);
  ASSERT_THAT(cues, SizeIs(3));
  EXPECT_THAT(cues[1].lines, ElementsAre("Hola", "amigo", "cartel"));
  EXPECT_EQ(cues[1].span, (TimeSpan{2s, 3s}));
  ASSERT_TRUE(transcode({"in/text.mkv", "-o", "out", "--package", "mkv"}).succeeded());
  EXPECT_THAT(inside("out/text.mkv", 1), SizeIs(2));
}

TEST_F(TranscodeKeepsTexts, BehindWhatIsSpokenAndTranslated) {
  make_talk("in/talk.wav");
  make("in/talk.mkv", {pictures("160x120", "6"),
                       {"-i", path("in/talk.wav").string(), "-i", path("plain.srt").string()},
                       {"-map", "0", "-map", "1", "-map", "2", "-c:v", "libx264", "-c:a", "flac",
                        "-metadata:s:s:0", "language=deu"}});
  for (const std::string package : {"mp4", "mkv"}) {
    const auto result =
        transcode_speech({"in/talk.mkv", "-o", "out", "--package", package, "--translate", "es"});
    ASSERT_TRUE(result.succeeded()) << result.summary();
    const std::string movie = "out/talk." + package;
    EXPECT_EQ(stream(movie, "subtitle", 0)["tags"]["language"], "eng") << movie;
    EXPECT_EQ(stream(movie, "subtitle", 1)["tags"]["language"], "spa") << movie;
    EXPECT_EQ(stream(movie, "subtitle", 2)["tags"]["language"], package == "mp4" ? "deu" : "ger");
    EXPECT_THAT(inside(movie, 2).at(0).lines, ElementsAre("Tea & cake, 3 < 4", "for two"));
  }
}

TEST_F(TranscodeKeepsTexts, CountedFromTheFirstPicture) {
  make("in/late.mkv", {{"-itsoffset", "0.5"},
                       pictures("160x120", "5"),
                       sound("5"),
                       {"-i", path("plain.srt").string()},
                       {"-map", "0", "-map", "1", "-map", "2", "-c:v", "libx264", "-c:a", "flac"}});
  ASSERT_TRUE(transcode({"in/late.mkv", "-o", "out"}).succeeded());
  const auto zero = std::chrono::round<std::chrono::milliseconds>(
      from_seconds(packets("in/late.mkv").front().time));
  EXPECT_GT(zero, 400ms);
  EXPECT_EQ(inside("out/late.mp4", 0).at(0).span, (TimeSpan{1s - zero, 2500ms - zero}));
}

TEST_F(TranscodeKeepsTexts, UnlessToldOtherwise) {
  make_source("in/text.mkv", {"-c:s:0", "srt", "-c:s:1", "ass"});
  ASSERT_TRUE(transcode({"in/text.mkv", "-o", "out", "--source-subtitles", "drop"}).succeeded());
  EXPECT_EQ(probe("out/text.mp4")["streams"].size(), 2U);
  const auto refused = transcode({"in/text.mkv", "-o", "out", "--source-subtitles", "perhaps"});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, HasSubstr("--source-subtitles: 'perhaps' is none of keep, drop"));
}

TEST_F(TranscodeKeepsTexts, ButNotThoseThatArePicturesAndSaysSo) {
  make_source("in/text.mkv", {"-c:s", "srt"});
  std::string bytes = read("in/text.mkv");
  const std::string text = "S_TEXT/UTF8";
  bytes.replace(bytes.find(text), text.size(), std::string("S_HDMV/PGS\0", text.size()));
  write("in/disc.mkv", bytes);
  const auto result = transcode({"in/disc.mkv", "-o", "out"});
  ASSERT_TRUE(result.succeeded()) << result.summary();
  EXPECT_THAT(result.err, HasSubstr("disc.mkv: the subtitles in eng (hdmv_pgs_subtitle) are "
                                    "pictures, which are left out"));
  EXPECT_EQ(stream("out/disc.mp4", "subtitle", 0)["tags"]["language"], "spa");
  EXPECT_EQ(probe("out/disc.mp4")["streams"].size(), 3U);
}

TEST_F(TranscodeKeepsTexts, AsRenditionsOfHls) {
  make_source("in/text.mkv", {"-c:s:0", "srt", "-c:s:1", "ass"});
  const auto result = transcode({"in/text.mkv", "-o", "out", "--package", "hls", "--segment", "2"});
  ASSERT_TRUE(result.succeeded()) << result.summary();
  const std::string master = read("out/text/master.m3u8");
  EXPECT_THAT(master, HasSubstr("LANGUAGE=\"en\""));
  EXPECT_THAT(master, HasSubstr("subs_en/index.m3u8"));
  EXPECT_THAT(master, HasSubstr("subs_es/index.m3u8"));
  EXPECT_THAT(read("out/text/subs_en/00000001.vtt"),
              HasSubstr("Tea &amp; cake, 3 &lt; 4\nfor two"));
  EXPECT_THAT(read("out/text/subs_es/00000002.vtt"), HasSubstr("cartel"));
  make("hls.srt", {{"-i", path("out/text/subs_en/index.m3u8").string()}});
}

TEST_F(TranscodeKeepsTexts, InHlsBesideWhatIsSpokenUnderNamesOfTheirOwn) {
  make_talk("in/talk.wav");
  make("in/talk.mkv", {pictures("160x120", "6"),
                       {"-i", path("in/talk.wav").string(), "-i", path("plain.srt").string()},
                       {"-map", "0", "-map", "1", "-map", "2", "-c:v", "libx264", "-c:a", "flac",
                        "-metadata:s:s:0", "language=eng"}});
  const auto result = transcode_speech({"in/talk.mkv", "-o", "out", "--package", "hls"});
  ASSERT_TRUE(result.succeeded()) << result.summary();
  const std::string master = read("out/talk/master.m3u8");
  EXPECT_THAT(master, HasSubstr("subs_en/index.m3u8"));
  EXPECT_THAT(master, HasSubstr("NAME=\"en-source\""));
  EXPECT_THAT(master, HasSubstr("subs_en-source/index.m3u8"));
  EXPECT_THAT(read("out/talk/subs_en-source/00000001.vtt"), HasSubstr("for two"));
}

}  // namespace
}  // namespace subtide
