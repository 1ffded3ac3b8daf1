#include "engine/base/fault_point.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>
#include <set>

#include "tests/support/shared_files.h"

namespace subtide {
namespace {

TEST(FaultPointTest, EveryPointHasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (const FaultPoint point : all_fault_points()) {
    names.insert(to_string(point));
    EXPECT_EQ(find_fault_point(to_string(point)), point);
  }
  EXPECT_EQ(names.size(), all_fault_points().size());
  EXPECT_FALSE(names.contains("unknown"));
  EXPECT_FALSE(find_fault_point("run.nowhere").has_value());
}

TEST(FaultPointTest, RefusesNamesAndCountsThatAreNone) {
  for (const char* text : {"", "run.nowhere", "run.committed:", "run.committed:0",
                           "run.committed:x", "run.committed:2x", "run.committed:-1"}) {
    EXPECT_EQ(arm_fault_point(text).error().code, ErrorCode::kInvalidArgument) << text;
  }
}

// These run the test program anew, since the environment is read once.
TEST(FaultPointDeathTest, ObeysTheEnvironment) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  ::setenv("SUBTIDE_FAULT_POINT", "blob.synced", 1);
  EXPECT_EXIT(fault_point(FaultPoint::kBlobSynced), testing::KilledBySignal(SIGKILL), "");
  ::setenv("SUBTIDE_FAULT_POINT", "blob.snyced", 1);
  EXPECT_EXIT(fault_point(FaultPoint::kBlobSynced), testing::KilledBySignal(SIGABRT),
              "no fault point 'blob.snyced'");
  ::unsetenv("SUBTIDE_FAULT_POINT");
  EXPECT_EXIT(
      {
        fault_point(FaultPoint::kBlobSynced);
        std::exit(0);
      },
      testing::ExitedWithCode(0), "");
}

TEST(FaultPointDeathTest, KillsAtTheChosenPassAndNoOther) {
  EXPECT_EXIT(
      {
        if (!arm_fault_point("run.committed:3")) std::exit(0);
        for (int pass = 1; pass <= 5; ++pass) {
          fault_point(FaultPoint::kRunWitnessed);
          fault_point(FaultPoint::kRunCommitted);
          std::fprintf(stderr, "%d,", pass);
        }
      },
      testing::KilledBySignal(SIGKILL), "^1,2,$");
}

TEST(FaultPointDeathTest, KillsOneProcessOnlyWhereThatIsWanted) {
  const TemporaryFolder folder;
  ::setenv("SUBTIDE_FAULT_ONCE", (folder / "mark").c_str(), 1);
  const auto pass = [] {
    if (arm_fault_point("lease.taken")) fault_point(FaultPoint::kLeaseTaken);
    std::exit(0);
  };
  EXPECT_EXIT(pass(), testing::KilledBySignal(SIGKILL), "");
  EXPECT_EXIT(pass(), testing::ExitedWithCode(0), "");
  ::unsetenv("SUBTIDE_FAULT_ONCE");
}

}  // namespace
}  // namespace subtide
