// The watched folder on a real disk. Nothing here waits for a time to pass: a wait ends with news.
#include "engine/app/folder_watch.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <future>

#include "engine/app/open_writers.h"
#include "tests/support/shared_files.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

void write(const fs::path& path, std::string_view content) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << content;
}

/// A file that stays open for writing.
class OpenFile {
 public:
  explicit OpenFile(const fs::path& path)
      : descriptor_(::open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0644)) {
    EXPECT_EQ(::write(descriptor_, "half", 4), 4);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() { ::close(descriptor_); }

 private:
  int descriptor_;
};

class FolderWatchTest : public testing::Test {
 protected:
  FolderWatchTest() { fs::create_directories(root()); }
  fs::path root() const { return folder_ / "in"; }
  fs::path at(std::string_view name) const { return root() / name; }

  void watch(FolderWatchOptions options = {}) {
    options.folder = root();
    options.settle = 20ms;
    options.empty_settle = 20ms;
    options.look_every = 50ms;
    auto made = FolderWatch::create(std::move(options));
    ASSERT_TRUE(made) << made.error().message;
    watch_ = std::move(*made);
  }

  /// The next news; a test that gets none for a minute fails.
  FolderNews next() {
    std::stop_source stop;
    auto news = std::async(std::launch::async, [&] { return watch_->wait(stop.get_token()); });
    if (news.wait_for(60s) != std::future_status::ready) {
      ADD_FAILURE() << "no news";
      stop.request_stop();
    }
    return news.get();
  }
  /// Names below the root of the files that are ready, until there are `count`: they may come one
  /// by one.
  std::vector<std::string> ready(std::size_t count) {
    std::vector<std::string> names;
    while (names.size() < count) {
      const auto news = next();
      if (news.empty()) break;
      for (const auto& file : news.ready) {
        names.push_back(file.path.lexically_relative(root()).string() + " v" +
                        std::to_string(file.version));
      }
    }
    std::ranges::sort(names);
    return names;
  }

  TemporaryFolder folder_;
  std::unique_ptr<FolderWatch> watch_;
};

TEST_F(FolderWatchTest, FindsTheMediaFilesThatAreThere) {
  for (const char* name : {"b.mp4", "A.MKV", "deep/er/c.wav", "empty.mp4"}) {
    write(at(name), std::string(name) == "empty.mp4" ? "" : "media");
  }
  for (const char* name : {".hidden.mp4", ".folder/d.mp4", "notes.txt", "e.mp4.part",
                           "f.mp4.crdownload", "g.tmp.mp4", "~h.mp4", "i.mp4~", "j.srt"}) {
    write(at(name), "not this");
  }
  fs::create_symlink(root(), at("deep/round"));
  watch();
  EXPECT_THAT(ready(4), ElementsAre("A.MKV v1", "b.mp4 v1", "deep/er/c.wav v1", "empty.mp4 v1"));
}

TEST_F(FolderWatchTest, AFileThatIsBeingWrittenIsReadyWhenItsWriterCloses) {
  watch();
  auto writer = std::make_unique<OpenFile>(at("half.mp4"));
  write(at("whole.mp4"), "whole");
  EXPECT_THAT(ready(1), ElementsAre("whole.mp4 v1"));
  write(at("second.mp4"), "whole");
  EXPECT_THAT(ready(1), ElementsAre("second.mp4 v1"));
  writer.reset();
  EXPECT_THAT(ready(1), ElementsAre("half.mp4 v1"));
}

TEST_F(FolderWatchTest, AFileThatIsRenamedWhenDoneIsReady) {
  watch();
  write(at("talk.mp4.part"), "media");
  fs::rename(at("talk.mp4.part"), at("talk.mp4"));
  EXPECT_THAT(ready(1), ElementsAre("talk.mp4 v1"));
}

TEST_F(FolderWatchTest, AChangedFileIsTakenAnew) {
  watch();
  write(at("a.mp4"), "one");
  EXPECT_THAT(ready(1), ElementsAre("a.mp4 v1"));
  write(at("a.mp4"), "another");
  EXPECT_THAT(ready(1), ElementsAre("a.mp4 v2"));
}

TEST_F(FolderWatchTest, NewFoldersAndVanishedFilesAreNews) {
  write(at("a.mp4"), "media");
  watch();
  EXPECT_THAT(ready(1), ElementsAre("a.mp4 v1"));
  fs::create_directories(at("day2"));
  EXPECT_THAT(next().new_folders, ElementsAre(at("day2")));
  write(at("day2/b.mp4"), "media");
  EXPECT_THAT(ready(1), ElementsAre("day2/b.mp4 v1"));
  fs::remove(at("a.mp4"));
  const auto news = next();
  ASSERT_EQ(news.vanished.size(), 1U);
  EXPECT_EQ(news.vanished[0].path, at("a.mp4"));
  EXPECT_TRUE(news.vanished[0].was_ready);
}

TEST_F(FolderWatchTest, WhatIsLeftOutStaysOut) {
  write(at("a.mp4"), "media");
  write(at("out/a_720p.mp4"), "an output");
  FolderWatchOptions options;
  options.is_left_out = [this](const fs::path& path) { return path == at("out"); };
  watch(std::move(options));
  EXPECT_THAT(ready(1), ElementsAre("a.mp4 v1"));
  write(at("b.mp4"), "media");
  EXPECT_THAT(ready(1), ElementsAre("b.mp4 v1"));
}

TEST_F(FolderWatchTest, AStopEndsTheWaitAtOnce) {
  watch();
  std::stop_source stop;
  auto waiting = std::async(std::launch::async, [&] { return watch_->wait(stop.get_token()); });
  stop.request_stop();
  ASSERT_EQ(waiting.wait_for(60s), std::future_status::ready);
  EXPECT_TRUE(waiting.get().empty());
  EXPECT_TRUE(watch_->wait(stop.get_token()).empty());
  write(at("a.mp4"), "media");
  EXPECT_THAT(ready(1), ElementsAre("a.mp4 v1"));
}

TEST_F(FolderWatchTest, AFolderThatGoesAwayIsToldOfAndLookedForAgain) {
  write(at("a.mp4"), "media");
  watch();
  EXPECT_THAT(ready(1), ElementsAre("a.mp4 v1"));
  fs::rename(root(), folder_ / "away");
  const auto news = next();
  ASSERT_TRUE(news.problem);
  EXPECT_THAT(news.problem->message, HasSubstr("cannot be read now"));
  EXPECT_THAT(news.vanished, IsEmpty());
  fs::rename(folder_ / "away", root());
  write(at("b.mp4"), "media");
  EXPECT_THAT(ready(1), ElementsAre("b.mp4 v1"));
}

TEST_F(FolderWatchTest, OnlyFoldersCanBeWatched) {
  FolderWatchOptions options;
  options.folder = at("none");
  EXPECT_EQ(FolderWatch::create(options).error().code, ErrorCode::kNotFound);
  options.folder = at("a.mp4");
  write(options.folder, "media");
  EXPECT_THAT(FolderWatch::create(options).error().message, HasSubstr("is not a folder"));
}

TEST(TemporaryNames, AreThoseOfDownloadsAndCopies) {
  for (const char* name : {"a.mp4.part", "a.mp4.PARTIAL", "a.part.mp4", "a.temp.mp4", "~a.mp4",
                           "a.mp4~", "a.mp4.crdownload", "a.tmp"}) {
    EXPECT_TRUE(is_temporary_name(name)) << name;
  }
  for (const char* name : {"a.mp4", "part.mp4", "a.part1.mp4", "temp", "a"}) {
    EXPECT_FALSE(is_temporary_name(name)) << name;
  }
}

TEST(OpenWriters, SeeWhoHasAFileOpenForWriting) {
  const TemporaryFolder folder;
  const auto path = folder / "a.mp4";
  auto writer = std::make_unique<OpenFile>(path);
  const int reader = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_GE(reader, 0);
  struct stat file {};
  ASSERT_EQ(::fstat(reader, &file), 0);
  const FileId id{file.st_dev, file.st_ino};
  EXPECT_TRUE(files_open_for_writing().contains(id));
  EXPECT_TRUE(OpenWriters().has_one(reader));
  // Leases need a local disk and the right to take one; where they tell, they tell the truth.
  EXPECT_TRUE(lease_shows_writer(reader).value_or(true));
  writer.reset();
  EXPECT_FALSE(files_open_for_writing().contains(id));
  EXPECT_FALSE(OpenWriters().has_one(reader));
  EXPECT_FALSE(lease_shows_writer(reader).value_or(false));
  ::close(reader);
}

TEST(OpenWriters, ALocalDiskIsOneThatThisMachineAloneWritesTo) {
  EXPECT_FALSE(is_on_local_disk("/proc"));
  EXPECT_FALSE(is_on_local_disk("/no/such/folder"));
}

}  // namespace
}  // namespace subtide
