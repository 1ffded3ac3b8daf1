#include "engine/pipeline/audio_range.h"

#include <gtest/gtest.h>

namespace subtide {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr TimeSpan kEverything{MediaTime::min(), MediaTime::max()};

TimeSpan span(int begin_ms, int end_ms) { return {milliseconds(begin_ms), milliseconds(end_ms)}; }

TEST(AudioRange, LeavesContinuousAudioAlone) {
  AudioRange range(kEverything);
  const AudioCut first = range.push(span(0, 100));
  const AudioCut second = range.push(span(100, 200));
  EXPECT_TRUE(first.is_kept && second.is_kept);
  EXPECT_EQ(second.begin, milliseconds(100));
  EXPECT_EQ(second.front + second.back, MediaDuration(0));
  EXPECT_EQ(range.covered(), span(0, 200));
}

TEST(AudioRange, CutsToTheWantedRangeAndSaysWhenItEnds) {
  AudioRange range(span(150, 350));
  EXPECT_FALSE(range.push(span(0, 100)).is_kept);
  const AudioCut first = range.push(span(100, 200));
  EXPECT_EQ(first.front, milliseconds(50));
  EXPECT_EQ(first.begin, milliseconds(150));
  EXPECT_FALSE(first.is_end);
  const AudioCut last = range.push(span(300, 400));
  EXPECT_EQ(last.back, milliseconds(50));
  EXPECT_TRUE(last.is_end);
  const AudioCut after = range.push(span(400, 500));
  EXPECT_FALSE(after.is_kept);
  EXPECT_TRUE(after.is_end);
  EXPECT_EQ(range.covered(), span(150, 350));
}

TEST(AudioRange, KeepsJitterAndCutsRealOverlaps) {
  AudioRange range(kEverything);
  range.push(span(0, 1000));
  EXPECT_EQ(range.push(span(970, 1470)).front, MediaDuration(0));
  EXPECT_EQ(range.push(span(1400, 1900)).front, milliseconds(70));
  EXPECT_FALSE(range.push(span(1400, 1800)).is_kept);
  EXPECT_EQ(range.repeated(), milliseconds(70 + 400));
}

TEST(AudioRange, KeepsForwardJumpsOnTheFilesTimeline) {
  AudioRange range(kEverything);
  range.push(span(0, 1000));
  EXPECT_EQ(range.push(span(5000, 6000)).begin, milliseconds(5000));
}

TEST(AudioRange, PutsARestartedTimelineBehindWhatCameBefore) {
  AudioRange range(kEverything);
  range.push(span(0, 10'000));
  const AudioCut restarted = range.push(span(0, 500));
  EXPECT_TRUE(restarted.is_kept);
  EXPECT_EQ(restarted.begin, seconds(10));
  EXPECT_EQ(restarted.front, MediaDuration(0));
  EXPECT_EQ(range.push(span(500, 1000)).begin, milliseconds(10'500));
  EXPECT_EQ(range.shift(), seconds(10));
}

}  // namespace
}  // namespace subtide
