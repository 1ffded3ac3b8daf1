// Several streams at once on a machine that is too slow for each of them (F26).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <thread>

#include "tests/live/live_faults.h"

namespace subtide {
namespace {

using std::chrono::seconds;

/// 1 when all have the same, 1 / their number when one has everything (Jain's index).
double fairness(const std::vector<double>& shares) {
  double sum = 0;
  double squares = 0;
  for (const double share : shares) {
    sum += share;
    squares += share * share;
  }
  return squares == 0 ? 0 : sum * sum / (static_cast<double>(shares.size()) * squares);
}

std::size_t words_told(const LiveRun& run) {
  std::size_t count = 0;
  for (const auto& event : run.events("transcript.final")) count += event["words"].size();
  return count;
}

TEST(ManyStreams, EachThreeTimesTooSlowAreAllBoundedAndServedAlike) {
  SUBTIDE_REQUIRE_PROGRAM("ffmpeg");
  const std::size_t count = is_long_form() ? 10 : 4;
  const seconds length(is_long_form() ? 180 : 30);
  const TemporaryFolder folder;
  const auto radio = folder.path() / "radio.ts";
  write_programme(radio, {length + seconds(30), false});
  LiveRunSetting setting;
  setting.recognizer =
      R"(fake:{"tones": true, "language": "en", "troubles": [{"fault": "slow", "pace": 3}]})";
  std::vector<std::unique_ptr<LiveRun>> runs;
  std::vector<std::unique_ptr<RunningProgram>> senders;
  for (std::size_t i = 0; i < count; ++i) {
    runs.push_back(std::make_unique<LiveRun>(std::vector<std::string>{"--lanes", "1"}, setting));
    senders.push_back(runs.back()->send(radio));
  }
  for (const auto& run : runs) {
    ASSERT_TRUE(wait_for_event(*run, "cue.emitted", 1, seconds(60))) << run->end().summary();
  }
  std::this_thread::sleep_for(length / 2);
  const double memory = resident_mib(runs[0]->program().pid());
  std::this_thread::sleep_for(length / 2);
  const double more = resident_mib(runs[0]->program().pid()) - memory;
  std::vector<double> shares;
  double behind = 0;
  for (const auto& run : runs) {
    const auto delays = caption_delays(*run, {}, WallClock::now());
    ASSERT_FALSE(delays.empty());
    behind = std::max(behind, *std::ranges::max_element(delays));
    shares.push_back(static_cast<double>(words_told(*run)));
    EXPECT_FALSE(run->events("degrade.entered").empty()) << "told that it cannot follow";
  }
  std::printf(
      "%zu streams, each three times too slow, for %lld s: captions %.1f s behind at most, words "
      "%.0f to %.0f, fairness %.3f; %+.1f MiB in the second half\n",
      count, static_cast<long long>(length.count()), behind, *std::ranges::min_element(shares),
      *std::ranges::max_element(shares), fairness(shares), more);
  EXPECT_LT(behind, 60);
  EXPECT_GT(fairness(shares), 0.9);
  EXPECT_LT(more, 16);
  for (const auto& run : runs) {
    const auto ended = run->end();
    EXPECT_EQ(ended.exit_code, 3) << "with gaps: " << ended.summary();
    EXPECT_EQ(missing_words(heard_words(run->hls() / "audio_en")), 0) << "the streams go on";
  }
}

}  // namespace
}  // namespace subtide
