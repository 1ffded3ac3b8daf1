#include "engine/base/background_thread.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <thread>

namespace subtide {
namespace {

int niceness() { return getpriority(PRIO_PROCESS, 0); }

TEST(BackgroundThread, GoesBehindOthersAndTakesItsOwnThreadsAlong) {
  const int before = niceness();
  int own = 0;
  int inherited = 0;
  std::thread([&] {
    make_background_thread();
    make_background_thread();
    own = niceness();
    std::thread([&] { inherited = niceness(); }).join();
  }).join();
  EXPECT_GE(own, 5);
  EXPECT_GE(own, before);
  EXPECT_EQ(inherited, own);
  EXPECT_EQ(niceness(), before) << "others stay as they are";
}

}  // namespace
}  // namespace subtide
