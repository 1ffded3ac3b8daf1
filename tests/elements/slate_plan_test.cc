#include "elements/slate/slate_plan.h"

#include <gtest/gtest.h>

#include <vector>

namespace subtide {
namespace {

using namespace std::chrono_literals;
using Kind = StandIn::Kind;

std::vector<StandIn> all_before(SlatePlan& plan, MediaTime time) {
  std::vector<StandIn> all;
  while (const auto one = plan.next_before(time)) all.push_back(*one);
  return all;
}

SlatePlan at_25_frames(MediaDuration hold = 2s) {
  SlatePlan plan(hold);
  plan.set_frame_length(40ms);
  return plan;
}

TEST(SlatePlan, HasNothingToStandInForBeforeTheFirstPicture) {
  SlatePlan plan = at_25_frames();
  EXPECT_FALSE(plan.next_before(10s));
  EXPECT_FALSE(plan.has_begun());
  EXPECT_FALSE(plan.stands_in());
}

TEST(SlatePlan, StandInsFollowTheLastPictureInItsRhythm) {
  SlatePlan plan = at_25_frames();
  EXPECT_TRUE(plan.take(1s));
  const auto all = all_before(plan, 1s + 170ms);
  ASSERT_EQ(all.size(), 3U) << "the fourth would end later";
  EXPECT_EQ(all[0], (StandIn{Kind::kLastPicture, {1s + 40ms, 1s + 80ms}}));
  EXPECT_EQ(all[2], (StandIn{Kind::kLastPicture, {1s + 120ms, 1s + 160ms}}));
  EXPECT_TRUE(plan.stands_in());
  EXPECT_EQ(all_before(plan, 1s + 200ms).size(), 1U) << "it goes on where it was";
}

TEST(SlatePlan, TheLastPictureIsHeldForAMomentThenComesTheSlate) {
  SlatePlan plan = at_25_frames(2s);
  plan.take(1s);
  const auto all = all_before(plan, 5s + 40ms);
  ASSERT_EQ(all.size(), 100U);
  EXPECT_EQ(all[49].kind, Kind::kLastPicture);
  EXPECT_EQ(all[50], (StandIn{Kind::kSlate, {3s + 40ms, 3s + 80ms}}));
  EXPECT_EQ(all[99].kind, Kind::kSlate);
}

TEST(SlatePlan, APictureEndsItAndTheNextAbsenceIsHeldAnew) {
  SlatePlan plan = at_25_frames(1s);
  plan.take(0s);
  all_before(plan, 3s);
  EXPECT_TRUE(plan.take(3s));
  EXPECT_FALSE(plan.stands_in());
  const auto next = plan.next_before(4s);
  ASSERT_TRUE(next);
  EXPECT_EQ(*next, (StandIn{Kind::kLastPicture, {3s + 40ms, 3s + 80ms}}));
}

TEST(SlatePlan, APictureFromBeforeAStandInIsLeftOut) {
  SlatePlan plan = at_25_frames();
  plan.take(0s);
  EXPECT_EQ(all_before(plan, 200ms).size(), 4U);
  EXPECT_FALSE(plan.take(120ms));
  EXPECT_FALSE(plan.take(160ms));
  EXPECT_TRUE(plan.stands_in());
  EXPECT_TRUE(plan.take(200ms));
}

TEST(SlatePlan, PicturesMayComeCloserThanTheFormatTells) {
  SlatePlan plan = at_25_frames();
  EXPECT_TRUE(plan.take(0s));
  EXPECT_TRUE(plan.take(10ms));
  EXPECT_TRUE(plan.take(10ms)) << "what comes twice is not its business";
}

TEST(SlatePlan, TakesTheRhythmOfThePicturesWhereTheFormatTellsNone) {
  SlatePlan plan;
  plan.take(0s);
  plan.take(20ms);
  EXPECT_EQ(plan.next_before(1s)->span, (TimeSpan{40ms, 60ms}));
  plan.take(1s);
  plan.take(6s);  // a hole is no rhythm
  EXPECT_EQ(plan.next_before(7s)->span, (TimeSpan{6s + 20ms, 6s + 40ms}));
}

TEST(SlatePlan, UsesAUsualRhythmBehindASinglePicture) {
  SlatePlan plan;
  plan.take(5s);
  EXPECT_EQ(plan.next_before(6s)->span, (TimeSpan{5s + 40ms, 5s + 80ms}));
}

TEST(SlatePlan, HoursWithoutPicturesAreOneAfterTheOther) {
  SlatePlan plan = at_25_frames();
  plan.take(0s);
  MediaTime end = 40ms;
  int count = 0;
  for (MediaTime now = 400ms; now <= 6h; now += 400ms) {
    while (const auto one = plan.next_before(now)) {
      ASSERT_EQ(one->span.begin, end);
      end = one->span.end;
      ++count;
    }
  }
  EXPECT_EQ(count, 6 * 3600 * 25 - 1);
}

TEST(SlatePlan, ARestartForgetsThePicturesAndKeepsTheFormat) {
  SlatePlan plan = at_25_frames();
  plan.set_frame_length(20ms);
  plan.take(9s);
  plan.restart();
  EXPECT_FALSE(plan.next_before(20s));
  EXPECT_TRUE(plan.take(0s));
  EXPECT_EQ(plan.next_before(1s)->span, (TimeSpan{20ms, 40ms}));
}

}  // namespace
}  // namespace subtide
