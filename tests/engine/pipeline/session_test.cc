#include "engine/pipeline/session.h"

#include <gmock/gmock.h>

#include <fstream>

#include "tests/engine/pipeline/made_media.h"

namespace subtide {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::IsEmpty;

// Writes the audio as it comes, 32,000 bytes a second.
constexpr std::string_view kDumpGraph = R"({
  "version": 1, "description": "raw audio", "diagram": [],
  "parameters": {"location": {"type": "string", "description": "file"}},
  "launch": ["audioconvert name=source ! audioresample !",
             "audio/x-raw,format=S16LE,rate=16000,channels=1 ! valve name=valve drop-mode=drop-all !",
             "filesink name=file"],
  "set": {"file.location": {"parameter": "location"}}
})";

class Progress : public SessionObserver {
 public:
  void on_progress(const SessionProgress& progress) override { last = progress; }
  void on_gap(const Gap& gap) override { gaps.push_back(gap); }
  SessionProgress last;
  std::vector<Gap> gaps;
};

class SessionOf : public MadeMedia {
 protected:
  Result<SessionResult> run(const std::filesystem::path& path, SessionOptions options = {},
                            std::stop_token stop = {}) {
    const auto graph = GraphSpec::parse(kDumpGraph, "dump.json");
    EXPECT_TRUE(graph) << graph.error().message;
    const auto input = MediaInput::open(path);
    if (!input) return input.error();
    const auto media = probe_media(*input);
    if (!media) return media.error();
    options.track = media->audio.front();
    auto session = Session::create(*graph, {{"location", out().string()}}, *input, *media, options);
    if (!session) return session.error();
    return session->run(progress_, stop);
  }
  std::filesystem::path out() const { return folder_ / "out.raw"; }
  double seconds_written() const {
    return static_cast<double>(std::filesystem::file_size(out())) / 32000;
  }
  /// The first `part` of a file.
  std::filesystem::path cut_off(const std::filesystem::path& path, double part) {
    const auto size = static_cast<double>(std::filesystem::file_size(path)) * part;
    std::filesystem::resize_file(path, static_cast<std::uintmax_t>(size));
    return path;
  }

  Progress progress_;
};

TEST_F(SessionOf, RunsAGraphToItsEndAndReportsProgress) {
  const auto result = run(make("a.flac", tone_burst()));
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_FALSE(result->is_degraded());
  EXPECT_EQ(result->processed, seconds(4));
  EXPECT_NEAR(seconds_written(), 4.0, 0.001);
  EXPECT_EQ(progress_.last.position, seconds(4));
  EXPECT_EQ(progress_.last.total, seconds(4));
}

TEST_F(SessionOf, TakesOnlyTheWantedPart) {
  SessionOptions options;
  options.start = milliseconds(500);
  options.duration = seconds(2);
  const auto result = run(make("a.mp3", tone_burst()), options);
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->processed, seconds(2));
  EXPECT_NEAR(seconds_written(), 2.0, 0.001);
  EXPECT_FALSE(result->is_degraded());
}

TEST_F(SessionOf, RefusesAStartBehindTheEnd) {
  SessionOptions options;
  options.start = seconds(60);
  const auto result = run(make("a.wav", tone_burst()), options);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, "a.wav: has no audio from 00:01:00.000 on");
}

TEST_F(SessionOf, FinishesWhatATruncatedFileHoldsAndNamesTheRestAsAGap) {
  const auto codecs = std::vector<std::string>{"-c:v",      "libx264",    "-c:a", "aac",
                                               "-movflags", "+faststart", "-t",   "20"};
  const auto long_tone = std::vector<std::string>{"-f", "lavfi", "-i", "sine=440:d=20"};
  const auto picture =
      std::vector<std::string>{"-f", "lavfi", "-i", "testsrc=size=160x120:rate=25:duration=20"};
  for (const char* name : {"cut.mp4", "cut.mkv"}) {
    const auto path = cut_off(make(name, joined({picture, long_tone, codecs})), 0.5);
    const auto result = run(path);
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_TRUE(result->is_degraded()) << name;
    ASSERT_EQ(result->gaps.size(), 1U) << name;
    EXPECT_NEAR(to_seconds(result->gaps[0].span.end), 20, 0.1) << name;
    EXPECT_NEAR(to_seconds(result->gaps[0].span.begin), seconds_written(), 0.1) << name;
    EXPECT_GT(seconds_written(), 4) << name;
    EXPECT_THAT(result->reasons[0], HasSubstr(name));
    EXPECT_EQ(progress_.gaps, result->gaps) << name;
    progress_.gaps.clear();
  }
}

TEST_F(SessionOf, SkipsDamagedFramesAndGoesOn) {
  const auto path = make("damaged.mp3", {"-f", "lavfi", "-i", "sine=440:d=20"});
  {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(std::filesystem::file_size(path) / 2));
    file << std::string(8000, '\x55');
  }
  const auto result = run(path);
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_GT(seconds_written(), 18);
}

TEST_F(SessionOf, StopsWhenAsked) {
  std::stop_source source;
  source.request_stop();
  const auto result = run(make("a.wav", tone_burst()), {}, source.get_token());
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_TRUE(result->is_stopped);
}

TEST_F(SessionOf, EndsWithADeadlineWhenNothingMoves) {
  constexpr std::string_view kStuck = R"({
    "version": 1, "description": "a sink that waits for ever", "diagram": [],
    "launch": ["queue name=source max-size-buffers=1 ! fakesink sync=true ts-offset=3600000000000"]
  })";
  const auto graph = GraphSpec::parse(kStuck, "stuck.json");
  const auto input = MediaInput::open(make("a.wav", tone_burst()));
  const auto media = probe_media(*input);
  ASSERT_TRUE(graph && media);
  SessionOptions options;
  options.track = media->audio.front();
  options.stall_limit = milliseconds(300);
  auto session = Session::create(*graph, {}, *input, *media, options);
  ASSERT_TRUE(session) << session.error().message;
  const auto result = session->run(progress_, {});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kDeadline);
  EXPECT_THAT(result.error().message, HasSubstr("a.wav: nothing moved"));
}

TEST_F(SessionOf, NamesTheGraphAndTheElementThatRefuses) {
  const auto input = MediaInput::open(make("a.wav", tone_burst()));
  const auto media = probe_media(*input);
  ASSERT_TRUE(media);
  SessionOptions options;
  options.track = media->audio.front();
  const auto create = [&](std::string_view json) {
    const auto graph = GraphSpec::parse(json, "g.json");
    EXPECT_TRUE(graph) << graph.error().message;
    const auto session = Session::create(*graph, {}, *input, *media, options);
    EXPECT_FALSE(session);
    return session ? "" : session.error().message;
  };
  const std::string head = R"({"version": 1, "description": "", "diagram": [], "launch": [)";
  EXPECT_THAT(create(head + R"("nosuchelement ! fakesink"]})"), HasSubstr("g.json"));
  EXPECT_EQ(create(head + R"("audiotestsrc ! fakesink"]})"),
            "graph g.json: needs an element named 'source' whose sink pad is free");
  EXPECT_EQ(create(head + R"("queue name=source ! fakesink"], "set": {"source.nope": 1}})"),
            "graph g.json: GstQueue has no property 'nope'");
  EXPECT_THAT(create(head + R"("queue name=source ! fakesink"], "set":
                                {"source.max-size-buffers": -1}})"),
              HasSubstr("'max-size-buffers' of GstQueue cannot be '-1'"));
  EXPECT_THAT(create(head + R"("queue name=source ! fakesink"], "set": {"source.leaky": "up"}})"),
              HasSubstr("'leaky' of GstQueue cannot be 'up'"));
}

TEST_F(SessionOf, EndsForEveryOddFile) {
  SUBTIDE_REQUIRE_FILE(shared_media("odd"));
  for (const char* folder : {"odd", "vad"}) {
    for (const auto& entry : std::filesystem::directory_iterator(shared_media(folder))) {
      const auto result = run(entry.path());
      if (!result) {
        EXPECT_THAT(result.error().message, HasSubstr(entry.path().filename().string()));
      }
    }
  }
  EXPECT_TRUE(run(shared_media("odd/derived_corrupt.mp3")));
  EXPECT_TRUE(run(shared_media("odd/derived_wav_size_lies.wav")));
}

}  // namespace
}  // namespace subtide
