#include "engine/work/store/input_identity.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "tests/engine/work/store/store_testing.h"
#include "tests/support/shared_files.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kAbc =
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

class InputIdentityTest : public testing::Test {
 protected:
  void write(std::string_view bytes, std::int64_t seconds) {
    write_bytes(path_, bytes);
    const timespec both[2] = {{seconds, 5}, {seconds, 5}};
    ASSERT_EQ(::utimensat(AT_FDCWD, path_.c_str(), both, 0), 0);
  }
  TemporaryFolder folder_;
  fs::path path_ = folder_ / "talk.mp4";
  std::shared_ptr<SharedDatabase> database_ = SharedDatabase::open(folder_ / "store").value();
  InputIdentities inputs_{database_};
};

TEST_F(InputIdentityTest, ReadsAFileOnce) {
  write("abc", 1000);
  const auto first = inputs_.identify(path_, wall(2000)).value();
  EXPECT_EQ(first.sha256, kAbc);
  EXPECT_EQ(first.size, 3U);
  EXPECT_FALSE(first.was_known);
  fs::create_symlink(path_, folder_ / "link.mp4");
  InputIdentities later(SharedDatabase::open(folder_ / "store").value());
  const auto second = later.identify(folder_ / "link.mp4", wall(2000)).value();
  EXPECT_EQ(second.sha256, kAbc);
  EXPECT_TRUE(second.was_known);
}

TEST_F(InputIdentityTest, ReadsAgainWhatHasChanged) {
  write("abc", 1000);
  ASSERT_TRUE(inputs_.identify(path_, wall(2000)).has_value());
  write("abd", 1001);
  EXPECT_NE(inputs_.identify(path_, wall(2000)).value().sha256, kAbc);
  write("abc", 1001);
  fs::copy_file(path_, folder_ / "new");
  const timespec both[2] = {{1001, 5}, {1001, 5}};
  ASSERT_EQ(::utimensat(AT_FDCWD, (folder_ / "new").c_str(), both, 0), 0);
  fs::rename(folder_ / "new", path_);
  const auto other_inode = inputs_.identify(path_, wall(2000)).value();
  EXPECT_FALSE(other_inode.was_known);
  EXPECT_EQ(other_inode.sha256, kAbc);
}

TEST_F(InputIdentityTest, DoesNotRememberWhatMayStillBeWritten) {
  write("abc", 1999);
  EXPECT_FALSE(inputs_.identify(path_, wall(2000)).value().was_known);
  EXPECT_FALSE(inputs_.identify(path_, wall(2000)).value().was_known);
  EXPECT_FALSE(inputs_.identify(path_, wall(2002)).value().was_known);
  EXPECT_TRUE(inputs_.identify(path_, wall(2002)).value().was_known);
}

TEST_F(InputIdentityTest, ReadsAgainWhenItsRowIsDamaged) {
  write("abc", 1000);
  ASSERT_TRUE(inputs_.identify(path_, wall(2000)).has_value());
  run_sql(folder_ / "store/effects.db", "UPDATE inputs SET sha256 = 'ffff'");
  const auto again = inputs_.identify(path_, wall(2000)).value();
  EXPECT_EQ(again.sha256, kAbc);
  EXPECT_FALSE(again.was_known);
  EXPECT_TRUE(inputs_.identify(path_, wall(2000)).value().was_known);
}

TEST_F(InputIdentityTest, RefusesWhatIsNoFile) {
  EXPECT_EQ(inputs_.identify(folder_ / "gone", wall(1)).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(inputs_.identify(folder_.path(), wall(1)).error().code, ErrorCode::kInvalidArgument);
  ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(inputs_.identify(folder_ / "pipe", wall(1)).error().code, ErrorCode::kInvalidArgument);
}

TEST_F(InputIdentityTest, StopsWhenAsked) {
  write("abc", 1000);
  std::stop_source source;
  source.request_stop();
  const auto stopped = inputs_.identify(path_, wall(2000), source.get_token());
  ASSERT_FALSE(stopped.has_value());
  EXPECT_EQ(stopped.error().code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace subtide
