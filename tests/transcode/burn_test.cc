// `--subtitles burn`: cues drawn into the pictures, seen again by ffmpeg's signalstats.
#include <gmock/gmock.h>

#include <fstream>

#include "tests/transcode/transcode_fixture.h"

namespace subtide {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr double kPicture = 0.04;  // of 25 a second

class TranscodeBurn : public TranscodeTest {
 protected:
  /// Black pictures, six seconds, with speech from 1 to 4 s.
  void make_dark_talk(const std::string& name, const std::string& size = "640x360",
                      const Words& coding = {"-c:v", "libx264"}) const {
    make_talk("in/talk.wav");
    make(name, {{"-f", "lavfi", "-i", "color=black:s=" + size + ":r=25:d=6"},
                {"-i", path("in/talk.wav").string()},
                coding,
                {"-c:a", "aac"}});
  }

  struct Look {
    double time = 0;
    double brightest = 0;  ///< of 8 bits
  };
  /// The brightest point of each picture, in the part that `crop` (as ffmpeg has it) leaves.
  std::vector<Look> looks(const std::string& name, const std::string& crop = "iw:ih:0:0") const {
    const auto result = run_program(
        {"ffprobe", "-v", "error", "-f", "lavfi", "-i",
         "movie=" + path(name).string() + ",format=gray,crop=" + crop + ",signalstats",
         "-show_entries", "frame=pts_time:frame_tags=lavfi.signalstats.YMAX", "-of", "csv=p=0"});
    EXPECT_TRUE(result.succeeded()) << result.summary();
    std::vector<Look> found;
    std::istringstream lines(result.out);
    for (std::string line; std::getline(lines, line);) {
      const auto comma = line.find(',');
      if (comma == std::string::npos) continue;
      found.push_back({std::atof(line.c_str()), std::atof(line.c_str() + comma + 1)});
    }
    return found;
  }
  /// Stretches in which something bright is to be seen.
  std::vector<TimeSpan> lit(const std::string& name, const std::string& crop = "iw:ih:0:0") const {
    std::vector<TimeSpan> spans;
    bool was_lit = false;
    for (const Look& look : looks(name, crop)) {
      const bool is_lit = look.brightest > 128;
      const auto at = from_seconds(look.time);
      if (is_lit && !was_lit) spans.push_back({at, at});
      if (is_lit) spans.back().end = at + from_seconds(kPicture);
      was_lit = is_lit;
    }
    return spans;
  }
  std::string pictures_of(const std::string& name) const {
    const auto result = run_program({"ffmpeg", "-v", "error", "-nostdin", "-i", path(name).string(),
                                     "-map", "0:v", "-f", "md5", "-"});
    EXPECT_TRUE(result.succeeded()) << result.summary();
    return result.out;
  }
  /// Stretches without a gap in between, as cues often follow each other.
  static std::vector<TimeSpan> stretches(const std::vector<Cue>& cues) {
    std::vector<TimeSpan> spans;
    for (const Cue& cue : cues) {
      if (!spans.empty() && cue.span.begin - spans.back().end < from_seconds(kPicture)) {
        spans.back().end = cue.span.end;
      } else {
        spans.push_back(cue.span);
      }
    }
    return spans;
  }
};

TEST_F(TranscodeBurn, TextIsUpFromTheBeginOfItsCueToItsEnd) {
  make_dark_talk("in/dark.mp4");
  const auto result = transcode_speech({"in/dark.mp4", "-o", "out", "--subtitles", "burn,sidecar"});
  ASSERT_TRUE(result.succeeded()) << result.summary();
  EXPECT_THAT(result.err, Not(HasSubstr("CRITICAL")));
  const auto wanted = stretches(sidecar("out/dark.en.srt").cues);
  const auto seen = lit("out/dark.mp4");
  ASSERT_THAT(wanted, Not(IsEmpty()));
  ASSERT_EQ(seen.size(), wanted.size());
  for (std::size_t i = 0; i < seen.size(); ++i) {
    EXPECT_NEAR(to_seconds(seen[i].begin), to_seconds(wanted[i].begin), kPicture);
    EXPECT_NEAR(to_seconds(seen[i].end), to_seconds(wanted[i].end), kPicture);
  }
  // The text is drawn, and not inside besides.
  EXPECT_EQ(probe("out/dark.mp4")["streams"].size(), 2U);
  EXPECT_THAT(looks("out/dark.mp4"), SizeIs(150));
  for (const auto& name : files()) EXPECT_THAT(name, Not(HasSubstr("/."))) << "left behind";
}

TEST_F(TranscodeBurn, EverySizeHasItInsideTheSafeArea) {
  make_dark_talk("in/dark.mp4", "640x360");
  write("ladder.json", R"({"renditions": [{"name": "360p", "height": 360, "bitrate_kbps": 1500},
                                          {"name": "180p", "height": 180, "bitrate_kbps": 300}]})");
  const auto result = transcode_speech(
      {"in/dark.mp4", "-o", "out", "--subtitles", "burn", "--ladder", "./ladder.json"});
  ASSERT_TRUE(result.succeeded()) << result.summary();
  for (const std::string name : {"out/dark_360p.mp4", "out/dark_180p.mp4"}) {
    EXPECT_THAT(lit(name), Not(IsEmpty())) << name;
    EXPECT_THAT(lit(name, "iw:ih*0.75:0:0"), IsEmpty()) << name << ": above";
    EXPECT_THAT(lit(name, "iw:ih*0.04:0:ih*0.96"), IsEmpty()) << name << ": below";
    EXPECT_THAT(lit(name, "iw*0.05:ih:0:0"), IsEmpty()) << name << ": left";
    EXPECT_THAT(lit(name, "iw*0.05:ih:iw*0.95:0"), IsEmpty()) << name << ": right";
    EXPECT_THAT(lit(name, "iw*0.2:ih:iw*0.4:0"), Not(IsEmpty())) << name << ": middle";
  }
}

TEST_F(TranscodeBurn, TheFirstTranslationIsDrawnOrTheLanguageAskedFor) {
  make_dark_talk("in/dark.mp4");
  const auto burn = [&](const std::string& folder, const Words& more) {
    const auto result =
        transcode_speech(joined({{"in/dark.mp4", "-o", folder, "--subtitles", "burn"}, more}));
    EXPECT_TRUE(result.succeeded()) << result.summary();
    return pictures_of(folder + "/dark.mp4");
  };
  const auto english = burn("en", {});
  const auto spanish = burn("es", {"--translate", "es,it"});
  EXPECT_NE(english, spanish);
  EXPECT_EQ(burn("asked_en", {"--translate", "es,it", "--burn", "en"}), english);
  EXPECT_NE(burn("asked_it", {"--translate", "es,it", "--burn", "it"}), spanish);
}

TEST_F(TranscodeBurn, GoesWithTextsInsideAndBesideAndHearsOnce) {
  make_dark_talk("in/dark.mp4");
  const auto count = [](const std::string& text, const std::string& what) {
    std::size_t found = 0;
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++found;
    return found;
  };
  const auto with = [&](const std::string& folder, const std::string& package,
                        const std::string& subtitles) {
    auto result =
        transcode_speech({"in/dark.mp4", "-o", folder, "--package", package, "--translate", "es",
                          "--subtitles", subtitles, "--segment", "2", "--json"});
    EXPECT_TRUE(result.succeeded()) << result.summary();
    return result.out;
  };
  const std::string plain = with("plain", "hls", "embed,sidecar");
  const std::string burned = with("burned", "hls", "embed,sidecar,burn");
  for (const std::string event :
       {"speech.ended", "model.loaded", "cue.emitted", "output.finished"}) {
    EXPECT_GT(count(plain, event), 0U) << event;
    EXPECT_EQ(count(burned, event), count(plain, event)) << event;
  }
  for (const std::string name :
       {"dark.en.srt", "dark.es.srt", "dark/subs_en/00000001.vtt", "dark/subs_es/00000002.vtt",
        "dark/subs_en/index.m3u8", "dark/subs_es/index.m3u8"}) {
    EXPECT_EQ(read("burned/" + name), read("plain/" + name)) << name;
  }
  const std::string master = read("burned/dark/master.m3u8");
  EXPECT_THAT(master, HasSubstr("NAME=\"en\",LANGUAGE=\"en\",DEFAULT=YES"));
  EXPECT_THAT(master, HasSubstr("NAME=\"es\",LANGUAGE=\"es\",DEFAULT=NO"));
  with("movie", "mp4", "embed,burn");
  EXPECT_EQ(stream("movie/dark.mp4", "subtitle", 1)["tags"]["language"], "spa");
  EXPECT_THAT(lit("movie/dark.mp4"), Not(IsEmpty()));
}

TEST_F(TranscodeBurn, MarkupInTextIsText) {
  make_dark_talk("in/dark.mp4");
  const auto result = run({"transcode", "in/dark.mp4", "-o", "out", "--recognizer",
                           "fake:R&D <i>is </b> &amp; 100%", "--detector", "fake:", "--language",
                           "en", "--state", "none", "--subtitles", "burn"});
  ASSERT_TRUE(result.succeeded()) << result.summary();
  EXPECT_THAT(result.err, Not(HasSubstr("WARNING")));
  EXPECT_THAT(lit("out/dark.mp4"), Not(IsEmpty()));
}

TEST_F(TranscodeBurn, TenBitsOfHighDynamicRangeAreNotDazzling) {
  make_dark_talk("in/hdr.mp4", "320x240",
                 {"-c:v", "libx265", "-pix_fmt", "yuv420p10le", "-x265-params",
                  "log-level=error:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc"});
  const auto result =
      transcode_speech({"in/hdr.mp4", "-o", "out", "--subtitles", "burn", "--video-codec", "h265"});
  ASSERT_TRUE(result.succeeded()) << result.summary();
  EXPECT_EQ(stream("out/hdr.mp4", "video")["pix_fmt"], "yuv420p10le");
  double brightest = 0;
  for (const Look& look : looks("out/hdr.mp4")) brightest = std::max(brightest, look.brightest);
  EXPECT_GT(brightest, 120);
  EXPECT_LT(brightest, 190);  // 203 cd/m2 are 58 % of the signal
}

TEST_F(TranscodeBurn, SoundWithoutPicturesIsWrittenDownAllTheSame) {
  make_talk("in/talk.wav");
  const auto result = transcode_speech({"in/talk.wav", "-o", "out", "--subtitles", "burn,sidecar"});
  ASSERT_TRUE(result.succeeded()) << result.summary();
  EXPECT_THAT(result.err, HasSubstr("there are no pictures, so nothing was drawn into them"));
  EXPECT_THAT(files(), Contains("out/talk.en.srt"));
}

TEST_F(TranscodeBurn, ASidecarThatExistsIsKeptAndTheJobEndsBeforeItHasBegun) {
  make_dark_talk("in/dark.mp4");
  write("out/dark.en.srt", "mine");
  const auto refused =
      transcode_speech({"in/dark.mp4", "-o", "out", "--subtitles", "burn,sidecar"});
  EXPECT_EQ(refused.exit_code, 1) << refused.summary();
  EXPECT_THAT(refused.err, HasSubstr("out/dark.en.srt"));
  EXPECT_THAT(files(), Not(Contains("out/dark.mp4")));
  EXPECT_EQ(read("out/dark.en.srt"), "mine");
  const auto forced =
      transcode_speech({"in/dark.mp4", "-o", "out", "--subtitles", "burn,sidecar", "--force"});
  ASSERT_TRUE(forced.succeeded()) << forced.summary();
  EXPECT_FALSE(sidecar("out/dark.en.srt").cues.empty());
}

TEST_F(TranscodeBurn, ADoneJobIsLeftAloneAndAnotherLanguageIsAnotherJob) {
  make_dark_talk("in/dark.mp4");
  const auto burn = [&](const Words& more) {
    return run(joined({{"transcode", "in/dark.mp4", "-o", "out", "--recognizer",
                        "fake:", "--translator", "fake:", "--detector", "fake:", "--language", "en",
                        "--translate", "es", "--state", "state", "--subtitles", "burn,sidecar"},
                       more}));
  };
  const auto first = burn({});
  ASSERT_TRUE(first.succeeded()) << first.summary();
  const auto spanish = pictures_of("out/dark.mp4");
  EXPECT_THAT(burn({}).err, HasSubstr("was done before"));
  const auto other = burn({"--burn", "en", "--force"});
  ASSERT_TRUE(other.succeeded()) << other.summary();
  EXPECT_THAT(other.err, Not(HasSubstr("was done before")));
  EXPECT_NE(pictures_of("out/dark.mp4"), spanish);
  EXPECT_TRUE(burn({"--burn", "en", "--fresh"}).succeeded());
}

TEST_F(TranscodeBurn, WhatCannotBeDrawnIsRefused) {
  make_dark_talk("in/dark.mp4");
  const auto expect = [&](const Words& words, const std::string& why) {
    const auto result = transcode_speech(joined({{"in/dark.mp4", "-o", "out"}, words}));
    EXPECT_EQ(result.exit_code, 2) << result.summary();
    EXPECT_THAT(result.err, HasSubstr(why));
  };
  expect({"--subtitles", "burn", "--package", "none"}, "--package none has none");
  expect({"--burn", "en"}, "--burn goes with --subtitles burn");
  expect({"--subtitles", "burn", "--burn", "it"}, "--burn: nothing is made in 'it'");
  expect({"--subtitles", "burn,none"}, "none excludes the others");
}

}  // namespace
}  // namespace subtide
