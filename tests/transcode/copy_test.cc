// Streams that `subtide transcode` takes over as they are.
#include <gmock/gmock.h>

#include "tests/transcode/transcode_fixture.h"

namespace subtide {
namespace {

using testing::AnyOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

class TranscodeCopies : public TranscodeTest {
 protected:
  static Words both() { return {"--video-codec", "copy", "--audio-codec", "copy"}; }

  /// Presentation times of those packets that are not hidden by an edit list, in order.
  std::vector<double> times(const std::string& name, const std::string& stream) const {
    const auto result =
        run_program({"ffprobe", "-v", "error", "-select_streams", stream, "-show_entries",
                     "packet=pts_time,flags", "-of", "csv=p=0", path(name).string()});
    EXPECT_TRUE(result.succeeded()) << result.summary();
    std::vector<double> found;
    std::istringstream lines(result.out);
    for (std::string line; std::getline(lines, line);) {
      const bool is_packet = line.find(',') != std::string::npos;  // else of its side data
      if (is_packet && line.find('D') == std::string::npos)
        found.push_back(std::atof(line.c_str()));
    }
    std::ranges::sort(found);
    return found;
  }

  /// Both have the same packets at the same times from the first picture on.
  void expect_same_times(const std::string& before, const std::string& after) const {
    const double zero = times(before, "v:0").front();
    for (const std::string stream : {"v:0", "a:0"}) {
      auto source = times(before, stream);
      // Matroska has no way to hide sound that comes before.
      std::erase_if(source, [&](double time) { return time < zero - 0.0005; });
      auto copy = times(after, stream);
      std::erase_if(copy, [](double time) { return time < -0.0005; });
      ASSERT_THAT(copy, SizeIs(source.size())) << before << " " << after << " " << stream;
      for (std::size_t i = 0; i < copy.size(); ++i) {
        ASSERT_NEAR(copy[i], source[i] - zero, 0.0011) << after << " " << stream << " " << i;
      }
    }
  }

  void expect_in_sync(const std::string& name) const {
    const auto seen = flashes(name);
    const auto heard = beeps(name);
    ASSERT_GE(seen.size(), 4U) << name;
    ASSERT_EQ(seen.size(), heard.size()) << name;
    for (std::size_t i = 0; i < seen.size(); ++i) {
      EXPECT_NEAR(heard[i], seen[i], 0.010) << name << " " << i;
    }
  }
};

TEST_F(TranscodeCopies, EachContainerIntoEachOther) {
  const Words coded = {"-c:v", "libx264", "-bf", "2", "-g", "25", "-c:a", "aac"};
  for (const std::string from : {"mp4", "mkv", "ts"}) {
    make("in/" + from + "." + from, {flash_and_beep(), coded});
    for (const std::string package : {"mp4", "mkv"}) {
      const auto result = transcode(
          joined({{"in/" + from + "." + from, "-o", "out", "--package", package}, both()}));
      ASSERT_TRUE(result.succeeded()) << result.summary();
      const std::string made = "out/" + from + "." + package;
      expect_same_times("in/" + from + "." + from, made);
      expect_in_sync(made);
      EXPECT_NEAR(times(made, "v:0").front(), 0, 0.0011) << made;
    }
  }
  for (const auto& name : files()) EXPECT_EQ(name.find("/."), std::string::npos) << name;
}

TEST_F(TranscodeCopies, TheBytesOfEveryPacket) {
  make("in/clip.mkv", {pictures(), sound(), {"-c:v", "libx264", "-c:a", "flac"}});
  const auto result = transcode(joined({{"in/clip.mkv", "-o", "out", "--package", "mkv"}, both()}));
  ASSERT_TRUE(result.succeeded()) << result.summary();
  const auto hashes = [&](const std::string& name) {
    const auto told =
        run_program({"ffprobe", "-v", "error", "-show_entries", "packet=stream_index,data_hash",
                     "-show_data_hash", "md5", "-of", "csv=p=0", path(name).string()});
    Words lines;
    std::istringstream text(told.out);
    for (std::string line; std::getline(text, line);) lines.push_back(line);
    std::ranges::sort(lines);
    return lines;
  };
  EXPECT_EQ(hashes("out/clip.mkv"), hashes("in/clip.mkv"));
}

TEST_F(TranscodeCopies, OneStreamWhileTheOtherIsEncoded) {
  make("in/flash.mp4", {flash_and_beep(), {"-c:v", "libx264", "-bf", "2", "-c:a", "aac"}});
  for (const std::string package : {"mp4", "mkv"}) {
    const std::string made = "/flash." + package;
    const auto video = transcode({"in/flash.mp4", "-o", "video", "--package", package,
                                  "--video-codec", "copy", "--audio-codec", "opus"});
    ASSERT_TRUE(video.succeeded()) << video.summary();
    EXPECT_EQ(times("video" + made, "v:0").size(), times("in/flash.mp4", "v:0").size());
    EXPECT_EQ(stream("video" + made, "audio")["codec_name"], "opus");
    expect_in_sync("video" + made);
    const auto audio = transcode({"in/flash.mp4", "-o", "audio", "--package", package, "--crf",
                                  "40", "--audio-codec", "copy"});
    ASSERT_TRUE(audio.succeeded()) << audio.summary();
    EXPECT_EQ(times("audio" + made, "a:0").size(), times("in/flash.mp4", "a:0").size());
    expect_in_sync("audio" + made);
  }
}

TEST_F(TranscodeCopies, SoundIntoEachSizeOfALadder) {
  make("in/clip.mp4", {pictures("640x480"), sound(), {"-c:v", "libx264", "-c:a", "aac"}});
  const auto result =
      transcode({"in/clip.mp4", "-o", "out", "--ladder", "360p,240p", "--audio-codec", "copy"});
  ASSERT_TRUE(result.succeeded()) << result.summary();
  for (const std::string name : {"out/clip_360p.mp4", "out/clip_240p.mp4"}) {
    EXPECT_EQ(times(name, "a:0"), times("in/clip.mp4", "a:0")) << name;
  }
}

TEST_F(TranscodeCopies, TheDelayOfOpus) {
  make("in/flash.webm", {flash_and_beep(), {"-c:v", "libvpx", "-c:a", "libopus"}});
  for (const std::string package : {"mkv", "mp4"}) {
    const Words codecs = package == "mkv" ? both() : Words{"--audio-codec", "copy"};
    const auto result =
        transcode(joined({{"in/flash.webm", "-o", "out", "--package", package}, codecs}));
    ASSERT_TRUE(result.succeeded()) << result.summary();
    const double zero = times("in/flash.webm", "v:0").front();
    const auto before = times("in/flash.webm", "a:0");
    const auto after = times("out/flash." + package, "a:0");
    EXPECT_NEAR(after.back(), before.back() - zero, 0.0011);
    expect_in_sync("out/flash." + package);
  }
}

TEST_F(TranscodeCopies, WhatAnEditListHidesStaysHidden) {
  make("in/whole.mp4", {flash_and_beep("8"), {"-c:v", "libx264", "-g", "25", "-c:a", "aac"}});
  make("in/cut.mp4",
       {{"-ss", "2.4", "-i", path("in/whole.mp4").string(), "-c", "copy", "-t", "5"}});
  const auto result = transcode(joined({{"in/cut.mp4", "-o", "out"}, both()}));
  ASSERT_TRUE(result.succeeded()) << result.summary();
  EXPECT_EQ(flashes("out/cut.mp4"), flashes("in/cut.mp4"));
  EXPECT_EQ(packets("out/cut.mp4").size(), packets("in/cut.mp4").size());
  expect_in_sync("out/cut.mp4");

  const auto refused = transcode(joined({{"in/cut.mp4", "-o", "mkv", "--package", "mkv"}, both()}));
  EXPECT_FALSE(refused.succeeded());
  EXPECT_THAT(refused.err, HasSubstr("an edit list hides its first pictures"));
  EXPECT_FALSE(exists("mkv/cut.mkv"));
}

TEST_F(TranscodeCopies, TheWayAPictureIsHeld) {
  make("in/upright.mp4", {pictures(), {"-c:v", "libx264"}});
  make("in/turned.mov",
       {{"-i", path("in/upright.mp4").string(), "-c", "copy", "-metadata:s:v:0", "rotate=90"}});
  ASSERT_TRUE(transcode(joined({{"in/turned.mov", "-o", "out"}, both()})).succeeded());
  EXPECT_EQ(stream("out/turned.mp4", "video")["side_data_list"][0]["rotation"],
            stream("in/turned.mov", "video")["side_data_list"][0]["rotation"]);
  const auto refused =
      transcode(joined({{"in/turned.mov", "-o", "out", "--package", "mkv"}, both()}));
  EXPECT_FALSE(refused.succeeded());
  EXPECT_THAT(refused.err, HasSubstr("are turned when they are shown, which mkv does not tell"));
}

TEST_F(TranscodeCopies, LanguagesChaptersAndColours) {
  write("chapters.txt",
        ";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1500\ntitle=First\n"
        "[CHAPTER]\nTIMEBASE=1/1000\nSTART=1500\nEND=4000\ntitle=Second\n");
  make("in/two.mp4", {pictures(),
                      sound(),
                      sound(),
                      {"-i", path("chapters.txt").string()},
                      {"-map",
                       "0:v",
                       "-map",
                       "1:a",
                       "-map",
                       "2:a",
                       "-map_metadata",
                       "3",
                       "-c:v",
                       "libx264",
                       "-color_primaries",
                       "bt470bg",
                       "-colorspace",
                       "smpte170m",
                       "-c:a",
                       "aac",
                       "-metadata:s:a:0",
                       "language=eng",
                       "-metadata:s:a:1",
                       "language=spa"}});
  for (const std::string package : {"mp4", "mkv"}) {
    const auto result =
        transcode(joined({{"in/two.mp4", "-o", "out", "--package", package}, both()}));
    ASSERT_TRUE(result.succeeded()) << result.summary();
    const std::string made = "out/two." + package;
    EXPECT_EQ(stream(made, "audio", 0)["tags"]["language"], "eng") << package;
    EXPECT_EQ(stream(made, "audio", 1)["tags"]["language"], "spa") << package;
    EXPECT_EQ(stream(made, "video")["color_space"], "smpte170m") << package;
    const auto chapters = probe(made)["chapters"];
    ASSERT_EQ(chapters.size(), 2U) << package;
    EXPECT_EQ(chapters[1]["tags"]["title"], "Second");
    EXPECT_EQ(chapters[1]["start_time"], "1.500000");
  }
}

TEST_F(TranscodeCopies, WithWhatIsSpokenAsTexts) {
  make_talk("in/talk.wav");
  make("in/talk.mp4", {pictures("320x240", "6"),
                       {"-i", path("in/talk.wav").string()},
                       {"-c:v", "libx264", "-c:a", "aac"}});
  for (const std::string package : {"mp4", "mkv"}) {
    const auto result =
        transcode_speech(joined({{"in/talk.mp4", "-o", package, "--package", package, "--translate",
                                  "es", "--subtitles", "embed,sidecar"},
                                 both()}));
    ASSERT_TRUE(result.succeeded()) << result.summary();
    const std::string movie = package + "/talk." + package;
    expect_same_times("in/talk.mp4", movie);
    int number = 0;
    for (const std::string language : {"en", "es"}) {
      EXPECT_EQ(stream(movie, "subtitle", number)["tags"]["language"],
                language == "en" ? "eng" : "spa");
      const std::string name = "inside." + package + "." + language + ".srt";
      make(name, {{"-i", path(movie).string(), "-map", "0:s:" + std::to_string(number++)}});
      const auto inside = sidecar(name).cues;
      const auto beside = sidecar(package + "/talk." + language + ".srt").cues;
      ASSERT_EQ(inside.size(), beside.size()) << movie;
      ASSERT_FALSE(inside.empty());
      for (std::size_t i = 0; i < inside.size(); ++i) {
        EXPECT_EQ(inside[i].lines, beside[i].lines);
        EXPECT_EQ(inside[i].span, beside[i].span) << movie << " " << language << " " << i;
      }
    }
  }
}

TEST_F(TranscodeCopies, SoundAlone) {
  make("in/sound.flac", {sound("2")});
  const auto result =
      transcode(joined({{"in/sound.flac", "-o", "out", "--package", "mkv"}, both()}));
  ASSERT_TRUE(result.succeeded()) << result.summary();
  EXPECT_EQ(stream("out/sound.mkv", "audio")["codec_name"], "flac");
  EXPECT_THAT(files(), ElementsAre("in/sound.flac", "out/sound.mkv"));
}

TEST_F(TranscodeCopies, WhatAPackageCannotCarryIsRefusedBeforeAnyWork) {
  make("in/pcm.mov", {pictures(), sound(), {"-c:v", "libx264", "-c:a", "pcm_s16le"}});
  const auto result = transcode({"in/pcm.mov", "-o", "out", "--audio-codec", "copy"});
  EXPECT_FALSE(result.succeeded());
  EXPECT_THAT(result.err, HasSubstr("pcm.mov: mp4 does not carry pcm_s16le; use --package mkv, or "
                                    "another codec than copy for --audio-codec"));
  EXPECT_THAT(files(), ElementsAre("in/pcm.mov"));
  EXPECT_TRUE(transcode({"in/pcm.mov", "-o", "out", "--package", "mkv", "--audio-codec", "copy"})
                  .succeeded());
}

TEST_F(TranscodeCopies, IntoHlsWithSegmentsFromKeyFrameToKeyFrame) {
  const Words coded = {"-c:v", "libx264", "-bf", "2", "-g", "75", "-c:a", "aac"};
  for (const std::string from : {"mp4", "mkv", "ts"}) {
    make("in/" + from + "." + from, {flash_and_beep(), coded});
    const auto result = transcode(joined(
        {{"in/" + from + "." + from, "-o", "out", "--package", "hls", "--segment", "2"}, both()}));
    ASSERT_TRUE(result.succeeded()) << result.summary();
    const std::string made = "out/" + from + "/";
    const std::string playlist = read(made + "video_240p/index.m3u8");
    EXPECT_THAT(playlist, HasSubstr("#EXT-X-ENDLIST"));
    // A key frame each 1.5 s: those nearest to 2 s.
    EXPECT_THAT(playlist, AnyOf(HasSubstr("#EXTINF:1.5"), HasSubstr("#EXTINF:3.0")));
    EXPECT_EQ(times(made + "video_240p/index.m3u8", "v:0").size(),
              times("in/" + from + "." + from, "v:0").size());
    // What a browser shows; ffmpeg takes B-frames for later than they are.
    const auto seen = flashes("in/" + from + "." + from);
    const auto heard = beeps(made + "audio_und/index.m3u8");
    ASSERT_EQ(seen.size(), heard.size());
    const double zero = times("in/" + from + "." + from, "v:0").front();
    for (std::size_t i = 0; i < seen.size(); ++i) EXPECT_NEAR(heard[i], seen[i] - zero, 0.010);
    const auto& names = files();
    EXPECT_THAT(names, Each(Not(HasSubstr("copied")))) << "left behind";
  }
}

TEST_F(TranscodeCopies, IntoHlsBesideWhatIsEncodedAndSpoken) {
  make_talk("in/talk.wav");
  make("in/talk.mkv", {pictures("320x240", "6"),
                       {"-i", path("in/talk.wav").string()},
                       {"-c:v", "libx264", "-bf", "0", "-g", "50", "-c:a", "flac",
                        "-metadata:s:a:0", "language=eng"}});
  const auto refused = transcode(joined({{"in/talk.mkv", "-o", "no", "--package", "hls"}, both()}));
  EXPECT_FALSE(refused.succeeded());
  EXPECT_THAT(refused.err,
              HasSubstr("talk.mkv: hls does not carry flac; use --package mp4 or mkv"));
  const auto result = transcode_speech(
      {"in/talk.mkv", "-o", "out", "--package", "hls", "--video-codec", "copy", "--segment", "2"});
  ASSERT_TRUE(result.succeeded()) << result.summary();
  const std::string master = read("out/talk/master.m3u8");
  EXPECT_THAT(master, HasSubstr("audio_en/index.m3u8"));
  EXPECT_THAT(master, HasSubstr("subs_en/index.m3u8"));
  EXPECT_EQ(packets("out/talk/video_240p/index.m3u8").size(), 150U);
  EXPECT_EQ(key_times("out/talk/video_240p/index.m3u8"), (std::vector<double>{0, 2, 4}));
}

TEST_F(TranscodeCopies, SoundThatBeginsLaterIntoHls) {
  make("in/later.mkv",
       {pictures(), {"-itsoffset", "1.5"}, sound("2"), {"-c:v", "libx264", "-c:a", "aac"}});
  const auto result =
      transcode({"in/later.mkv", "-o", "out", "--package", "hls", "--audio-codec", "copy"});
  ASSERT_TRUE(result.succeeded()) << result.summary();
  const double zero = times("in/later.mkv", "v:0").front();
  EXPECT_NEAR(times("out/later/audio_und/index.m3u8", "a:0").front(),
              times("in/later.mkv", "a:0").front() - zero, 0.002);
}

TEST_F(TranscodeCopies, ADamagedSourceAsFarAsItGoesAndSaysSo) {
  make("in/clip.mkv", {pictures(), sound(), {"-c:v", "libx264", "-c:a", "aac"}});
  const std::string whole = read("in/clip.mkv");
  write("in/clip.mkv", std::string_view(whole).substr(0, whole.size() * 2 / 3));
  const auto result = transcode(joined({{"in/clip.mkv", "-o", "out"}, both()}));
  EXPECT_EQ(result.exit_code, 3) << result.summary();
  EXPECT_GT(packets("out/clip.mp4").size(), 40U);
  EXPECT_THAT(result.err, HasSubstr("clip.mkv: is damaged, and was copied as it is: File ended "
                                    "prematurely"));
}

TEST_F(TranscodeCopies, WishesThatWouldChangeTheStreamAreRefused) {
  make("clip.mp4", {pictures("160x120", "1"), {"-c:v", "libx264"}});
  const auto said = [&](const Words& words) {
    const auto result = run(joined({{"transcode", "clip.mp4", "-o", "out"}, words}));
    EXPECT_EQ(result.exit_code, 2) << result.summary();
    return result.err;
  };
  EXPECT_THAT(said({"--video-codec", "copy", "--ladder", "360p"}), HasSubstr("--ladder"));
  EXPECT_THAT(said({"--video-codec", "copy", "--crf", "20"}), HasSubstr("--crf"));
  EXPECT_THAT(said({"--video-codec", "copy", "--bitrate", "900"}), HasSubstr("--bitrate"));
  EXPECT_THAT(said({"--audio-codec", "copy", "--audio-bitrate", "64"}),
              HasSubstr("--audio-bitrate"));
}

}  // namespace
}  // namespace subtide
