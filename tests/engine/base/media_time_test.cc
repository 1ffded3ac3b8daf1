#include "engine/base/media_time.h"

#include <gtest/gtest.h>

namespace subtide {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

TEST(MediaTime, RoundsToMillisecondsHalfUp) {
  EXPECT_EQ(to_milliseconds(nanoseconds(1'499'999)), 1);
  EXPECT_EQ(to_milliseconds(nanoseconds(1'500'000)), 2);
  EXPECT_EQ(to_milliseconds(nanoseconds(-500'000)), 0);
  EXPECT_EQ(to_milliseconds(nanoseconds(-1'600'000)), -2);
}

TEST(MediaTime, ClockGrowsPastNinetyNineHours) {
  EXPECT_EQ(format_clock(hours(101) + milliseconds(62'005)), "101:01:02.005");
}

TEST(MediaTime, ClockShowsNegativeTimes) {
  EXPECT_EQ(format_clock(milliseconds(-1'400)), "-00:00:01.400");
}

TEST(MediaTime, SecondsKeepNanoseconds) {
  EXPECT_EQ(from_seconds(1.4), nanoseconds(1'400'000'000));
  EXPECT_DOUBLE_EQ(to_seconds(milliseconds(1'250)), 1.25);
}

TEST(TimeSpan, BeginBelongsToItAndEndDoesNot) {
  const TimeSpan span{seconds(1), seconds(2)};
  EXPECT_TRUE(span.contains(seconds(1)));
  EXPECT_FALSE(span.contains(seconds(2)));
}

TEST(TimeSpan, TouchingSpansDoNotOverlap) {
  const TimeSpan first{seconds(1), seconds(2)};
  EXPECT_FALSE(first.overlaps({seconds(2), seconds(3)}));
  EXPECT_TRUE(first.overlaps({milliseconds(1'999), seconds(3)}));
}

TEST(TimeSpan, HullHoldsBoth) {
  const TimeSpan both = hull({seconds(3), seconds(4)}, {seconds(1), seconds(2)});
  EXPECT_EQ(both, (TimeSpan{seconds(1), seconds(4)}));
}

}  // namespace
}  // namespace subtide
