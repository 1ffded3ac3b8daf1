#include "engine/base/result.h"

#include <gtest/gtest.h>

#include <string>

namespace subtide {
namespace {

Result<int> half_of(int number) {
  if (number % 2 != 0) {
    return make_error(ErrorCode::kInvalidArgument, "{} is odd; give an even number", number);
  }
  return number / 2;
}

TEST(Result, CarriesAValue) {
  const auto half = half_of(8);
  ASSERT_TRUE(half.has_value());
  EXPECT_EQ(*half, 4);
}

TEST(Result, CarriesAnErrorThatSaysWhatToDo) {
  const auto half = half_of(7);
  ASSERT_FALSE(half.has_value());
  EXPECT_EQ(half.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(half.error().message, "7 is odd; give an even number");
}

TEST(Result, StatusIsSuccessOrAnError) {
  EXPECT_TRUE(ok().has_value());
  const Status failed = make_error(ErrorCode::kNoSpace, "disk full");
  EXPECT_FALSE(failed.has_value());
}

TEST(ErrorCode, HasAStableName) {
  EXPECT_EQ(to_string(ErrorCode::kBadInput), "bad_input");
  EXPECT_EQ(to_string(ErrorCode::kNoSpace), "no_space");
}

}  // namespace
}  // namespace subtide
