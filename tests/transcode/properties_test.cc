// What has to survive a transcode: times, shape, colour, languages.
#include <gmock/gmock.h>

#include <cstdio>

#include "tests/transcode/transcode_fixture.h"

namespace subtide {
namespace {

using testing::Each;
using testing::HasSubstr;
using testing::SizeIs;

class TranscodeKeeps : public TranscodeTest {
 protected:
  /// Flashes and beeps of an output fall together within 10 ms.
  void expect_in_sync(const std::string& name) const {
    const auto seen = flashes(name);
    const auto heard = beeps(name);
    ASSERT_GE(seen.size(), 4U) << name;
    ASSERT_EQ(seen.size(), heard.size()) << name;
    double worst = 0;
    for (std::size_t i = 0; i < seen.size(); ++i) {
      if (std::abs(heard[i] - seen[i]) > std::abs(worst)) worst = heard[i] - seen[i];
    }
    std::printf("%s: sound is at most %.1f ms off its picture\n", name.c_str(), 1000 * worst);
    EXPECT_LE(std::abs(worst), 0.010) << name;
  }
};

TEST_F(TranscodeKeeps, EveryPictureAtItsTime) {
  make("in/clip.mp4", {pictures(), sound(), {"-c:v", "libx264", "-c:a", "aac"}});
  const auto result = transcode({"in/clip.mp4", "-o", "out"});
  ASSERT_TRUE(result.succeeded()) << result.summary();
  const auto before = packets("in/clip.mp4");
  const auto after = packets("out/clip.mp4");
  ASSERT_THAT(after, SizeIs(before.size()));
  for (std::size_t i = 0; i < after.size(); ++i) {
    EXPECT_NEAR(after[i].time, before[i].time, 0.001) << i;
  }
  EXPECT_EQ(stream("out/clip.mp4", "video")["avg_frame_rate"], "25/1");
}

TEST_F(TranscodeKeeps, AVaryingRate) {
  // Every third picture is left out, so steps are 40 and 80 ms.
  make("in/varying.mkv",
       {pictures(), {"-vf", "select='mod(n,3)'", "-vsync", "vfr", "-c:v", "libx264", "-bf", "0"}});
  const auto result = transcode({"in/varying.mkv", "-o", "out"});
  ASSERT_TRUE(result.succeeded()) << result.summary();
  const auto before = packets("in/varying.mkv");
  const auto after = packets("out/varying.mp4");
  ASSERT_THAT(after, SizeIs(before.size()));
  for (std::size_t i = 0; i < after.size(); ++i) {
    EXPECT_NEAR(after[i].time - after[0].time, before[i].time - before[0].time, 0.0021) << i;
  }
}

TEST_F(TranscodeKeeps, SoundBesideItsPicture) {
  make("in/flash.mov", {flash_and_beep(), {"-c:v", "libx264", "-c:a", "pcm_s16le"}});
  for (const std::string package : {"mp4", "mkv"}) {
    for (const std::string codec : {"aac", "opus"}) {
      const std::string folder = "out_" + package + "_" + codec;
      const auto result =
          transcode({"in/flash.mov", "-o", folder, "--package", package, "--audio-codec", codec});
      ASSERT_TRUE(result.succeeded()) << result.summary();
      expect_in_sync(folder + "/flash." + package);
    }
  }
}

TEST_F(TranscodeKeeps, TheDelayOfTheSourcesOwnEncoder) {
  // AAC in MP4 has priming samples that an edit list hides.
  make("in/flash.mp4", {flash_and_beep(), {"-c:v", "libx264", "-bf", "2", "-c:a", "aac"}});
  ASSERT_TRUE(transcode({"in/flash.mp4", "-o", "out"}).succeeded());
  expect_in_sync("out/flash.mp4");
}

TEST_F(TranscodeKeeps, WhatAnEditListCutsAwayIsNotShown) {
  make("in/whole.mp4", {flash_and_beep("8"), {"-c:v", "libx264", "-g", "25", "-c:a", "aac"}});
  // Copied from the middle of a group of pictures on: an edit list hides what comes before.
  make("in/cut.mp4",
       {{"-ss", "2.4", "-i", path("in/whole.mp4").string(), "-c", "copy", "-t", "5"}});
  const auto result = transcode({"in/cut.mp4", "-o", "out"});
  ASSERT_TRUE(result.succeeded()) << result.summary();
  expect_in_sync("out/cut.mp4");
  const auto before = flashes("in/cut.mp4");
  const auto after = flashes("out/cut.mp4");
  ASSERT_EQ(before.size(), after.size());
  EXPECT_NEAR(after.front(), before.front(), 0.021);
}

TEST_F(TranscodeKeeps, AnOffsetOfTheContainer) {
  make("in/late.ts", {flash_and_beep(), {"-c:v", "libx264", "-c:a", "aac", "-muxdelay", "3"}});
  ASSERT_TRUE(transcode({"in/late.ts", "-o", "out"}).succeeded());
  expect_in_sync("out/late.mp4");
  EXPECT_NEAR(packets("out/late.mp4").front().time, 0, 0.001);
}

TEST_F(TranscodeKeeps, SoundThatBeginsLater) {
  make("in/later.mkv",
       {pictures(), {"-itsoffset", "1.5"}, sound("2"), {"-c:v", "libx264", "-c:a", "flac"}});
  ASSERT_TRUE(transcode({"in/later.mkv", "-o", "out"}).succeeded());
  const auto heard = beeps("out/later.mp4");
  ASSERT_FALSE(heard.empty());
  EXPECT_NEAR(heard.front(), 1.5, 0.03);
}

TEST_F(TranscodeKeeps, TheWayAPictureIsHeld) {
  make("in/upright.mp4", {pictures("320x240"), {"-c:v", "libx264"}});
  make("in/turned.mov",
       {{"-i", path("in/upright.mp4").string(), "-c", "copy", "-metadata:s:v:0", "rotate=90"}});
  ASSERT_TRUE(transcode({"in/turned.mov", "-o", "out"}).succeeded());
  const auto video = stream("out/turned.mp4", "video");
  EXPECT_EQ(video["width"], 240);
  EXPECT_EQ(video["height"], 320);
  EXPECT_FALSE(video.contains("side_data_list")) << video;  // it is turned: no more turning
}

TEST_F(TranscodeKeeps, PixelsThatAreNotSquare) {
  make("in/dvd.mpg", {pictures("720x576"), {"-vf", "setsar=64/45", "-c:v", "mpeg2video"}});
  ASSERT_TRUE(transcode({"in/dvd.mpg", "-o", "out", "--ladder", "360p"}).succeeded());
  const auto video = stream("out/dvd_360p.mp4", "video");
  EXPECT_EQ(video["width"], 450);
  EXPECT_EQ(video["display_aspect_ratio"], "16:9");
}

TEST_F(TranscodeKeeps, WhatColoursMean) {
  make("in/colour.mp4",
       {pictures(),
        {"-c:v", "libx264", "-pix_fmt", "yuv420p", "-color_primaries", "bt470bg", "-color_trc",
         "gamma28", "-colorspace", "smpte170m", "-color_range", "tv"}});
  ASSERT_TRUE(transcode({"in/colour.mp4", "-o", "out"}).succeeded());
  const auto before = stream("in/colour.mp4", "video");
  const auto after = stream("out/colour.mp4", "video");
  for (const char* field : {"color_primaries", "color_transfer", "color_space", "color_range"}) {
    EXPECT_EQ(after[field], before[field]) << field;
  }
}

TEST_F(TranscodeKeeps, HighDynamicRangeInTenBits) {
  make("in/hdr.mp4",
       {pictures("320x240", "2"),
        {"-c:v", "libx265", "-pix_fmt", "yuv420p10le", "-x265-params",
         "log-level=error:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc:"
         "master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1):"
         "max-cll=1000,400"}});
  const auto kept = transcode({"in/hdr.mp4", "-o", "out", "--video-codec", "h265"});
  ASSERT_TRUE(kept.succeeded()) << kept.summary();
  const auto video = stream("out/hdr.mp4", "video");
  EXPECT_EQ(video["pix_fmt"], "yuv420p10le");
  EXPECT_EQ(video["color_transfer"], "smpte2084");
  EXPECT_EQ(video["color_primaries"], "bt2020");
  EXPECT_EQ(video["color_space"], "bt2020nc");

  const auto flattened = transcode({"in/hdr.mp4", "-o", "flat"});
  ASSERT_TRUE(flattened.succeeded()) << flattened.summary();
  EXPECT_THAT(flattened.err, HasSubstr("is HDR, which 8 bits of h264 cannot carry"));
  EXPECT_EQ(stream("flat/hdr.mp4", "video")["pix_fmt"], "yuv420p");
}

TEST_F(TranscodeKeeps, TracksOfSoundAndTheirLanguages) {
  make("in/two.mkv",
       {pictures(),
        sound(),
        sound(),
        {"-map", "0:v", "-map", "1:a", "-map", "2:a", "-c:v", "libx264", "-c:a", "flac",
         "-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=spa"}});
  for (const std::string package : {"mp4", "mkv"}) {
    ASSERT_TRUE(transcode({"in/two.mkv", "-o", "out", "--package", package}).succeeded());
    const std::string name = "out/two." + package;
    EXPECT_EQ(stream(name, "audio", 0)["tags"]["language"], "eng") << package;
    EXPECT_EQ(stream(name, "audio", 1)["tags"]["language"], "spa") << package;
  }
}

TEST_F(TranscodeKeeps, KeyFramesOfAllSizesAtTheSameTimes) {
  make("in/long.mp4",
       {pictures("640x360", "9", "30000/1001"), sound("9"), {"-c:v", "libx264", "-c:a", "aac"}});
  const auto result = transcode({"in/long.mp4", "-o", "out", "--ladder", "360p,240p"});
  ASSERT_TRUE(result.succeeded()) << result.summary();
  const auto large = key_times("out/long_360p.mp4");
  EXPECT_EQ(large, key_times("out/long_240p.mp4"));
  ASSERT_THAT(large, SizeIs(5));
  for (std::size_t i = 0; i < large.size(); ++i) {
    EXPECT_NEAR(large[i], 2.0 * static_cast<double>(i), 0.034);
  }
}

TEST_F(TranscodeKeeps, InterlacedPicturesAsWholeOnes) {
  make("in/fields.mpg", {pictures("720x576", "3", "50"),
                         {"-vf", "tinterlace=interleave_top,fieldorder=tff", "-flags",
                          "+ildct+ilme", "-top", "1", "-c:v", "mpeg2video"}});
  const auto before = packets("in/fields.mpg").size();
  ASSERT_TRUE(transcode({"in/fields.mpg", "-o", "out"}).succeeded());
  EXPECT_EQ(stream("out/fields.mp4", "video").value("field_order", "progressive"), "progressive");
  EXPECT_EQ(packets("out/fields.mp4").size(), before);
}

}  // namespace
}  // namespace subtide
