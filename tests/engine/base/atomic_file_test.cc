#include "engine/base/atomic_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include <filesystem>
#include <string>

namespace subtide {
namespace {

namespace fs = std::filesystem;
using enum AtomicFile::IfExists;

class AtomicFileTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "subtide-atomic-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }

  int entries() const {
    return static_cast<int>(
        std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }

  fs::path folder_;
};

TEST_F(AtomicFileTest, AppearsOnlyWhenCommitted) {
  const fs::path path = folder_ / "a.srt";
  auto file = AtomicFile::create(path, kRefuse);
  ASSERT_TRUE(file.has_value());
  ASSERT_TRUE(file->write("hello").has_value());
  EXPECT_FALSE(fs::exists(path));
  ASSERT_TRUE(file->commit().has_value());
  EXPECT_EQ(read_file(path, 100).value(), "hello");
}

TEST_F(AtomicFileTest, LeavesNothingBehindWithoutCommit) {
  {
    auto file = AtomicFile::create(folder_ / "a.srt", kReplace);
    ASSERT_TRUE(file->write("half").has_value());
  }
  EXPECT_EQ(entries(), 0);
}

TEST_F(AtomicFileTest, RefusesAnExistingFileAtOnce) {
  const fs::path path = folder_ / "a.srt";
  ASSERT_TRUE(write_file_atomically(path, "old", kRefuse).has_value());
  const auto file = AtomicFile::create(path, kRefuse);
  ASSERT_FALSE(file.has_value());
  EXPECT_EQ(file.error().code, ErrorCode::kAlreadyExists);
}

TEST_F(AtomicFileTest, RefusesAFileThatAppearedMeanwhile) {
  const fs::path path = folder_ / "a.srt";
  auto file = AtomicFile::create(path, kRefuse);
  ASSERT_TRUE(write_file_atomically(path, "other", kRefuse).has_value());
  const Status committed = file->commit();
  ASSERT_FALSE(committed.has_value());
  EXPECT_EQ(committed.error().code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(read_file(path, 100).value(), "other");
}

TEST_F(AtomicFileTest, ReplacesWhenAllowed) {
  const fs::path path = folder_ / "a.srt";
  ASSERT_TRUE(write_file_atomically(path, "old", kRefuse).has_value());
  ASSERT_TRUE(write_file_atomically(path, "new", kReplace).has_value());
  EXPECT_EQ(read_file(path, 100).value(), "new");
  EXPECT_EQ(entries(), 1);
}

TEST_F(AtomicFileTest, OneThatIsFlushedLaterIsWholeAllTheSame) {
  for (const auto* text : {"first", "second"}) {
    const auto written =
        write_file_atomically(folder_ / "a.m4s", text, kReplace, AtomicFile::Flush::kLater);
    ASSERT_TRUE(written) << written.error().message;
    EXPECT_EQ(*read_file(folder_ / "a.m4s", 100), text);
  }
  auto file = AtomicFile::create(folder_ / "a.m4s", kReplace);
  ASSERT_TRUE(file);
  ASSERT_TRUE(file->write("third"));
  ASSERT_TRUE(file->commit(AtomicFile::Flush::kLater));
  EXPECT_EQ(*read_file(folder_ / "a.m4s", 100), "third");
}

TEST_F(AtomicFileTest, RemovesWhatAKilledProcessLeftAndNothingElse) {
  const fs::path path = folder_ / "a.srt";
  ASSERT_TRUE(write_file_atomically(path, "old", kRefuse).has_value());
  for (const char* name : {".a.srt.999999999.partial", ".b.srt.999999999.partial", ".a.srt.x"}) {
    ASSERT_TRUE(write_file_atomically(folder_ / name, "left", kRefuse).has_value());
  }
  const fs::path busy = folder_ / ".a.srt.1.partial";
  ASSERT_TRUE(write_file_atomically(busy, "under way", kRefuse).has_value());
  const int descriptor = ::open(busy.c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_EQ(::flock(descriptor, LOCK_EX | LOCK_NB), 0);
  ASSERT_TRUE(write_file_atomically(path, "new", kReplace).has_value());
  ::close(descriptor);
  EXPECT_FALSE(fs::exists(folder_ / ".a.srt.999999999.partial"));
  EXPECT_TRUE(fs::exists(busy));
  EXPECT_EQ(entries(), 4);
  EXPECT_EQ(read_file(path, 100).value(), "new");
}

TEST_F(AtomicFileTest, NamesTheFolderThatIsMissing) {
  const auto file = AtomicFile::create(folder_ / "none" / "a.srt", kRefuse);
  ASSERT_FALSE(file.has_value());
  EXPECT_EQ(file.error().code, ErrorCode::kNotFound);
  EXPECT_NE(file.error().message.find("none/a.srt"), std::string::npos);
}

TEST_F(AtomicFileTest, ReadingRefusesWhatIsTooLarge) {
  const fs::path path = folder_ / "a.txt";
  ASSERT_TRUE(write_file_atomically(path, "12345", kRefuse).has_value());
  EXPECT_TRUE(read_file(path, 5).has_value());
  EXPECT_EQ(read_file(path, 4).error().code, ErrorCode::kBadInput);
}

TEST_F(AtomicFileTest, ReadingNamesAFileThatIsNotThere) {
  EXPECT_EQ(read_file(folder_ / "gone", 5).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(read_file(folder_, 5).error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace subtide
