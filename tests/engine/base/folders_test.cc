#include "engine/base/folders.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/shared_files.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

TEST(Folders, AreMadeForTheUserAloneWithThoseAbove) {
  TemporaryFolder folder;
  ASSERT_TRUE(make_folder(folder / "a/b/c"));
  EXPECT_EQ(fs::status(folder / "a").permissions(), fs::perms::owner_all);
  EXPECT_EQ(fs::status(folder / "a/b/c").permissions(), fs::perms::owner_all);
  EXPECT_TRUE(make_folder(folder / "a/b/c")) << "they were there";
  EXPECT_TRUE(sync_folder(folder / "a"));
}

TEST(Folders, SayWhatIsInTheWay) {
  TemporaryFolder folder;
  EXPECT_THAT(sync_folder(folder / "none").error().message, HasSubstr("none"));
  EXPECT_EQ(sync_folder(folder / "none").error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(make_folder("/proc/no/such"));
}

TEST(PrivateFolder, IsMadeForTheUserAlone) {
  TemporaryFolder folder;
  ASSERT_TRUE(make_private_folder(folder / "runs/7"));
  EXPECT_EQ(fs::status(folder / "runs/7").permissions(), fs::perms::owner_all);
  EXPECT_TRUE(make_private_folder(folder / "runs/7"));
}

TEST(PrivateFolder, OneThatOthersMayEnterIsRefused) {
  TemporaryFolder folder;
  fs::create_directory(folder / "open");
  fs::permissions(folder / "open", fs::perms::owner_all | fs::perms::others_exec);
  const auto made = make_private_folder(folder / "open");
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::kDenied);
  EXPECT_THAT(made.error().message, HasSubstr("chmod 700"));
  fs::create_directory_symlink("/tmp", folder / "link");
  EXPECT_EQ(make_private_folder(folder / "link").error().code, ErrorCode::kDenied);
}

}  // namespace
}  // namespace subtide
