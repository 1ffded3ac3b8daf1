// How pictures are encoded: two passes, and by which encoder.
#include <gmock/gmock.h>

#include "tests/transcode/transcode_fixture.h"

namespace subtide {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class TranscodeEncoders : public TranscodeTest {
 protected:
  /// Ten seconds, the second half of which is harder than the first.
  void make_uneven(const std::string& name) const {
    make(name, {{"-f", "lavfi", "-i", "testsrc2=s=320x240:r=25:d=5,noise=alls=10:allf=t", "-f",
                 "lavfi", "-i", "testsrc2=s=320x240:r=25:d=5,noise=alls=25:allf=t",
                 "-filter_complex", "[0][1]concat=n=2:v=1", "-c:v", "libx264", "-crf", "12"}});
  }
  /// Bits a second of all coded pictures.
  double rate(const std::string& name) const {
    const auto result =
        run_program({"ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries",
                     "packet=size", "-of", "csv=p=0", path(name).string()});
    double bytes = 0;
    std::istringstream lines(result.out);
    for (std::string line; std::getline(lines, line);) bytes += std::atof(line.c_str());
    return bytes * 8 / 10;
  }
};

TEST_F(TranscodeEncoders, TwoPassesMeetTheRate) {
  make_uneven("in/clip.mp4");
  for (const std::string codec : {"h264", "h265", "vp9"}) {
    const auto result = transcode({"in/clip.mp4", "-o", codec, "--video-codec", codec, "--package",
                                   "mkv", "--bitrate", "400", "--two-pass"});
    ASSERT_TRUE(result.succeeded()) << result.summary();
    EXPECT_THAT(result.err, Not(HasSubstr("CRITICAL")));
    EXPECT_NEAR(rate(codec + "/clip.mkv"), 400'000, 20'000) << codec;
    EXPECT_EQ(packets(codec + "/clip.mkv").size(), 250U) << codec;
  }
  EXPECT_THAT(files(),
              ElementsAre("h264/clip.mkv", "h265/clip.mkv", "in/clip.mp4", "vp9/clip.mkv"));
}

TEST_F(TranscodeEncoders, TwoPassesKeepKeyFramesOfAllSizesTogether) {
  make("in/clip.mp4", {pictures("640x360", "6"), sound("6"), {"-c:v", "libx264", "-c:a", "aac"}});
  const auto result =
      transcode({"in/clip.mp4", "-o", "out", "--ladder", "360p,240p", "--two-pass"});
  ASSERT_TRUE(result.succeeded()) << result.summary();
  EXPECT_EQ(key_times("out/clip_360p.mp4"), key_times("out/clip_240p.mp4"));
  EXPECT_EQ(key_times("out/clip_360p.mp4").size(), 3U);
  EXPECT_EQ(stream("out/clip_240p.mp4", "audio")["codec_name"], "aac");
  EXPECT_THAT(files(), ElementsAre("in/clip.mp4", "out/clip_240p.mp4", "out/clip_360p.mp4"));
}

TEST_F(TranscodeEncoders, TwoPassesAreForARateAndForEncodersThatCan) {
  make("in/clip.mp4", {pictures("160x120", "1"), {"-c:v", "libx264"}});
  const auto expect = [&](const Words& words, const std::string& why) {
    const auto result = transcode(joined({{"in/clip.mp4", "-o", "out", "--two-pass"}, words}));
    EXPECT_EQ(result.exit_code, 2) << result.summary();
    EXPECT_THAT(result.err, HasSubstr(why));
  };
  expect({}, "--two-pass is for a rate");
  expect({"--crf", "20"}, "--two-pass is for a rate");
  expect({"--ladder", "360p", "--crf", "20"}, "--two-pass is for a rate");
  expect({"--bitrate", "300", "--video-codec", "av1"}, "is for h264, h265 and vp9, not av1");
  expect({"--bitrate", "300", "--hw", "auto"}, "--two-pass is for software");
  expect({"--hw", "gpu"}, "--hw: 'gpu' is unknown; use auto, none");
}

TEST_F(TranscodeEncoders, TheReportNamesTheEncoder) {
  make("in/clip.mp4", {pictures("160x120", "1"), {"-c:v", "libx264"}});
  const auto plain = transcode({"in/clip.mp4", "-o", "out", "--report", "plain.json"});
  ASSERT_TRUE(plain.succeeded()) << plain.summary();
  EXPECT_THAT(plain.err, HasSubstr("encoder    x264enc"));
  EXPECT_THAT(plain.err, Not(HasSubstr("no hardware encoder")));
  const auto report = Json::parse(read("plain.json"));
  EXPECT_EQ(report["jobs"][0]["encoder"], "x264enc");
}

TEST_F(TranscodeEncoders, SoftwareStandsInWhereNoHardwareWorks) {
  make("in/clip.mp4", {pictures("160x120", "1"), {"-c:v", "libx264"}});
  // VP9 has no hardware encoder that we use, so this holds on every machine.
  const auto result = transcode(
      {"in/clip.mp4", "-o", "out", "--hw", "auto", "--video-codec", "vp9", "--package", "mkv"});
  ASSERT_TRUE(result.succeeded()) << result.summary();
  EXPECT_THAT(result.err, HasSubstr("no hardware encoder for vp9 works here; vp9enc was used"));
  EXPECT_EQ(stream("out/clip.mkv", "video")["codec_name"], "vp9");
}

}  // namespace
}  // namespace subtide
