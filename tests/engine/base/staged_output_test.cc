#include "engine/base/staged_output.h"

#include <gmock/gmock.h>

#include <fstream>

#include "tests/support/shared_files.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;
using IfExists = StagedOutput::IfExists;
using testing::HasSubstr;

void put(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }

std::string text_of(const fs::path& path) { return read_file(path, 1 << 20).value_or("(none)"); }

StagedOutput staged(const fs::path& path, IfExists if_exists = IfExists::kRefuse) {
  auto made = StagedOutput::create(path, if_exists);
  EXPECT_TRUE(made) << made.error().message;
  return *std::move(made);
}

TEST(StagedOutput, AFileAppearsWhenItIsPublished) {
  const TemporaryFolder folder;
  auto output = staged(folder / "talk.mp4");
  put(output.staging(), "movie");
  EXPECT_FALSE(fs::exists(folder / "talk.mp4"));
  EXPECT_TRUE(output.staging().filename().string().starts_with("."));
  ASSERT_TRUE(output.publish());
  EXPECT_EQ(text_of(folder / "talk.mp4"), "movie");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 1);
}

TEST(StagedOutput, NothingStaysOfWhatWasNotPublished) {
  const TemporaryFolder folder;
  {
    auto file = staged(folder / "talk.mp4");
    put(file.staging(), "half");
    auto presentation = staged(folder / "talk");
    fs::create_directories(presentation.staging() / "video_720p");
    put(presentation.staging() / "video_720p/00000001.m4s", "half");
  }
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(StagedOutput, WhatAKilledProcessLeftIsRemoved) {
  const TemporaryFolder folder;
  fs::create_directories(folder / ".talk.part/video_720p");
  put(folder / ".talk.part/video_720p/00000001.m4s", "of a killed one");
  auto output = staged(folder / "talk");
  EXPECT_FALSE(fs::exists(output.staging()));
}

TEST(StagedOutput, AFolderTakesThePlaceOfAnother) {
  const TemporaryFolder folder;
  fs::create_directories(folder / "talk");
  put(folder / "talk/old", "old");
  auto output = staged(folder / "talk", IfExists::kReplace);
  fs::create_directories(output.staging());
  put(output.staging() / "new", "new");
  ASSERT_TRUE(output.publish());
  EXPECT_EQ(text_of(folder / "talk/new"), "new");
  EXPECT_FALSE(fs::exists(folder / "talk/old"));
  EXPECT_FALSE(fs::exists(folder / ".talk.part"));
}

TEST(StagedOutput, RefusesANameThatIsTaken) {
  const TemporaryFolder folder;
  put(folder / "talk.mp4", "mine");
  const auto early = StagedOutput::create(folder / "talk.mp4", IfExists::kRefuse);
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().code, ErrorCode::kAlreadyExists);
  EXPECT_THAT(early.error().message, HasSubstr("--force"));

  auto late = staged(folder / "other.mp4");
  put(late.staging(), "ours");
  put(folder / "other.mp4", "somebody was faster");
  EXPECT_EQ(late.publish().error().code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(text_of(folder / "other.mp4"), "somebody was faster");
}

TEST(StagedOutput, TellsWhatCouldNotBeWritten) {
  const TemporaryFolder folder;
  auto output = staged(folder / "talk.mp4");
  EXPECT_EQ(output.publish().error().code, ErrorCode::kIo);
}

}  // namespace
}  // namespace subtide
