// Every word, in every output, where it sounds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>

#include "tests/live/live_run.h"
#include "tests/live/said_words.h"

namespace subtide {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// First words of cues sound when the cue begins, and all words are in the cues.
void check_cues(const std::vector<ShownCue>& cues, const std::vector<Word>& said) {
  std::vector<std::string> shown;
  Offsets onsets;
  for (const auto& cue : cues) {
    const auto words = words_of(cue.text);
    const std::size_t first = shown.size();
    shown.insert(shown.end(), words.begin(), words.end());
    if (first < said.size()) onsets.add(cue.span.begin - said[first].span.begin);
  }
  std::vector<std::string> spoken;
  for (const auto& word : said) spoken.push_back(word.text);
  EXPECT_EQ(shown, spoken) << "the cues hold what was said, each word once";
  std::printf("WebVTT cues beside the events: %s\n", onsets.summary().c_str());
  for (const double ms : onsets.ms) EXPECT_LE(std::abs(ms), 40) << "a frame";
}

class WordTime : public testing::Test {
 protected:
  void SetUp() override { SUBTIDE_REQUIRE_PROGRAM("ffmpeg"); }
  TemporaryFolder folder_;
};

TEST_F(WordTime, EveryOutputHasEachWordWhereItSounds) {
  const auto programme = folder_.path() / "programme.ts";
  write_programme(programme, {seconds(16), true, 1.4});
  LiveRun run({"--translate", "es", "--translator", "fake:", "--latency", "2s", "--record",
               (folder_.path() / "record.mkv").string()});
  const auto sender = run.send(programme);
  ASSERT_TRUE(run.wait_for_segments("audio_en", 6)) << run.end().summary();
  const auto ended = run.end();
  EXPECT_EQ(ended.exit_code, 0) << ended.summary();
  const auto truth = heard_words(run.hls() / "audio_en");
  ASSERT_GT(truth.size(), 15U);
  const auto said = words_of_events(run);
  auto offsets = compare_words(truth, said, {}, truth.back().span.begin);
  std::printf("events beside the sound: %s\n", offsets.summary().c_str());
  expect_nothing_doubled(said);
  check_cues(shown_cues(run.hls() / "subs_en"), said);
  EXPECT_GE(shown_cues(run.hls() / "subs_es").size(), 2U);
  const auto recorded = run_program({"ffprobe", "-v", "error", "-show_entries",
                                     "stream=codec_type:stream_tags=language", "-of", "csv=p=0",
                                     (folder_.path() / "record.mkv").string()});
  EXPECT_THAT(recorded.out, testing::HasSubstr("subtitle,spa")) << recorded.err;
}

TEST_F(WordTime, HoldsOverAReconnectionOfASourceThatBeginsAnew) {
  const auto first = folder_.path() / "first.ts";
  write_programme(first, {seconds(12), true, 500});
  const auto second = folder_.path() / "second.ts";
  write_programme(second, {seconds(12), true, 1.4});
  LiveRun run({"--latency", "2s"});
  const auto sender = run.send(first);
  ASSERT_TRUE(run.wait_for_segments("audio_en", 3)) << run.end().summary();
  sender->wait(seconds(40));
  const auto again = run.send(second);
  ASSERT_TRUE(run.wait_for_segments("audio_en", 10)) << run.end().summary();
  const auto ended = run.end();
  EXPECT_EQ(ended.exit_code, 0) << ended.summary();
  std::vector<MediaTime> breaks;
  for (const auto& segment : run.events("media.segment.boundary")) {
    if (segment["epoch"] != (breaks.size())) breaks.push_back(from_seconds(segment["start"]));
  }
  const auto jumps = run.events("media.discontinuity");
  ASSERT_EQ(jumps.size(), 1U) << "the reconnection opens one epoch";
  EXPECT_EQ(jumps[0]["kind"], "reconnect");
  const auto truth = heard_words(run.hls() / "audio_en");
  const auto said = words_of_events(run);
  ASSERT_GT(truth.size(), 25U);
  std::vector<MediaTime> near = breaks;
  for (const MediaTime end : long_silences(truth)) near.push_back(end);
  auto offsets = compare_words(truth, said, near, truth.back().span.begin);
  std::printf("events beside the sound, over a reconnection: %s\n", offsets.summary().c_str());
  expect_nothing_doubled(said);
  shown_cues(run.hls() / "subs_en");
}

TEST_F(WordTime, HoldsOverAWrapOfTheSourcesClock) {
  const auto programme = folder_.path() / "programme.ts";
  constexpr double kWrap = 95443.717688;  // 2^33 ticks of 90 kHz
  write_programme(programme, {seconds(16), true, kWrap - 6});
  LiveRun run({"--latency", "2s"});
  const auto sender = run.send(programme);
  ASSERT_TRUE(run.wait_for_segments("audio_en", 7)) << run.end().summary();
  const auto ended = run.end();
  EXPECT_EQ(ended.exit_code, 0) << ended.summary();
  EXPECT_TRUE(run.events("media.discontinuity").empty()) << "a wrap opens no epoch";
  const auto truth = heard_words(run.hls() / "audio_en");
  ASSERT_GT(truth.size(), 15U);
  const auto said = words_of_events(run);
  auto offsets = compare_words(truth, said, {}, truth.back().span.begin);
  std::printf("events beside the sound, over a wrap: %s\n", offsets.summary().c_str());
  expect_nothing_doubled(said);
  check_cues(shown_cues(run.hls() / "subs_en"), said);
}

TEST_F(WordTime, HoldsForRadio) {
  const auto programme = folder_.path() / "radio.ts";
  write_programme(programme, {seconds(12), false, 1.4});
  LiveRun run({"--latency", "2s"});
  const auto sender = run.send(programme);
  ASSERT_TRUE(run.wait_for_segments("subs_en", 3)) << run.end().summary();
  const auto ended = run.end();
  EXPECT_EQ(ended.exit_code, 0) << ended.summary();
  const auto truth = heard_words(run.hls() / "audio_en");
  ASSERT_GT(truth.size(), 8U);
  const auto said = words_of_events(run);
  auto offsets = compare_words(truth, said, {}, truth.back().span.begin);
  std::printf("radio, events beside the sound: %s\n", offsets.summary().c_str());
  check_cues(shown_cues(run.hls() / "subs_en"), said);
}

}  // namespace
}  // namespace subtide
