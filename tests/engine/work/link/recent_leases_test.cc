#include "engine/work/link/recent_leases.h"

#include <gtest/gtest.h>

namespace subtide {
namespace {

TEST(RecentLeases, ALeaseIsNewOnce) {
  RecentLeases recent;
  EXPECT_TRUE(recent.add(7, 1));
  EXPECT_FALSE(recent.add(7, 1));
  EXPECT_TRUE(recent.add(7, 2));
  recent.forget();
  EXPECT_TRUE(recent.add(7, 1));
}

TEST(RecentLeases, ForgetsTheOldestOnly) {
  RecentLeases recent;
  for (TaskId task = 0; task <= RecentLeases::kMost; ++task) EXPECT_TRUE(recent.add(task, 1));
  EXPECT_FALSE(recent.add(RecentLeases::kMost, 1));
  EXPECT_FALSE(recent.add(1, 1));
  EXPECT_TRUE(recent.add(0, 1));
}

}  // namespace
}  // namespace subtide
