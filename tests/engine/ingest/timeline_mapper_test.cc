#include "engine/ingest/timeline_mapper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>

namespace subtide {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;
using testing::SizeIs;

ClockReading at(MediaDuration time) {
  return {SteadyTime(std::chrono::duration_cast<SteadyTime::duration>(time)),
          WallTime(std::chrono::duration_cast<WallTime::duration>(time))};
}

SourceStamp sound(MediaTime pts, MediaDuration duration = 20ms) { return {pts, {}, duration}; }
SourceStamp picture(MediaTime dts, MediaDuration shown_after = 0ms) {
  return {dts + shown_after, dts, 40ms};
}

/// One stream of 20 ms sounds, begun at source time 10 s, engine time 0.
class OneStream : public testing::Test {
 protected:
  void SetUp() override {
    mapper.add_stream(TimelineKind::kAudio);
    for (int i = 0; i < 100; ++i) push(10s + i * 20ms);
  }
  std::vector<Placement> push(MediaTime pts) {
    clock += 20ms;
    return mapper.push(0, sound(pts), at(clock));
  }
  /// Where it went; nothing when it waits or was dropped.
  std::optional<MediaTime> time_of(MediaTime pts) {
    const auto placed = push(pts);
    if (placed.empty() || !placed.back().is_kept) return std::nullopt;
    return placed.back().pts;
  }
  TimelineMapper mapper;
  MediaDuration clock = 1h;
};

TEST_F(OneStream, BeginsAtZero) {
  ASSERT_THAT(mapper.epochs(), SizeIs(1));
  EXPECT_EQ(mapper.epochs()[0].begins, 0s);
  EXPECT_EQ(mapper.epochs()[0].source, 10s);
  EXPECT_EQ(mapper.epochs()[0].reason, "start");
  EXPECT_EQ(mapper.end_of(0), 2s);
}

TEST_F(OneStream, TheStartsWallClockIsThatOfItsFirstBuffer) {
  EXPECT_EQ(mapper.epochs()[0].wall, at(1h + 20ms).wall);
}

TEST_F(OneStream, SmoothsAStepUnderFortyMilliseconds) {
  EXPECT_EQ(time_of(12s + 30ms), 2s + 100us);
  EXPECT_EQ(time_of(12s - 10ms), 2s + 20ms);
  EXPECT_THAT(mapper.epochs(), SizeIs(1));
}

TEST_F(OneStream, LeavesAGapWhereTheSourceHasOne) {
  EXPECT_EQ(time_of(12s + 40ms), 2s + 40ms);
  EXPECT_EQ(time_of(16s), 6s);
  EXPECT_THAT(mapper.epochs(), SizeIs(1));
}

TEST_F(OneStream, DropsSoundThatRepeatsWhatWasThere) {
  EXPECT_EQ(time_of(12s - 100ms), std::nullopt);
  EXPECT_EQ(time_of(12s - 80ms), std::nullopt);
  EXPECT_EQ(time_of(12s), 2s);
}

TEST_F(OneStream, OneWildTimeIsDropped) {
  EXPECT_EQ(time_of(1000s), std::nullopt);
  EXPECT_EQ(time_of(12s), 2s);
  EXPECT_THAT(mapper.epochs(), SizeIs(1));
}

TEST_F(OneStream, WildTimesThatDoNotAgreeAreDropped) {
  for (int i = 0; i < 20; ++i) EXPECT_EQ(time_of(i * 100s + 1000s), std::nullopt);
  EXPECT_EQ(time_of(12s), 2s);
  EXPECT_THAT(mapper.epochs(), SizeIs(1));
}

TEST_F(OneStream, ThreeThatAgreeOpenAnEpochWhichFollowsOn) {
  EXPECT_THAT(push(1000s), IsEmpty());
  EXPECT_THAT(push(1000s + 20ms), IsEmpty());
  const auto placed = push(1000s + 40ms);
  ASSERT_THAT(placed, SizeIs(3));
  EXPECT_EQ(placed[0].pts, 2s);
  EXPECT_EQ(placed[2].pts, 2s + 40ms);
  EXPECT_EQ(placed[2].epoch, 1);
  EXPECT_EQ(mapper.epochs().back().reason, "jump");
  EXPECT_EQ(mapper.epochs().back().source, 1000s);
}

TEST_F(OneStream, AStepBackIsCalledAReset) {
  push(0s);
  push(20ms);
  EXPECT_EQ(time_of(40ms), 2s + 40ms);
  EXPECT_EQ(mapper.epochs().back().reason, "reset");
}

TEST_F(OneStream, AReconnectTakesAsLongAsTheClockSays) {
  mapper.finish(at(clock));
  mapper.reconnect();
  clock += 7s;
  std::vector<Placement> placed;
  for (int i = 0; placed.empty(); ++i) placed = push(5s + i * 20ms);
  const Epoch& epoch = mapper.epochs().back();
  EXPECT_EQ(epoch.reason, "reconnect");
  EXPECT_EQ(epoch.source, 5s);
  EXPECT_GE(epoch.begins, 9s);
  EXPECT_LE(epoch.begins, 9s + 400ms);  // and the wait for other streams
  EXPECT_EQ(placed[0].pts, epoch.begins);
  EXPECT_EQ(epoch.wall, at(clock).wall);
}

TEST_F(OneStream, AReconnectNeverGoesBehindGapsThatWereTold) {
  mapper.reconnect();
  mapper.fill(0, 30s);
  std::vector<Placement> placed;
  for (int i = 0; placed.empty(); ++i) placed = push(5s + i * 20ms);
  EXPECT_EQ(placed[0].pts, 30s);
}

TEST_F(OneStream, APauseWithTimesThatBeginAnewCountsOnTheClock) {
  clock += 8s;
  push(0s);
  push(20ms);
  push(40ms);
  EXPECT_EQ(mapper.epochs().back().begins, 10s + 20ms);
}

TEST_F(OneStream, AChangeOfFormatIsAnEpochOnTheSameLine) {
  mapper.change_format(0, at(clock));
  const auto placed = push(12s);
  ASSERT_THAT(placed, SizeIs(1));
  EXPECT_EQ(placed[0].pts, 2s);
  EXPECT_EQ(placed[0].epoch, 1);
  EXPECT_EQ(mapper.epochs().back().reason, "format");
  EXPECT_EQ(mapper.epochs().back().to_engine(12s), 2s);
}

TEST_F(OneStream, ABufferWithoutTimeFollowsOn) {
  const auto placed = mapper.push(0, {{}, {}, 20ms}, at(clock));
  ASSERT_THAT(placed, SizeIs(1));
  EXPECT_EQ(placed[0].pts, 2s);
}

TEST_F(OneStream, EngineTimeRunsOnWithTheClock) {
  EXPECT_EQ(mapper.engine_time(at(clock).steady), 2s);
  EXPECT_EQ(mapper.engine_time(at(clock + 3s).steady), 5s);
}

TEST_F(OneStream, AnEpochIsFoundByItsNumber) {
  EXPECT_EQ(mapper.find(0), &mapper.epochs()[0]);
  EXPECT_EQ(mapper.find(1), nullptr);
}

TEST_F(OneStream, AnEpochsThatAreLongGoneAreForgotten) {
  for (int i = 0; i < 1000; ++i) {
    mapper.change_format(0, at(clock));
    push(12s + i * 20ms);
  }
  EXPECT_THAT(mapper.epochs(), SizeIs(256));
  EXPECT_EQ(mapper.epochs().back().number, 1000);
}

TEST(TimelineMapper, ABufferWithoutAnyTimeBeforeAllOthersIsDropped) {
  TimelineMapper mapper;
  mapper.add_stream(TimelineKind::kAudio);
  const auto placed = mapper.push(0, {}, at(0s));
  ASSERT_THAT(placed, SizeIs(1));
  EXPECT_FALSE(placed[0].is_kept);
}

TEST(TimelineMapper, TheFirstBuffersWaitForTheOtherStream) {
  TimelineMapper mapper;
  mapper.add_stream(TimelineKind::kVideo);
  mapper.add_stream(TimelineKind::kAudio);
  EXPECT_THAT(mapper.push(0, picture(10s), at(0s)), IsEmpty());
  const auto placed = mapper.push(1, sound(9'600ms), at(100ms));
  ASSERT_THAT(placed, SizeIs(2));
  EXPECT_EQ(placed[0].stream, 0U);
  EXPECT_EQ(placed[0].dts, 400ms);
  EXPECT_EQ(placed[1].pts, 0s);
}

TEST(TimelineMapper, AtFirstAStreamThatDoesNotComeIsWaitedForAsLongAsForAKeyFrame) {
  TimelineMapper mapper;
  mapper.add_stream(TimelineKind::kVideo);
  mapper.add_stream(TimelineKind::kAudio);
  mapper.push(0, picture(10s), at(0s));
  EXPECT_THAT(mapper.poll(at(4'900ms)), IsEmpty());
  EXPECT_THAT(mapper.poll(at(5s)), SizeIs(1));
}

TEST(TimelineMapper, AfterAReconnectionAStreamThatDoesNotComeIsNotWaitedForLong) {
  TimelineMapper mapper;
  mapper.add_stream(TimelineKind::kVideo);
  mapper.add_stream(TimelineKind::kAudio);
  mapper.push(0, picture(10s), at(0s));
  mapper.push(1, sound(10s), at(0s));
  mapper.reconnect();
  mapper.push(0, picture(10s), at(1s));
  EXPECT_THAT(mapper.poll(at(1'900ms)), IsEmpty());
  EXPECT_THAT(mapper.poll(at(2s)), SizeIs(1));
}

TEST(TimelineMapper, AStreamThatIsNotPresentIsNotWaitedFor) {
  TimelineMapper mapper;
  mapper.add_stream(TimelineKind::kVideo);
  mapper.add_stream(TimelineKind::kAudio);
  mapper.set_present(1, false);
  mapper.push(0, picture(10s), at(0s));
  EXPECT_THAT(mapper.poll(at(300ms)), SizeIs(1));
}

TEST(TimelineMapper, TheEndAnswersWhatStillWaits) {
  TimelineMapper mapper;
  mapper.add_stream(TimelineKind::kVideo);
  mapper.push(0, picture(10s), at(0s));
  const auto placed = mapper.finish(at(10ms));
  ASSERT_THAT(placed, SizeIs(1));
  EXPECT_TRUE(placed[0].is_kept);
}

TEST(TimelineMapper, TheNextConnectionMayWrap) {
  TimelineMapper mapper;
  mapper.add_stream(TimelineKind::kVideo);
  mapper.set_wraps(true);
  mapper.push(0, picture(wraps(1) - 400ms), at(0s));
  for (int i = 1; i < 10; ++i) mapper.push(0, picture(wraps(1) - 400ms + i * 40ms), at(i * 40ms));
  const auto placed = mapper.push(0, picture(0ms), at(400ms));
  ASSERT_THAT(placed, SizeIs(1));
  EXPECT_EQ(placed[0].dts, 400ms);
  EXPECT_THAT(mapper.epochs(), SizeIs(1));
}

/// Sound and pictures in step, source times 100 s on.
class TwoStreams : public testing::Test {
 protected:
  void SetUp() override {
    mapper.add_stream(TimelineKind::kVideo);
    mapper.add_stream(TimelineKind::kAudio);
    play(100s, 2s);
  }
  void play(MediaTime from, MediaDuration length) {
    for (MediaDuration i = 0s; i < length; i += 20ms) {
      if (i % 40ms == 0s) pictures = mapper.push(0, picture(from + i, 80ms), at(clock));
      sounds = mapper.push(1, sound(from + i), at(clock));
      clock += 20ms;
    }
  }
  TimelineMapper mapper;
  MediaDuration clock = 0s;
  std::vector<Placement> pictures;
  std::vector<Placement> sounds;
};

TEST_F(TwoStreams, PicturesAreShownAsFarFromTheirSoundAsInTheSource) {
  ASSERT_THAT(pictures, SizeIs(1));
  EXPECT_EQ(pictures[0].dts, 1'960ms);
  EXPECT_EQ(pictures[0].pts, 2'040ms);
  EXPECT_EQ(sounds[0].pts, 1'980ms);
}

TEST_F(TwoStreams, BothFollowOneJumpIntoOneEpoch) {
  play(5s, 2s);
  ASSERT_THAT(mapper.epochs(), SizeIs(2));
  ASSERT_THAT(pictures, SizeIs(1));
  EXPECT_EQ(pictures[0].epoch, 1);
  EXPECT_EQ(sounds[0].epoch, 1);
  EXPECT_EQ(*sounds[0].pts - *pictures[0].dts, 20ms);
}

TEST_F(TwoStreams, AStepTooSmallForOneStreamAloneStillMovesBothTogether) {
  mapper.push(0, picture(101'700ms), at(clock));  // 300 ms back
  mapper.push(0, picture(101'740ms), at(clock));
  mapper.push(0, picture(101'780ms), at(clock));
  ASSERT_THAT(mapper.epochs(), SizeIs(2));
  const auto placed = mapper.push(1, sound(101'850ms), at(clock));  // its own step is 150 ms
  ASSERT_THAT(placed, SizeIs(1));
  EXPECT_EQ(placed[0].epoch, 1);
  EXPECT_EQ(placed[0].pts, mapper.epochs()[1].to_engine(101'850ms));
}

TEST_F(TwoStreams, SoundThatComesBackLateFindsItsPlace) {
  for (int i = 0; i < 1000; ++i) mapper.push(0, picture(102s + i * 40ms), at(clock + i * 40ms));
  const auto placed = mapper.push(1, sound(142s), at(clock + 40s));
  ASSERT_THAT(placed, SizeIs(1));
  EXPECT_EQ(placed[0].pts, 42s);
  EXPECT_THAT(mapper.epochs(), SizeIs(1));
}

TEST_F(TwoStreams, SoundThatComesBackFirstAfterAJumpWaitsForThePictures) {
  for (int i = 0; i < 300; ++i) {
    clock += 40ms;
    mapper.push(0, picture(102s + i * 40ms), at(clock));
  }
  // Both 8 s back: for the sound that looks like a pause of 4 s.
  EXPECT_THAT(mapper.push(1, sound(106s), at(clock)), IsEmpty());
  for (int i = 0; i < 3; ++i) mapper.push(0, picture(106s + i * 40ms), at(clock));
  const auto placed = mapper.push(1, sound(106'020ms), at(clock));
  ASSERT_THAT(placed, SizeIs(1));
  EXPECT_EQ(placed[0].pts, mapper.epochs().back().to_engine(106'020ms));
  EXPECT_EQ(placed[0].epoch, 1);
}

TEST_F(TwoStreams, ANewStreamJoinsTheEpoch) {
  const std::size_t other = mapper.add_stream(TimelineKind::kAudio);
  const auto placed = mapper.push(other, sound(101'900ms), at(clock));
  ASSERT_THAT(placed, SizeIs(1));
  EXPECT_EQ(placed[0].pts, 1'900ms);
}

TEST_F(TwoStreams, MetadataFollowsTheEpochsAndOpensNone) {
  const std::size_t other = mapper.add_stream(TimelineKind::kOther);
  for (int i = 0; i < 10; ++i) {
    const auto placed = mapper.push(other, {5000s + i * 1s, {}, {}}, at(clock));
    ASSERT_THAT(placed, SizeIs(1));
    EXPECT_FALSE(placed[0].is_kept);
  }
  const auto placed = mapper.push(other, {101'500ms, {}, {}}, at(clock));
  ASSERT_THAT(placed, SizeIs(1));
  EXPECT_EQ(placed[0].pts, 1'500ms);
  EXPECT_THAT(mapper.epochs(), SizeIs(1));
}

TEST_F(TwoStreams, APicturesDecodingTimeIsHeldWhereTheSourceStepsBackALittle) {
  const auto placed = mapper.push(0, picture(101'900ms, 80ms), at(clock));
  ASSERT_THAT(placed, SizeIs(1));
  EXPECT_EQ(placed[0].dts, 1'960ms);
  EXPECT_EQ(placed[0].pts, 1'980ms);
}

TEST_F(TwoStreams, BothTakeUpAChangeOfFormat) {
  mapper.change_format(1, at(clock));
  play(102s, 1s);
  EXPECT_EQ(sounds[0].epoch, 1);
  EXPECT_EQ(pictures[0].epoch, 1);
  EXPECT_EQ(sounds[0].pts, 2'980ms);
}

TEST(TimelineMapper, PicturesWithoutDecodingTimeKeepTheirOrder) {
  TimelineMapper mapper;
  mapper.add_stream(TimelineKind::kVideo);
  std::vector<MediaTime> shown;
  for (int group = 0; group < 50; ++group) {
    for (const int place : {0, 3, 1, 2}) {
      const SourceStamp stamp{1s + (group * 4 + place) * 40ms, {}, 40ms};
      for (const auto& placed : mapper.push(0, stamp, at(group * 160ms + place * 40ms))) {
        shown.push_back(*placed.pts);
      }
    }
  }
  ASSERT_THAT(shown, SizeIs(200));
  std::sort(shown.begin(), shown.end());
  for (int i = 0; i < 200; ++i) EXPECT_EQ(shown[static_cast<std::size_t>(i)], i * 40ms);
  EXPECT_THAT(mapper.epochs(), SizeIs(1));
}

}  // namespace
}  // namespace subtide
