#include "engine/pipeline/movie_join.h"

#include <gmock/gmock.h>

#include <fstream>

#include "engine/pipeline/source_texts.h"
#include "tests/engine/pipeline/made_media.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using Kind = SourceStream::Kind;

class MovieJoinTest : public MadeMedia {
 protected:
  void SetUp() override {
    MadeMedia::SetUp();
    SUBTIDE_REQUIRE_PROGRAM("ffprobe");
  }

  /// Pictures 0.3 s later than the container's beginning, Opus, a text in Spanish.
  MediaInput source() {
    std::ofstream(folder_ / "text.srt") << "1\n00:00:00,100 --> 00:00:00,200\ngone\n\n"
                                           "2\n00:00:00,250 --> 00:00:02,000\nHola\n";
    const auto path =
        make("source.mkv", joined({{"-itsoffset", "0.3"},
                                   test_picture(),
                                   tone_burst(),
                                   {"-i", (folder_ / "text.srt").string(), "-map", "0", "-map", "1",
                                    "-map", "2", "-c:v", "libx264", "-bf", "0", "-c:a", "libopus",
                                    "-metadata:s:s:0", "language=spa"}}));
    auto input = MediaInput::open(path);
    EXPECT_TRUE(input) << input.error().message;
    return *std::move(input);
  }

  fs::path folder() const { return folder_.path(); }
};

TEST_F(MovieJoinTest, StreamsAreKnownWithTimeZeroAndDelay) {
  const auto input = source();
  const auto found = read_source_streams(input);
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_THAT(found->of_kind(Kind::kVideo), SizeIs(1));
  EXPECT_EQ(found->of_kind(Kind::kVideo)[0].codec, "h264");
  ASSERT_THAT(found->of_kind(Kind::kAudio), SizeIs(1));
  EXPECT_EQ(found->of_kind(Kind::kAudio)[0].delay, 312);
  ASSERT_THAT(found->of_kind(Kind::kText), SizeIs(1));
  EXPECT_EQ(found->of_kind(Kind::kText)[0].language, "spa");
  EXPECT_NEAR(to_seconds(found->time_zero), 0.3, 0.04);
  EXPECT_FALSE(found->has_hidden_pictures);
}

TEST_F(MovieJoinTest, TextsBeginNoEarlierThanThePictures) {
  const auto input = source();
  const auto found = read_source_streams(input);
  ASSERT_TRUE(found);
  const auto texts = read_source_texts(input, found->of_kind(Kind::kText), 300ms);
  ASSERT_TRUE(texts) << texts.error().message;
  ASSERT_THAT(*texts, SizeIs(1));
  ASSERT_TRUE(texts->front()) << texts->front().error().message;
  ASSERT_THAT((*texts)[0]->cues, SizeIs(1));
  EXPECT_THAT((*texts)[0]->cues[0].lines, ElementsAre("Hola"));
  EXPECT_EQ((*texts)[0]->cues[0].span.begin, 0s);
}

TEST_F(MovieJoinTest, AMissingProgramIsNamedWithItsPackage) {
  const auto input = source();
  const auto found = read_source_streams(input);
  ASSERT_TRUE(found);
  const auto streams = read_source_streams(input, {}, "no-such-program");
  EXPECT_EQ(streams.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(streams.error().message, HasSubstr("apt install ffmpeg"));
  const auto texts =
      read_source_texts(input, found->of_kind(Kind::kText), 0s, {}, "no-such-program");
  EXPECT_EQ(texts.error().code, ErrorCode::kUnavailable);
  const MovieJoin join{input, *found, true, true, {}, {}};
  const auto joined =
      join_movie(folder() / "out.mkv", MovieKind::kMatroska, join, {}, "no-such-program");
  EXPECT_EQ(joined.error().code, ErrorCode::kUnavailable);
  EXPECT_FALSE(fs::exists(folder() / "out.mkv"));
}

TEST_F(MovieJoinTest, WhatFailsLeavesNoFileAndTheOneThatWasThere) {
  const auto input = source();
  auto found = read_source_streams(input);
  ASSERT_TRUE(found);
  std::ofstream(folder() / "kept.mp4") << "mine";
  for (SourceStream& stream : found->streams) stream.index = 40;
  const MovieJoin join{input, *found, true, true, {}, {}};
  const auto joined = join_movie(folder() / "kept.mp4", MovieKind::kMp4, join);
  ASSERT_FALSE(joined);
  EXPECT_THAT(joined.error().message, HasSubstr("source.mkv: cannot be copied"));
  EXPECT_EQ(fs::file_size(folder() / "kept.mp4"), 4U);
  std::stop_source stop;
  stop.request_stop();
  const auto stopped = join_movie(folder() / "kept.mp4", MovieKind::kMp4, join, stop.get_token());
  EXPECT_EQ(stopped.error().code, ErrorCode::kUnavailable);
}

TEST_F(MovieJoinTest, KnowsBeforeWhatAContainerCannotCarry) {
  const auto path = make(
      "raw.mov", joined({test_picture(), tone_burst(), {"-c:v", "libx264", "-c:a", "pcm_s16le"}}));
  const auto input = MediaInput::open(path);
  const auto found = read_source_streams(*input);
  ASSERT_TRUE(found);
  const MovieJoin join{*input, *found, true, true, {}, {}};
  const auto mp4 = check_join(join, MovieKind::kMp4);
  ASSERT_FALSE(mp4);
  EXPECT_EQ(mp4.error().code, ErrorCode::kUnsupported);
  EXPECT_TRUE(check_join(join, MovieKind::kMatroska));
  EXPECT_TRUE(check_join({*input, *found, true, false, {}, {}}, MovieKind::kMp4));
}

}  // namespace
}  // namespace subtide
