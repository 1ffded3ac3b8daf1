// What comes out of `subtide transcode`, package by package.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "tests/transcode/transcode_fixture.h"

namespace subtide {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::Not;
using testing::StartsWith;

class Transcode : public TranscodeTest {};

TEST_F(Transcode, OneFileIsMadeBesideTheOthersNames) {
  make("in/clip.mov", {pictures(), sound(), {"-c:v", "libx264", "-c:a", "aac"}});
  const auto result = transcode({"in/clip.mov", "-o", "out"});
  ASSERT_TRUE(result.succeeded()) << result.summary();
  EXPECT_EQ(result.out, "");
  EXPECT_THAT(result.err, HasSubstr("wrote      out/clip.mp4"));
  EXPECT_THAT(files(), ElementsAre("in/clip.mov", "out/clip.mp4"));
  // The index comes first, so that a player can begin at once.
  const std::string bytes = read("out/clip.mp4");
  EXPECT_LT(bytes.find("moov"), bytes.find("mdat"));
}

TEST_F(Transcode, ALadderMakesAFileForEachSize) {
  make("in/clip.mp4", {pictures("640x480"), sound(), {"-c:v", "libx264", "-c:a", "aac"}});
  const auto result = transcode({"in/clip.mp4", "-o", "out", "--ladder", "720p,360p,240p"});
  ASSERT_TRUE(result.succeeded()) << result.summary();
  EXPECT_THAT(files(), ElementsAre("in/clip.mp4", "out/clip_240p.mp4", "out/clip_360p.mp4",
                                   "out/clip_480p.mp4"));
  EXPECT_EQ(stream("out/clip_360p.mp4", "video")["width"], 480);
}

TEST_F(Transcode, EveryCodecIsWhatItSays) {
  make("in/clip.mp4", {pictures("160x120", "1"), sound("1"), {"-c:v", "libx264", "-c:a", "aac"}});
  struct Case {
    const char* option;
    const char* name;
    const char* package;
  };
  for (const Case& one : {Case{"h264", "h264", "mkv"}, Case{"h265", "hevc", "mp4"},
                          Case{"vp9", "vp9", "mkv"}, Case{"av1", "av1", "mp4"}}) {
    const std::string folder = std::string("out_") + one.option;
    const auto result = transcode(
        {"in/clip.mp4", "-o", folder, "--video-codec", one.option, "--package", one.package});
    ASSERT_TRUE(result.succeeded()) << one.option << result.summary();
    EXPECT_EQ(stream(folder + "/clip." + one.package, "video")["codec_name"], one.name);
  }
}

/// What the encoder wrote down of how it was told to work.
std::string x264_wishes(const std::string& file) {
  const auto at = file.find("rc=");
  return at == std::string::npos ? "" : file.substr(at, file.find('\0', at) - at);
}

TEST_F(Transcode, QualityAndRateAreThoseAskedFor) {
  make("in/clip.mp4", {pictures("160x120", "1"), {"-c:v", "libx264"}});
  const auto quality = transcode({"in/clip.mp4", "-o", "quality", "--crf", "31"});
  ASSERT_TRUE(quality.succeeded()) << quality.summary();
  EXPECT_THAT(x264_wishes(read("quality/clip.mp4")),
              AllOf(HasSubstr("rc=crf"), HasSubstr("crf=31.0"), Not(HasSubstr("vbv"))));
  const auto rate = transcode({"in/clip.mp4", "-o", "rate", "--bitrate", "300"});
  ASSERT_TRUE(rate.succeeded()) << rate.summary();
  EXPECT_THAT(x264_wishes(read("rate/clip.mp4")),
              AllOf(HasSubstr("bitrate=300 "), HasSubstr("vbv_bufsize=600 ")));
}

TEST_F(Transcode, AnHlsPresentationWithCaptionsInBothLanguages) {
  make_talk("in/talk.wav");
  make("in/talk.mp4", {pictures("320x240", "6"),
                       {"-i", path("in/talk.wav").string()},
                       {"-c:v", "libx264", "-c:a", "aac"}});
  const auto result =
      transcode_speech({"in/talk.mp4", "-o", "out", "--package", "hls", "--ladder", "240p,120p",
                        "--translate", "es", "--subtitles", "embed,sidecar", "--segment", "2"});
  ASSERT_FALSE(result.succeeded());  // 120p is no known size
  EXPECT_THAT(result.err, HasSubstr("--ladder: '120p' is no known size"));
  write("ladder.json", R"({"renditions": [{"name": "240p", "height": 240, "bitrate_kbps": 400},
                                          {"name": "120p", "height": 120, "bitrate_kbps": 100}]})");
  const auto made =
      transcode_speech({"in/talk.mp4", "-o", "out", "--package", "hls", "--ladder", "./ladder.json",
                        "--translate", "es", "--subtitles", "embed,sidecar", "--segment", "2"});
  ASSERT_TRUE(made.succeeded()) << made.summary();
  EXPECT_THAT(made.err, Not(HasSubstr("too late")));
  const std::string master = read("out/talk/master.m3u8");
  EXPECT_THAT(master, HasSubstr("subs_en/index.m3u8"));
  EXPECT_THAT(master, HasSubstr("subs_es/index.m3u8"));
  EXPECT_THAT(master, HasSubstr("video_240p/index.m3u8"));
  EXPECT_THAT(master, HasSubstr("RESOLUTION=160x120"));
  const std::string playlist = read("out/talk/video_240p/index.m3u8");
  EXPECT_THAT(playlist, HasSubstr("#EXT-X-PLAYLIST-TYPE:VOD"));
  EXPECT_THAT(playlist, HasSubstr("#EXT-X-ENDLIST"));
  EXPECT_THAT(playlist, Not(HasSubstr("PROGRAM-DATE-TIME")));  // nobody told of a wall clock
  EXPECT_THAT(files(), IsSupersetOf({"out/talk.en.srt", "out/talk.es.srt",
                                     "out/talk/subs_es/00000003.vtt"}));
  // The same word at the same time inside and beside.
  const auto beside = sidecar("out/talk.en.srt").cues;
  ASSERT_FALSE(beside.empty());
  EXPECT_THAT(read("out/talk/subs_en/00000001.vtt"), HasSubstr(beside.front().lines.front()));
}

TEST_F(Transcode, TextsInBothLanguagesAreInsideTheMovie) {
  make_talk("in/talk.wav");
  make("in/talk.mp4", {pictures("320x240", "6"),
                       {"-i", path("in/talk.wav").string()},
                       {"-c:v", "libx264", "-c:a", "aac"}});
  for (const std::string package : {"mp4", "mkv"}) {
    const auto result = transcode_speech({"in/talk.mp4", "-o", "out", "--package", package,
                                          "--translate", "es", "--subtitles", "embed,sidecar"});
    ASSERT_TRUE(result.succeeded()) << result.summary();
    EXPECT_THAT(result.err, Not(HasSubstr("CRITICAL")));
    const std::string movie = "out/talk." + package;
    const char* codec = package == "mp4" ? "mov_text" : "subrip";
    int number = 0;
    for (const std::string language : {"en", "es"}) {
      const auto text = stream(movie, "subtitle", number);
      EXPECT_EQ(text["codec_name"], codec);
      EXPECT_EQ(text["tags"]["language"], language == "en" ? "eng" : "spa");
      // The same words at the same time inside and beside.
      const std::string name = "inside." + package + "." + language + ".srt";
      make(name, {{"-i", path(movie).string(), "-map", "0:s:" + std::to_string(number)}});
      const auto inside = sidecar(name).cues;
      const auto beside = sidecar("out/talk." + language + ".srt").cues;
      ASSERT_EQ(inside.size(), beside.size()) << movie;
      ASSERT_FALSE(inside.empty());
      for (std::size_t i = 0; i < inside.size(); ++i) {
        EXPECT_EQ(inside[i].lines, beside[i].lines);
        EXPECT_EQ(inside[i].span, beside[i].span) << movie << " " << language << " " << i;
      }
      ++number;
    }
    std::filesystem::remove(path("out/talk.en.srt"));
    std::filesystem::remove(path("out/talk.es.srt"));
  }
  const auto before = packets("in/talk.mp4");
  const auto after = packets("out/talk.mp4");
  ASSERT_EQ(after.size(), before.size());
  for (std::size_t i = 0; i < after.size(); ++i) {
    EXPECT_NEAR(after[i].time, before[i].time, 0.001) << i;
  }
  for (const auto& name : files()) EXPECT_THAT(name, Not(HasSubstr("/."))) << "left behind";
}

TEST_F(Transcode, ChaptersOfTheSourceAreInTheMovie) {
  write("chapters.txt",
        ";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1500\ntitle=First\n"
        "[CHAPTER]\nTIMEBASE=1/1000\nSTART=1500\nEND=4000\ntitle=Zweites; = Käpitel\n");
  make("in/clip.mkv", {flash_and_beep(),
                       {"-i", path("chapters.txt").string(), "-map_metadata", "2", "-c:v",
                        "libx264", "-c:a", "flac"}});
  for (const std::string package : {"mp4", "mkv"}) {
    const auto result =
        transcode({"in/clip.mkv", "-o", "out", "--package", package, "--audio-codec", "opus"});
    ASSERT_TRUE(result.succeeded()) << result.summary();
    const auto chapters = probe("out/clip." + package)["chapters"];
    ASSERT_EQ(chapters.size(), 2U) << chapters;
    EXPECT_EQ(chapters[0]["tags"]["title"], "First");
    EXPECT_EQ(chapters[1]["tags"]["title"], "Zweites; = Käpitel");
    EXPECT_EQ(chapters[1]["start_time"], "1.500000");
    EXPECT_EQ(chapters[1]["end_time"], "4.000000");
    EXPECT_NEAR(packets("out/clip." + package).front().time, 0, 0.001) << package;
    // The pass that writes chapters leaves the sound where it was.
    const auto seen = flashes("out/clip." + package);
    const auto heard = beeps("out/clip." + package);
    ASSERT_EQ(seen.size(), heard.size());
    for (std::size_t i = 0; i < seen.size(); ++i) EXPECT_NEAR(heard[i], seen[i], 0.010) << package;
  }
}

TEST_F(Transcode, TextsStayInTimeBesideChapters) {
  write("chapters.txt",
        ";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=20000\ntitle=All\n");
  std::string texts;
  for (int i = 0; i < 40; ++i) {
    texts += fmt::format("{}\n00:00:{:02},{}00 --> 00:00:{:02},{}00\nnumber {}\n\n", i + 1, i / 2,
                         i % 2 == 0 ? 1 : 5, i / 2, i % 2 == 0 ? 4 : 9, i);
  }
  write("many.srt", texts);
  make("in/clip.mkv", {pictures("160x120", "20"),
                       {"-i", path("chapters.txt").string(), "-i", path("many.srt").string()},
                       {"-map", "0", "-map", "2", "-map_metadata", "1", "-c:v", "libx264"}});
  ASSERT_TRUE(transcode({"in/clip.mkv", "-o", "out"}).succeeded());
  EXPECT_EQ(probe("out/clip.mp4")["chapters"].size(), 1U);
  make("inside.srt", {{"-i", path("out/clip.mp4").string()}});
  const auto before = sidecar("many.srt").cues;
  const auto after = sidecar("inside.srt").cues;
  ASSERT_EQ(after.size(), before.size());
  for (std::size_t i = 0; i < after.size(); ++i) EXPECT_EQ(after[i].span, before[i].span) << i;
}

TEST_F(Transcode, ALanguageThatNobodyToldIsNotSaidToBeEnglish) {
  write("words.srt", "1\n00:00:00,100 --> 00:00:00,900\nword\n");
  make("in/clip.mp4", {pictures("160x120", "1"),
                       sound("1"),
                       {"-i", path("words.srt").string(), "-map", "0", "-map", "1", "-map", "2",
                        "-c:v", "libx264", "-c:a", "aac", "-c:s", "mov_text"}});
  const auto result = transcode({"in/clip.mp4", "-o", "out", "--package", "mkv"});
  ASSERT_TRUE(result.succeeded()) << result.summary();
  for (const char* kind : {"video", "audio", "subtitle"}) {
    // ffprobe tells no language for "und", and "eng" where the file has none.
    EXPECT_FALSE(stream("out/clip.mkv", kind)["tags"].contains("language")) << kind;
  }
  EXPECT_NE(read("out/clip.mkv").find("\x22\xB5\x9C\x84und"), std::string::npos);
}

TEST_F(Transcode, OwnFilesAreMadeAnewWhenTheUserWantsAllWorkAnew) {
  make_talk("in/talk.wav");
  const auto encode = [&](const Words& more) {
    return run(
        joined({{"transcode", "in/talk.wav", "-o", "out", "--recognizer", "fake:", "--detector",
                 "fake:", "--language", "en", "--state", "state", "--subtitles", "embed,sidecar"},
                more}));
  };
  ASSERT_TRUE(encode({}).succeeded());
  const auto again = encode({"--fresh"});
  EXPECT_TRUE(again.succeeded()) << again.summary();
  EXPECT_THAT(again.err, HasSubstr("wrote      out/talk.en.srt"));
}

TEST_F(Transcode, EqualInputsGiveEqualPresentations) {
  make("in/clip.mp4", {pictures(), sound(), {"-c:v", "libx264", "-c:a", "aac"}});
  for (const char* folder : {"a", "b"}) {
    ASSERT_TRUE(transcode({"in/clip.mp4", "-o", folder, "--package", "hls"}).succeeded());
  }
  for (const auto& name : files()) {
    if (!name.starts_with("a/")) continue;
    EXPECT_EQ(read(name), read("b" + name.substr(1))) << name;
  }
}

TEST_F(Transcode, SidecarsAloneNeedNoPackage) {
  make_talk("in/talk.wav");
  const auto result = transcode_speech({"in/talk.wav", "-o", "out", "--package", "none"});
  ASSERT_TRUE(result.succeeded()) << result.summary();
  EXPECT_THAT(files(), ElementsAre("in/talk.wav", "out/talk.en.srt"));
}

TEST_F(Transcode, ExistingFilesAreReplacedOnlyWhenAskedTo) {
  make("in/clip.mp4", {pictures("160x120", "1"), {"-c:v", "libx264"}});
  write("out/clip.mp4", "mine");
  const auto refused = transcode({"in/clip.mp4", "-o", "out"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("out/clip.mp4 exists; give --force to replace it"));
  EXPECT_EQ(read("out/clip.mp4"), "mine");
  ASSERT_TRUE(transcode({"in/clip.mp4", "-o", "out", "--force"}).succeeded());
  EXPECT_NE(read("out/clip.mp4"), "mine");
}

TEST_F(Transcode, TheInputIsNeverItsOwnOutput) {
  make("clip.mp4", {pictures("160x120", "1"), {"-c:v", "libx264"}});
  const std::string before = read("clip.mp4");
  const auto refused = transcode({"clip.mp4", "--force"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("give another folder with -o"));
  EXPECT_EQ(read("clip.mp4"), before);
}

TEST_F(Transcode, AFinishedFileIsLeftAlone) {
  make("in/clip.mp4", {pictures("160x120", "1"), sound("1"), {"-c:v", "libx264", "-c:a", "aac"}});
  const Words words = {"transcode", "in/clip.mp4", "-o",          "out",
                       "--state",   "state",       "--subtitles", "none"};
  ASSERT_TRUE(run(words).succeeded());
  const auto before = std::filesystem::last_write_time(path("out/clip.mp4"));
  const auto again = run(words);
  ASSERT_TRUE(again.succeeded()) << again.summary();
  EXPECT_THAT(again.err, HasSubstr("was done before"));
  EXPECT_EQ(std::filesystem::last_write_time(path("out/clip.mp4")), before);
  Words other = words;
  other.insert(other.end(), {"--crf", "35"});
  EXPECT_EQ(run(other).exit_code, 1);  // another wish: its file is not this one
}

TEST_F(Transcode, WrongWishesAreRefusedWithTheOption) {
  make("clip.mp4", {pictures("160x120", "1"), {"-c:v", "libx264"}});
  const auto said = [&](const Words& words) {
    const auto result = run(joined({{"transcode", "clip.mp4", "-o", "out"}, words}));
    EXPECT_EQ(result.exit_code, 2) << result.summary();
    return result.err;
  };
  EXPECT_THAT(said({"--video-codec", "divx"}), HasSubstr("--video-codec: 'divx'"));
  EXPECT_THAT(said({"--package", "avi"}), HasSubstr("--package: 'avi'"));
  EXPECT_THAT(said({"--crf", "20", "--bitrate", "900"}), HasSubstr("exclude each other"));
  EXPECT_THAT(said({"--package", "hls", "--video-codec", "av1"}),
              HasSubstr("carries h264 and h265"));
  EXPECT_THAT(said({"--subtitles", "none,embed"}), HasSubstr("none excludes"));
  EXPECT_THAT(said({"--segment", "0.1"}), HasSubstr("--segment: 1 to 60"));
}

}  // namespace
}  // namespace subtide
