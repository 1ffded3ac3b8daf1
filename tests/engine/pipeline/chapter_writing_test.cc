// Chapters put into a finished MP4: what must come out, and what must stay as it was.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "engine/base/atomic_file.h"
#include "tests/engine/pipeline/chapters_fixture.h"
#include "tests/support/small_disk.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kNoProgram = "no-such-program";

std::string content_of(const fs::path& path) { return read_file(path, 64U << 20U).value(); }

class ChapterWritingTest : public ChaptersTest {
 protected:
  /// A movie with all that a copy could lose: reordered pictures, sound with an encoder delay, two
  /// languages, texts, a rotation.
  fs::path make_movie() {
    write_text(
        folder_ / "texts.srt",
        "1\n00:00:00,500 --> 00:00:01,200\nHello\n\n2\n00:00:02,000 --> 00:00:03,000\nWorld\n");
    const auto flat = make("flat.mp4", joined({test_picture(),
                                               tone_burst(),
                                               tone_burst("44100"),
                                               {"-i", (folder_ / "texts.srt").string()},
                                               {"-map",
                                                "0",
                                                "-map",
                                                "1",
                                                "-map",
                                                "2",
                                                "-map",
                                                "3",
                                                "-c:v",
                                                "libx264",
                                                "-preset",
                                                "veryfast",
                                                "-bf",
                                                "2",
                                                "-c:a",
                                                "aac",
                                                "-c:s",
                                                "mov_text",
                                                "-metadata:s:a:0",
                                                "language=eng",
                                                "-metadata:s:a:1",
                                                "language=fra",
                                                "-metadata:s:s:0",
                                                "language=spa",
                                                "-disposition:a:0",
                                                "0",
                                                "-disposition:a:1",
                                                "default",
                                                "-disposition:s:0",
                                                "0",
                                                "-metadata",
                                                "title=My talk",
                                                "-color_primaries",
                                                "bt709",
                                                "-colorspace",
                                                "bt709",
                                                "-color_trc",
                                                "bt709"}}));
    return make("movie.mp4", {"-i", flat.string(), "-map", "0", "-c", "copy", "-metadata:s:v",
                              "rotate=90", "-movflags", "+faststart"});
  }

  /// What players see of a file, without the data track that holds chapters.
  static std::string seen(const fs::path& path) {
    const auto told = run_program({"ffprobe", "-v", "error", "-of", "json", "-show_packets",
                                   "-show_streams", "-show_data_hash", "md5", path.string()});
    EXPECT_TRUE(told.succeeded()) << told.summary();
    const auto document = nlohmann::json::parse(told.out);
    std::ostringstream lines;
    for (const auto& stream : document.at("streams")) {
      if (stream.at("codec_type") == "data") continue;
      for (const char* key :
           {"index", "codec_name", "codec_tag_string", "width", "height", "sample_aspect_ratio",
            "color_primaries", "color_space", "color_transfer", "start_time", "duration",
            "nb_frames", "disposition", "side_data_list"}) {
        lines << stream.value(key, nlohmann::json()) << ' ';
      }
      lines << stream.at("tags").value("language", "") << '\n';
    }
    // Stream by stream: an empty text may be written a little earlier or later in the file.
    auto packets = document.at("packets").get<std::vector<nlohmann::json>>();
    std::ranges::stable_sort(packets, {}, [](const auto& packet) {
      return packet.at("stream_index").template get<int>();
    });
    for (const auto& packet : packets) {
      for (const char* key : {"stream_index", "pts_time", "dts_time", "duration_time", "size",
                              "flags", "data_hash", "side_data_list"}) {
        lines << packet.value(key, nlohmann::json()) << ' ';
      }
      lines << '\n';
    }
    return lines.str();
  }

  static bool header_comes_first(const fs::path& path) {
    const std::string bytes = content_of(path);
    return bytes.find("moov") < bytes.find("mdat");
  }
};

TEST_F(ChapterWritingTest, AreWrittenIntoAMovieThatStaysAsItIs) {
  const auto movie = make_movie();
  const std::string before = seen(movie);
  const auto written = write_chapters(movie, odd_chapters());
  ASSERT_TRUE(written) << written.error().message;
  EXPECT_EQ(seen(movie), before);
  EXPECT_TRUE(header_comes_first(movie));
  const auto chapters = read(movie);
  const auto expected = odd_chapters();
  ASSERT_EQ(chapters.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(chapters[i].title, expected[i].title);
    EXPECT_LE(abs(chapters[i].span.begin - expected[i].span.begin), 1ms);
    EXPECT_LE(abs(chapters[i].span.end - expected[i].span.end), 1ms);
  }
  const auto tags = run_program(
      {"ffprobe", "-v", "error", "-show_entries", "format_tags", "-of", "json", movie.string()});
  EXPECT_THAT(tags.out, HasSubstr("My talk"));
}

TEST_F(ChapterWritingTest, TakeThePlaceOfFormerOnes) {
  const auto movie = make_movie();
  const std::string before = seen(movie);
  ASSERT_TRUE(write_chapters(movie, odd_chapters()));
  const std::vector<Chapter> others = {{{0s, 2s}, "one"}, {{2s, 3s}, "two"}};
  ASSERT_TRUE(write_chapters(movie, others));
  EXPECT_EQ(read(movie), others);
  EXPECT_EQ(seen(movie), before);
}

/// A chapter track has no gaps: without a chapter before it, the first would begin at zero.
TEST_F(ChapterWritingTest, WhatStandsBeforeTheFirstBecomesAChapterWithoutATitle) {
  const auto movie = make("a.mp4", tone_burst());
  const std::vector<Chapter> late = {{{500ms, 1s}, "one"}, {{2s, 3s}, "two"}};
  ASSERT_TRUE(write_chapters(movie, late));
  EXPECT_THAT(read(movie), ElementsAre(Chapter{{0s, 500ms}, ""}, Chapter{{500ms, 2s}, "one"},
                                       Chapter{{2s, 3s}, "two"}));
}

TEST_F(ChapterWritingTest, MayBeMany) {
  const auto movie = make("a.mp4", tone_burst());
  std::vector<Chapter> many;
  for (int i = 0; i < 400; ++i) many.push_back({{i * 10ms, (i + 1) * 10ms}, std::to_string(i)});
  ASSERT_TRUE(write_chapters(movie, many));
  EXPECT_EQ(read(movie), many);
}

/// The empty samples between texts are what GStreamer and ffmpeg write each in their own way.
TEST_F(ChapterWritingTest, TextsOfGStreamersMuxerKeepTheirTimes) {
  SUBTIDE_REQUIRE_PROGRAM("gst-launch-1.0");
  const auto source = make_movie();
  const auto movie = folder_ / "gst.mp4";
  const auto made = run_program({"gst-launch-1.0",
                                 "-q",
                                 "mp4mux",
                                 "name=m",
                                 "faststart=true",
                                 "!",
                                 "filesink",
                                 "location=" + movie.string(),
                                 "filesrc",
                                 "location=" + (folder_ / "texts.srt").string(),
                                 "!",
                                 "subparse",
                                 "!",
                                 "text/x-raw,format=utf8",
                                 "!",
                                 "queue",
                                 "!",
                                 "m.subtitle_0",
                                 "filesrc",
                                 "location=" + source.string(),
                                 "!",
                                 "qtdemux",
                                 "name=d",
                                 "d.video_0",
                                 "!",
                                 "queue",
                                 "!",
                                 "h264parse",
                                 "!",
                                 "m.video_0",
                                 "d.audio_0",
                                 "!",
                                 "queue",
                                 "!",
                                 "aacparse",
                                 "!",
                                 "m.audio_0"});
  ASSERT_TRUE(made.succeeded()) << made.summary();
  const auto packets = [&movie] {
    const auto told = run_program({"ffprobe", "-v", "error", "-of", "json", "-show_packets",
                                   "-show_data_hash", "md5", movie.string()});
    std::multiset<std::string> lines;
    const auto document = nlohmann::json::parse(told.out);
    for (const auto& packet : document.at("packets")) {
      if (packet.at("size") == "2") continue;
      lines.insert(
          packet.at("stream_index").dump() + packet.at("pts_time").dump() +
          packet.at("dts_time").dump() + packet.at("data_hash").dump() +
          (packet.at("codec_type") == "subtitle" ? packet.at("duration_time").dump() : ""));
    }
    return lines;
  };
  const auto before = packets();
  ASSERT_GT(before.size(), 100U);
  const auto written = write_chapters(movie, odd_chapters());
  ASSERT_TRUE(written) << written.error().message;
  EXPECT_EQ(packets(), before);
  EXPECT_EQ(read(movie).size(), odd_chapters().size());
}

TEST_F(ChapterWritingTest, AFileStaysAsItWasWhenThereIsNothingToWriteOrItFails) {
  const auto movie = make("a.mp4", tone_burst());
  const std::string before = content_of(movie);
  const auto time = fs::last_write_time(movie);
  EXPECT_TRUE(write_chapters(movie, {}, {}, kNoProgram));
  const auto missing = write_chapters(movie, odd_chapters(), {}, kNoProgram);
  EXPECT_EQ(missing.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(missing.error().message, HasSubstr("apt install ffmpeg"));
  EXPECT_EQ(write_chapters(movie, odd_chapters(), {}, "false").error().code, ErrorCode::kBadInput);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(write_chapters(movie, odd_chapters(), stop.get_token()).error().code,
            ErrorCode::kUnavailable);
  EXPECT_EQ(content_of(movie), before);
  EXPECT_EQ(fs::last_write_time(movie), time);
  write_text(folder_ / "text.mp4", "no movie at all");
  EXPECT_THAT(write_chapters(folder_ / "text.mp4", odd_chapters()).error().message,
              HasSubstr("text.mp4: its chapters cannot be written"));
  EXPECT_EQ(content_of(folder_ / "text.mp4"), "no movie at all");
  EXPECT_EQ(write_chapters(folder_ / "none.mp4", odd_chapters()).error().code,
            ErrorCode::kNotFound);
  for (const auto& entry : fs::directory_iterator(folder_.path())) {
    EXPECT_THAT(entry.path().filename().string(), testing::Not(testing::StartsWith(".")));
  }
}

TEST_F(ChapterWritingTest, AFullDiskIsNamedAndLeavesTheFile) {
  const SmallDisk disk(folder_ / "disk", "200k");
  if (!disk.is_there()) GTEST_SKIP() << "a small disk needs root";
  const auto movie = folder_ / "disk/a.mp4";
  fs::copy_file(make("a.mp4", joined({test_picture(), {"-c:v", "libx264", "-b:v", "100k"}})),
                movie);
  const std::string before = content_of(movie);
  disk.fill();
  const auto written = write_chapters(movie, odd_chapters());
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::kNoSpace) << written.error().message;
  EXPECT_EQ(content_of(movie), before);
}

}  // namespace
}  // namespace subtide
