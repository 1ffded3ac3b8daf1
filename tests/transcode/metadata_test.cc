// `--metadata`: timed metadata of a cue file in HLS on demand.
#include <gmock/gmock.h>

#include "tests/transcode/transcode_fixture.h"

namespace subtide {
namespace {

using testing::HasSubstr;
using testing::Not;

class TranscodeMetadata : public TranscodeTest {
 protected:
  void SetUp() override {
    TranscodeTest::SetUp();
    make("in/clip.mp4", {pictures("640x360", "6"), sound("6"), {"-c:v", "libx264", "-c:a", "aac"}});
  }
  /// Name of the segments that hold the text.
  Words holders(const std::string& folder, const std::string& text) const {
    Words found;
    for (const auto& name : files()) {
      if (name.starts_with(folder) && name.ends_with(".m4s") &&
          read(name).find(text) != std::string::npos) {
        found.push_back(name.substr(folder.size()));
      }
    }
    return found;
  }
};

TEST_F(TranscodeMetadata, MarkersAreInTheSegmentOfTheirTimeInEverySize) {
  write(
      "cues.jsonl",
      "{\"at\": 0.5, \"id\": \"first\", \"class\": \"com.example.note\", \"payload\": {\"n\": 1}}\n"
      "{\"at\": \"4.2\", \"id\": \"late\", \"class\": \"com.example.note\", \"payload\": \"R&D\"}\n"
      "{\"at\": 90, \"id\": \"never\", \"class\": \"com.example.note\"}\n");
  const auto result = transcode({"in/clip.mp4", "-o", "out", "--package", "hls", "--ladder",
                                 "360p,240p", "--segment", "2", "--metadata", "cues.jsonl"});
  ASSERT_TRUE(result.succeeded()) << result.summary();
  const auto left = result.err.find("the stream ended before the time of 1 item(s)");
  ASSERT_NE(left, std::string::npos) << result.err;
  EXPECT_EQ(result.err.find("the stream ended", left + 1), std::string::npos) << "told once";
  for (const std::string size : {"360p", "240p"}) {
    const std::string folder = "out/clip/video_" + size + "/";
    const auto first = holders(folder, "first");
    const auto late = holders(folder, "late");
    ASSERT_EQ(first.size(), 1U) << size;
    ASSERT_EQ(late.size(), 1U) << size;
    EXPECT_LT(first.front(), late.front());
    const std::string bytes = read(folder + late.front());
    EXPECT_THAT(bytes, HasSubstr("emsg"));
    EXPECT_THAT(bytes, HasSubstr("https://aomedia.org/emsg/ID3"));
  }
}

TEST_F(TranscodeMetadata, SoundCarriesThemWhereThereAreNoPictures) {
  make("in/radio.m4a", {sound("6"), {"-c:a", "aac"}});
  write("cues.jsonl", R"({"at": 3, "id": "song", "class": "com.example.note"})");
  const auto result = transcode({"in/radio.m4a", "-o", "out", "--package", "hls", "--segment", "2",
                                 "--metadata", "cues.jsonl"});
  ASSERT_TRUE(result.succeeded()) << result.summary();
  EXPECT_EQ(holders("out/radio/audio_und/", "song").size(), 1U);
}

TEST_F(TranscodeMetadata, IsForHlsAndFilesThatCanBeRead) {
  write("cues.jsonl", R"({"at": 0.5, "id": "first", "class": "com.example.note"})");
  write("bad.jsonl", "{\"at\": 0.5}\n");
  const auto expect = [&](const Words& words, const std::string& why) {
    const auto result = transcode(joined({{"in/clip.mp4", "-o", "out"}, words}));
    EXPECT_EQ(result.exit_code, 2) << result.summary();
    EXPECT_THAT(result.err, HasSubstr(why));
  };
  expect({"--metadata", "cues.jsonl"}, "--metadata is for --package hls; mp4 carries no");
  expect({"--metadata", "cues.jsonl", "--package", "mkv"}, "mkv carries no");
  expect({"--metadata", "none.jsonl", "--package", "hls"}, "--metadata: ");
  expect({"--metadata", "bad.jsonl", "--package", "hls"}, "bad.jsonl, line 1");
  for (const auto& name : files()) EXPECT_THAT(name, Not(HasSubstr("out/")));
}

TEST_F(TranscodeMetadata, OtherMarkersAreAnotherJob) {
  write("cues.jsonl", R"({"at": 0.5, "id": "first", "class": "com.example.note"})");
  const auto encode = [&] {
    return run({"transcode", "in/clip.mp4", "-o", "out", "--subtitles", "none", "--state", "state",
                "--package", "hls", "--metadata", "cues.jsonl"});
  };
  ASSERT_TRUE(encode().succeeded());
  EXPECT_THAT(encode().err, HasSubstr("was done before"));
  write("cues.jsonl", R"({"at": 0.5, "id": "second", "class": "com.example.note"})");
  EXPECT_THAT(encode().err, Not(HasSubstr("was done before")));
}

}  // namespace
}  // namespace subtide
