#include "engine/app/settling_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace subtide {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

/// A folder as it is told, and the clock of the test.
class Folder {
 public:
  void put(const std::string& name, std::uint64_t size) {
    files_[name] = {size, std::chrono::nanoseconds(++changes_)};
  }
  void remove(const std::string& name) { files_.erase(name); }
  void add_folder(const std::string& name) { folders_.push_back(name); }
  void open_for_writing(const std::string& name) { open_ = name; }
  void close() { open_.clear(); }
  void be_unreadable(bool is_unreadable) { is_unreadable_ = is_unreadable; }

  FolderNews after(std::chrono::milliseconds time) {
    now_ += time;
    FolderSight sight{{}, folders_, !is_unreadable_};
    for (const auto& [name, state] : files_) {
      if (!is_unreadable_) sight.files.push_back({name, state});
    }
    return settling_.step(
        sight, [this](const SeenFile& seen) { return seen.path == open_; }, now_);
  }
  /// "a.mp4 v1" of each that is ready.
  std::vector<std::string> ready_after(std::chrono::milliseconds time) {
    std::vector<std::string> names;
    for (const auto& file : after(time).ready) {
      names.push_back(file.path.string() + " v" + std::to_string(file.version));
    }
    return names;
  }
  /// From now until the next step is due.
  std::optional<SettlingFiles::Clock::duration> until_next() const {
    const auto next = settling_.next_step();
    if (!next) return std::nullopt;
    return *next - now_;
  }

 private:
  SettlingFiles settling_{2s, 30s};
  SettlingFiles::Clock::time_point now_{1h};
  std::map<std::string, FileState> files_;
  std::vector<std::filesystem::path> folders_ = {"in"};
  std::string open_;
  bool is_unreadable_ = false;
  int changes_ = 0;
};

TEST(SettlingFiles, AFileIsReadyOnceItHasNotChangedForTheSettleTime) {
  Folder folder;
  folder.put("b.mp4", 10);
  folder.put("a.mp4", 20);
  EXPECT_THAT(folder.ready_after(0s), IsEmpty());
  EXPECT_EQ(folder.until_next(), 2s);
  EXPECT_THAT(folder.ready_after(1999ms), IsEmpty());
  EXPECT_EQ(folder.until_next(), 1ms);
  EXPECT_THAT(folder.ready_after(1ms), ElementsAre("a.mp4 v1", "b.mp4 v1"));
  EXPECT_EQ(folder.until_next(), std::nullopt);
  EXPECT_THAT(folder.ready_after(1h), IsEmpty());
}

TEST(SettlingFiles, AFileThatGrowsIsWaitedFor) {
  Folder folder;
  for (std::uint64_t size = 1; size < 20; ++size) {
    folder.put("a.mp4", size);
    EXPECT_THAT(folder.ready_after(1900ms), IsEmpty()) << size;
  }
  EXPECT_THAT(folder.ready_after(2s), ElementsAre("a.mp4 v1"));
}

TEST(SettlingFiles, AFileThatIsWrittenOverInItsSizeIsWaitedFor) {
  Folder folder;
  folder.put("a.mp4", 5);
  EXPECT_THAT(folder.ready_after(0s), IsEmpty());
  folder.put("a.mp4", 5);
  EXPECT_THAT(folder.ready_after(2s), IsEmpty());
  EXPECT_THAT(folder.ready_after(2s), ElementsAre("a.mp4 v1"));
}

TEST(SettlingFiles, AWriterThatPausesIsWaitedFor) {
  Folder folder;
  folder.put("a.mp4", 5);
  folder.open_for_writing("a.mp4");
  EXPECT_THAT(folder.ready_after(0s), IsEmpty());
  EXPECT_THAT(folder.ready_after(10s), IsEmpty());
  EXPECT_EQ(folder.until_next(), 2s);
  EXPECT_THAT(folder.ready_after(1h), IsEmpty());
  folder.close();
  EXPECT_THAT(folder.ready_after(1ms), ElementsAre("a.mp4 v1"));
}

TEST(SettlingFiles, AFileThatChangesLaterIsReadyAnewAsTheNextVersion) {
  Folder folder;
  folder.put("a.mp4", 5);
  EXPECT_THAT(folder.ready_after(0s), IsEmpty());
  EXPECT_THAT(folder.ready_after(2s), ElementsAre("a.mp4 v1"));
  folder.put("a.mp4", 6);
  EXPECT_THAT(folder.ready_after(1s), IsEmpty());
  folder.put("a.mp4", 7);
  EXPECT_THAT(folder.ready_after(1s), IsEmpty());
  const auto news = folder.after(2s);
  ASSERT_EQ(news.ready.size(), 1U);
  EXPECT_EQ(news.ready[0].version, 2);
  EXPECT_EQ(news.ready[0].state.size, 7U);
}

TEST(SettlingFiles, FilesWithoutContentWaitLonger) {
  Folder folder;
  folder.put("empty.mp4", 0);
  folder.put("announced.mp4", 0);
  EXPECT_THAT(folder.ready_after(0s), IsEmpty());
  EXPECT_THAT(folder.ready_after(29s), IsEmpty());
  folder.put("announced.mp4", 100);
  EXPECT_THAT(folder.ready_after(1s), ElementsAre("empty.mp4 v1"));
  EXPECT_THAT(folder.ready_after(2s), ElementsAre("announced.mp4 v1"));
}

TEST(SettlingFiles, FilesThatGoAreToldOf) {
  Folder folder;
  folder.put("ready.mp4", 5);
  EXPECT_THAT(folder.ready_after(0s), IsEmpty());
  folder.put("waiting.mp4", 5);
  EXPECT_THAT(folder.ready_after(2s), ElementsAre("ready.mp4 v1"));
  folder.remove("ready.mp4");
  folder.remove("waiting.mp4");
  const auto news = folder.after(1s);
  ASSERT_EQ(news.vanished.size(), 2U);
  EXPECT_EQ(news.vanished[0].path, "ready.mp4");
  EXPECT_TRUE(news.vanished[0].was_ready);
  EXPECT_EQ(news.vanished[1].path, "waiting.mp4");
  EXPECT_FALSE(news.vanished[1].was_ready);
  EXPECT_TRUE(folder.after(1h).empty());
  folder.put("ready.mp4", 5);
  EXPECT_THAT(folder.ready_after(1s), IsEmpty());
  EXPECT_THAT(folder.ready_after(2s), ElementsAre("ready.mp4 v1"));
}

TEST(SettlingFiles, NothingIsGoneWhileTheFolderCannotBeRead) {
  Folder folder;
  folder.put("a.mp4", 5);
  EXPECT_THAT(folder.ready_after(0s), IsEmpty());
  EXPECT_THAT(folder.ready_after(2s), ElementsAre("a.mp4 v1"));
  folder.be_unreadable(true);
  EXPECT_TRUE(folder.after(1s).empty());
  folder.be_unreadable(false);
  EXPECT_TRUE(folder.after(1s).empty());
}

TEST(SettlingFiles, NewFoldersAreToldOfAndThoseOfTheBeginningAreNot) {
  Folder folder;
  EXPECT_THAT(folder.after(0s).new_folders, IsEmpty());
  folder.add_folder("in/day2");
  EXPECT_THAT(folder.after(1s).new_folders, ElementsAre("in/day2"));
  EXPECT_THAT(folder.after(1s).new_folders, IsEmpty());
}

}  // namespace
}  // namespace subtide
