// Inputs that are odd, damaged or no media: a clear line each, the batch goes on, outputs whole or
// absent.
#include <gmock/gmock.h>

#include <fstream>

#include "tests/transcode/transcode_fixture.h"

namespace subtide {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

class TranscodeBad : public TranscodeTest {
 protected:
  void make_clip(const std::string& name) const {
    make(name, {pictures("160x120", "2"), sound("2"), {"-c:v", "libx264", "-c:a", "aac"}});
  }
  void copy_part(const std::string& from, const std::string& to, double share) const {
    const std::string bytes = read(from);
    write(to, bytes.substr(0, static_cast<std::size_t>(share * static_cast<double>(bytes.size()))));
  }
  void expect_refused(const std::string& name, int exit_code, const std::string& why) const {
    const auto result = transcode({name, "-o", "out"});
    EXPECT_EQ(result.exit_code, exit_code) << name << ": " << result.summary();
    EXPECT_THAT(result.err, HasSubstr(why)) << name;
    EXPECT_THAT(result.err, Not(HasSubstr("CRITICAL"))) << name;
    for (const auto& file : files()) EXPECT_FALSE(file.starts_with("out/")) << file;
  }
};

TEST_F(TranscodeBad, WhatIsNoMediaIsSaidInOneLine) {
  write("zero.mp4", "");
  expect_refused("zero.mp4", 4, "zero.mp4: the file is empty");
  write("text.mp4", "This is a letter and no film, whatever its name says.\n");
  expect_refused("text.mp4", 4, "text.mp4: is not");
  expect_refused("missing.mp4", 4, "missing.mp4: no such file");
  make_clip("in/clip.mp4");
  make("in/moov_last.mp4", {{"-i", path("in/clip.mp4").string(), "-c", "copy"}});
  copy_part("in/moov_last.mp4", "cut.mp4", 0.8);
  expect_refused("cut.mp4", 4, "cut.mp4: ");
}

TEST_F(TranscodeBad, AWrongExtensionDoesNotMatter) {
  make_clip("in/clip.mkv");
  std::filesystem::rename(path("in/clip.mkv"), path("in/clip.avi"));
  const auto result = transcode({"in/clip.avi", "-o", "out"});
  ASSERT_TRUE(result.succeeded()) << result.summary();
  EXPECT_THAT(packets("out/clip.mp4"), SizeIs(50));
}

TEST_F(TranscodeBad, PicturesWithoutSoundAreNotWrittenDown) {
  make("in/mute.mp4", {pictures("160x120", "2"), {"-c:v", "libx264"}});
  const auto result = transcode_speech({"in/mute.mp4", "-o", "out"});
  ASSERT_TRUE(result.succeeded()) << result.summary();
  EXPECT_THAT(result.err, HasSubstr("there is no sound, so there is nothing to write down"));
  EXPECT_EQ(probe("out/mute.mp4")["streams"].size(), 1U);
}

TEST_F(TranscodeBad, SoundWithoutPicturesIsRadio) {
  make_talk("in/talk.wav");
  for (const std::string package : {"mp4", "mkv", "hls"}) {
    const auto result = transcode_speech({"in/talk.wav", "-o", "out", "--package", package});
    ASSERT_TRUE(result.succeeded()) << package << ": " << result.summary();
  }
  EXPECT_EQ(stream("out/talk.mp4", "audio")["codec_name"], "aac");
  EXPECT_EQ(stream("out/talk.mp4", "subtitle")["codec_name"], "mov_text");
  EXPECT_THAT(read("out/talk/master.m3u8"), HasSubstr("subs_en/index.m3u8"));
}

TEST_F(TranscodeBad, OddSizesAndDeepColoursAreEncoded) {
  make("in/odd.mkv", {pictures("321x241", "1"), {"-c:v", "ffv1", "-pix_fmt", "yuv444p"}});
  make("in/deep.mkv", {pictures("160x120", "1"), {"-c:v", "ffv1", "-pix_fmt", "yuv422p10le"}});
  const auto result = transcode({"in/odd.mkv", "in/deep.mkv", "-o", "out"});
  ASSERT_TRUE(result.succeeded()) << result.summary();
  const auto video = stream("out/odd.mp4", "video");
  EXPECT_EQ(video["pix_fmt"], "yuv420p");
  EXPECT_EQ(video["width"].get<int>() % 2, 0);
  EXPECT_EQ(stream("out/deep.mp4", "video")["pix_fmt"], "yuv420p");
}

TEST_F(TranscodeBad, WhatWasReadOfABrokenFileIsWhole) {
  make("in/whole.ts",
       {pictures("160x120", "6"), sound("6"), {"-c:v", "libx264", "-g", "25", "-c:a", "aac"}});
  copy_part("in/whole.ts", "in/half.ts", 0.5);
  const auto half = transcode({"in/half.ts", "-o", "out"});
  ASSERT_TRUE(half.exit_code == 0 || half.exit_code == 3) << half.summary();
  EXPECT_GT(packets("out/half.mp4").size(), 50U);

  make("in/long.mp4", {pictures("160x120", "8"),
                       sound("8"),
                       {"-c:v", "libx264", "-g", "25", "-c:a", "aac", "-movflags", "faststart"}});
  copy_part("in/long.mp4", "in/cut.mp4", 0.5);
  const auto cut = transcode({"in/cut.mp4", "-o", "out"});
  EXPECT_EQ(cut.exit_code, 3) << cut.summary();
  EXPECT_THAT(cut.err, HasSubstr("missing"));
  EXPECT_GT(packets("out/cut.mp4").size(), 50U);
}

TEST_F(TranscodeBad, OneBadFileDoesNotStopTheOthers) {
  make_clip("in/a.mp4");
  write("in/b.mp4", "no film");
  make_clip("in/deeper/c.mp4");
  write("in/notes.txt", "not looked at");
  const auto result = transcode({"in", "-o", "out"});
  EXPECT_EQ(result.exit_code, 3) << result.summary();
  EXPECT_THAT(result.err, HasSubstr("3 inputs: 2 done, 0 with gaps, 0 failed, 1 unreadable"));
  EXPECT_THAT(files(), ElementsAre("in/a.mp4", "in/b.mp4", "in/deeper/c.mp4", "in/notes.txt",
                                   "out/a.mp4", "out/deeper/c.mp4", "out/subtide-report.json"));
  const auto report = Json::parse(read("out/subtide-report.json"));
  EXPECT_EQ(report["jobs"].size(), 3U);
}

TEST_F(TranscodeBad, SharedOddFilesAreEncodedOrRefused) {
  const auto folder = shared_media("odd");
  SUBTIDE_REQUIRE_FILE(folder);
  const auto result = transcode({folder.string(), "-o", "out"});
  EXPECT_EQ(result.exit_code, 3) << result.summary();
  EXPECT_THAT(result.err, Not(HasSubstr("CRITICAL")));
  EXPECT_THAT(result.err, Not(HasSubstr("WARNING **")));
  int made = 0;
  for (const auto& file : files()) {
    EXPECT_THAT(file, Not(HasSubstr("/."))) << "left behind";
    if (!file.ends_with(".mp4")) continue;
    EXPECT_EQ(stream(file, "audio")["codec_name"], "aac") << file;
    ++made;
  }
  EXPECT_GE(made, 5);
}

TEST_F(TranscodeBad, ATrackThatBringsNoSoundIsNamed) {
  make("in/empty.mkv",
       {pictures(),
        sound(),
        {"-map", "0", "-map", "1", "-c:v", "libx264", "-c:a", "aac", "-frames:a", "0"}});
  const auto result = transcode({"in/empty.mkv", "-o", "out", "--qc", "--json"});
  EXPECT_EQ(result.exit_code, 1) << result.summary();
  EXPECT_THAT(result.err, HasSubstr("sound track 1 brings no sound"));
  EXPECT_THAT(result.out, HasSubstr("media.quality.found"));
  make("in/half.mkv", {{"-i", path("in/empty.mkv").string()},
                       sound(),
                       {"-map", "0", "-map", "1", "-c", "copy", "-c:a:1", "aac"}});
  const auto louder = transcode({"in/half.mkv", "-o", "out", "--loudness", "-23"});
  EXPECT_THAT(louder.err, HasSubstr("sound track 1 brings no sound")) << louder.summary();
  EXPECT_THAT(files(), ElementsAre("in/empty.mkv", "in/half.mkv"));
}

}  // namespace
}  // namespace subtide
