// The source is away, and encoders go on without it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <sstream>
#include <thread>

#include "tests/live/live_faults.h"
#include "tests/live/said_words.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

constexpr seconds kAway(8);
constexpr double kDark = 60;  ///< mean luma: the slate is darker, the test pictures are lighter

struct ShownFrame {
  double at = 0;
  double luma = 0;
};

/// By ffmpeg: each picture's time, and its mean luma.
std::vector<ShownFrame> frames_of(const fs::path& file) {
  const auto shown = run_program(
      {"ffmpeg", "-nostdin", "-v", "error", "-copyts", "-i", file.string(), "-map", "0:v:0", "-vf",
       "signalstats,metadata=mode=print:key=lavfi.signalstats.YAVG:file=-", "-f", "null", "-"});
  EXPECT_TRUE(shown.succeeded()) << shown.summary().substr(0, 2000);
  const std::string time_mark = "pts_time:";
  const std::string luma_mark = "YAVG=";
  std::vector<ShownFrame> frames;
  std::istringstream lines(shown.out);
  for (std::string line; std::getline(lines, line);) {
    if (const auto at = line.find(time_mark); at != std::string::npos) {
      frames.push_back({std::stod(line.substr(at + time_mark.size())), 0});
    } else if (const auto luma = line.find(luma_mark);
               luma != std::string::npos && !frames.empty()) {
      frames.back().luma = std::stod(line.substr(luma + luma_mark.size()));
    }
  }
  return frames;
}

double longest_step(const std::vector<ShownFrame>& frames) {
  double longest = 0;
  for (std::size_t i = 1; i < frames.size(); ++i) {
    longest = std::max(longest, frames[i].at - frames[i - 1].at);
  }
  return longest;
}

double slate_length(const std::vector<ShownFrame>& frames) {
  const auto is_dark = [](const ShownFrame& frame) { return frame.luma < kDark; };
  return 0.04 * static_cast<double>(std::ranges::count_if(frames, is_dark));
}

/// The slate is there in one stretch, with pictures of the source on both sides.
void expect_slate_between_pictures(const char* output, const std::vector<ShownFrame>& frames) {
  ASSERT_GT(frames.size(), 400U) << output;
  std::vector<double> changes;
  for (std::size_t i = 1; i < frames.size(); ++i) {
    if ((frames[i].luma < kDark) != (frames[i - 1].luma < kDark)) changes.push_back(frames[i].at);
  }
  EXPECT_THAT(changes, testing::SizeIs(2)) << output;
  EXPECT_GE(frames.front().luma, kDark) << output;
  EXPECT_GE(frames.back().luma, kDark) << output;
  EXPECT_GT(slate_length(frames), 3) << output;
  std::printf("%s: %zu pictures, %.2f s of them the slate, longest step %.0f ms\n", output,
              frames.size(), slate_length(frames), longest_step(frames) * 1000);
}

/// Where epochs begin, and where the source was away.
std::vector<MediaTime> breaks_of(const LiveRun& run, const std::vector<Word>& truth) {
  std::vector<MediaTime> breaks = long_silences(truth);
  int epoch = 0;
  for (const auto& segment : run.events("media.segment.boundary")) {
    if (segment["epoch"] == epoch) continue;
    epoch = segment["epoch"];
    breaks.push_back(from_seconds(segment["start"]));
  }
  return breaks;
}

/// Before it flows a push may have to call twice.
bool is_congested_once_it_flows(const LiveRun& run) {
  bool flows = false;
  for (const auto& event : run.events()) {
    const auto type = event["type"].get<std::string>();
    flows = flows || type.ends_with("output.cleared.v1");
    if (flows && type.ends_with("output.congested.v1")) return true;
  }
  return false;
}

class SlateFault : public testing::Test {
 protected:
  void SetUp() override {
    SUBTIDE_REQUIRE_PROGRAM("ffmpeg");
    SUBTIDE_REQUIRE_PROGRAM("gst-launch-1.0");
    write_programme(programme_, {seconds(12), true, 1.4});
  }

  /// Sends the programme, is away, and sends it again from its beginning.
  void send_twice(LiveRun& run) const {
    run.send(programme_)->wait(seconds(60));
    std::this_thread::sleep_for(kAway);
    run.send(programme_)->wait(seconds(60));
  }

  const TemporaryFolder folder_;
  const fs::path programme_ = folder_.path() / "programme.ts";
};

TEST_F(SlateFault, EncodersGoOnWhileTheSourceIsAwayAndWordsStayInPlace) {
  const std::string push = "srt://127.0.0.1:" + std::to_string(free_port());
  const fs::path pushed = folder_ / "push.ts";
  const fs::path recorded = folder_ / "record.mkv";
  RunningProgram receiver({"gst-launch-1.0", "-q", "srtsrc",
                           "uri=" + push + "?mode=listener&latency=1000", "!", "filesink",
                           "location=" + pushed.string()});
  // Pictures wait for 11 s, which is more than an output's queue holds.
  LiveRun run({"--ladder", "240p", "--latency", "8s", "--push", push + "?mode=caller&latency=1000",
               "--record", recorded.string()});
  send_twice(run);
  const auto ended = run.end();
  EXPECT_EQ(ended.exit_code, 0) << ended.summary();
  const auto epochs = run.events("media.discontinuity").size();
  EXPECT_GE(epochs, 1U);
  EXPECT_FALSE(is_congested_once_it_flows(run))
      << "pictures and sound come side by side: " << ended.err;

  const fs::path video = run.hls() / "video_240p";
  const auto segments = read_segments(video / "index.m3u8");
  EXPECT_TRUE(std::ranges::none_of(segments, &ListedSegment::is_gap))
      << "all are real: " << read_text(video / "index.m3u8");
  EXPECT_EQ(
      static_cast<std::size_t>(std::ranges::count_if(segments, &ListedSegment::is_discontinuous)),
      epochs);
  join_segments(video, folder_ / "hls.mp4");
  const auto shown = frames_of(folder_ / "hls.mp4");
  expect_slate_between_pictures("HLS", shown);
  EXPECT_LT(longest_step(shown), 0.1);
  const auto kept = frames_of(recorded);
  expect_slate_between_pictures("recording", kept);
  EXPECT_LT(longest_step(kept), 0.1);
  EXPECT_FALSE(receiver.wait(seconds(90)).timed_out) << "the push was not closed";
  const auto sent = frames_of(pushed);
  expect_slate_between_pictures("push", sent);
  EXPECT_LT(longest_step(sent), 1.0);

  const auto truth = heard_words(run.hls() / "audio_en");
  const auto said = words_of_events(run);
  ASSERT_GT(truth.size(), 25U);
  auto offsets = compare_words(truth, said, breaks_of(run, truth), truth.back().span.begin);
  expect_nothing_doubled(said);
  std::printf("events beside the sound, over %.0f s of slate: %s\n", slate_length(shown),
              offsets.summary().c_str());
}

TEST_F(SlateFault, PassedThroughPicturesHaveNoneAndTheGapIsTold) {
  LiveRun run({"--latency", "2s"});
  send_twice(run);
  const auto ended = run.end();
  EXPECT_EQ(ended.exit_code, 0) << ended.summary();
  const auto segments = read_segments(run.hls() / "video_source" / "index.m3u8");
  EXPECT_TRUE(std::ranges::any_of(segments, &ListedSegment::is_gap));
}

TEST_F(SlateFault, ASlateThatNobodyCouldSeeIsRefusedAtOnce) {
  const auto live = [this](std::vector<std::string> options) {
    std::vector<std::string> command = {
        built_program("subtide").string(), "live",    programme_.string(),         "--hls",
        (folder_ / "hls").string(),        "--state", (folder_ / "state").string()};
    command.insert(command.end(), options.begin(), options.end());
    return run_program(command);
  };
  const auto passed = live({"--slate", "x.png"});
  EXPECT_EQ(passed.exit_code, 2) << passed.summary();
  EXPECT_THAT(passed.err, HasSubstr("add --ladder"));
  const auto missing = live({"--ladder", "240p", "--slate", (folder_ / "no.png").string()});
  EXPECT_NE(missing.exit_code, 0);
  EXPECT_THAT(missing.err, HasSubstr("no.png: there is no such picture"));
}

}  // namespace
}  // namespace subtide
