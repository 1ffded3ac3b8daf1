#include "elements/hls_sink/published_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <thread>

#include "tests/support/shared_files.h"
#include "tests/support/small_disk.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

PublishedFolder::Bytes bytes(const std::string& text) {
  return std::make_shared<const std::string>(text);
}

std::string playlist(int first, const std::vector<std::string>& uris) {
  std::string text = "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:" + std::to_string(first) +
                     "\n#EXT-X-DISCONTINUITY-SEQUENCE:2\n";
  for (const auto& uri : uris) text += "#EXTINF:2.0,\n" + uri + "\n";
  return text;
}

class PublishedFolderTest : public testing::Test {
 protected:
  std::string read(const std::string& name) const {
    std::ifstream file(path() / name, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }
  bool has(const std::string& name) const { return fs::exists(path() / name); }
  fs::path path() const { return folder_.path() / "hls"; }
  /// The folder cannot be made while a file is in its place.
  void block() const { std::ofstream(path()) << "in the way"; }
  void unblock() const { fs::remove(path()); }
  static void wait() { std::this_thread::sleep_for(std::chrono::milliseconds(600)); }

  const TemporaryFolder folder_;
};

TEST_F(PublishedFolderTest, WritesWhatItIsGiven) {
  PublishedFolder folder(path());
  folder.write("audio_en/00000001.m4s", bytes("sound"));
  folder.write_playlist("audio_en/index.m3u8", playlist(1, {"00000001.m4s"}));
  EXPECT_EQ(read("audio_en/00000001.m4s"), "sound");
  EXPECT_THAT(read("audio_en/index.m3u8"), HasSubstr("00000001.m4s"));
  folder.remove("audio_en/00000001.m4s");
  EXPECT_FALSE(has("audio_en/00000001.m4s"));
  EXPECT_FALSE(folder.trouble());
}

TEST_F(PublishedFolderTest, PlaylistsWaitForFilesThatCannotBeWritten) {
  block();
  PublishedFolder folder(path());
  folder.write("audio_en/00000001.m4s", bytes("one"));
  folder.write("audio_en/00000002.m4s", bytes("two"));
  folder.write_playlist("audio_en/index.m3u8", playlist(1, {"00000001.m4s", "00000002.m4s"}));
  ASSERT_TRUE(folder.trouble());
  EXPECT_THAT(folder.trouble()->message, HasSubstr("hls"));
  EXPECT_EQ(folder.kept_bytes(), 6U);
  folder.try_again();
  folder.remove("audio_en/00000001.m4s");
  EXPECT_EQ(folder.kept_bytes(), 3U) << "nobody wants it any more";
  unblock();
  wait();
  folder.try_again();
  EXPECT_FALSE(folder.trouble());
  EXPECT_EQ(folder.kept_bytes(), 0U);
  EXPECT_FALSE(has("audio_en/00000001.m4s"));
  EXPECT_EQ(read("audio_en/00000002.m4s"), "two");
  EXPECT_THAT(read("audio_en/index.m3u8"), HasSubstr("00000002.m4s"));
}

TEST_F(PublishedFolderTest, WhatIsTooMuchToKeepIsAGap) {
  block();
  PublishedFolder folder(path());
  const std::string large(PublishedFolder::kMostKept / 2, 'x');
  folder.write("video_a/init.mp4", bytes("init"));
  folder.write("video_a/00000001.m4s", bytes(large));
  folder.write("video_a/00000002.m4s", bytes(large));
  folder.write("video_a/00000003.m4s", bytes("three"));
  EXPECT_LE(folder.kept_bytes(), PublishedFolder::kMostKept);
  folder.write_playlist("video_a/index.m3u8",
                        playlist(1, {"00000001.m4s", "00000002.m4s", "00000003.m4s"}));
  unblock();
  wait();
  folder.try_again();
  ASSERT_FALSE(folder.trouble()) << folder.trouble()->message;
  EXPECT_TRUE(has("video_a/init.mp4")) << "nothing plays without it";
  EXPECT_FALSE(has("video_a/00000001.m4s"));
  EXPECT_THAT(read("video_a/index.m3u8"),
              HasSubstr("#EXTINF:2.0,\n#EXT-X-GAP\n00000001.m4s\n#EXTINF:2.0,\n00000002.m4s\n"));
  folder.write_playlist("video_a/index.m3u8", playlist(1, {"00000001.m4s"}));
  EXPECT_THAT(read("video_a/index.m3u8"), HasSubstr("#EXT-X-GAP\n00000001.m4s"));
  EXPECT_THAT(read("video_a/index.m3u8"), Not(HasSubstr("#EXT-X-GAP\n#EXT-X-GAP")));
}

TEST_F(PublishedFolderTest, KnowsWhereAFormerPresentationEndedAndCleansUpBehindIt) {
  for (const auto* name : {"audio_en/init.mp4", "audio_en/00000007.m4s", "audio_en/00000008.1.m4s",
                           "subs_en/00000008.vtt", "audio_en/mine.m4s", "00000001.m4s"}) {
    fs::create_directories((path() / name).parent_path());
    std::ofstream(path() / name) << "old";
  }
  std::ofstream(path() / "audio_en/index.m3u8") << playlist(7, {"00000007.m4s"});
  std::ofstream(path() / "subs_en/index.m3u8") << playlist(7, {"00000007.vtt", "00000008.vtt"});
  PublishedFolder folder(path());
  EXPECT_EQ(folder.former_end(), (PlaylistEnd{9, 2}));
  folder.write("audio_en/00000009.m4s", bytes("new"));
  folder.write("audio_en/init_00000009.mp4", bytes("new"));
  EXPECT_TRUE(has("audio_en/00000007.m4s")) << "players may still ask for it";
  folder.remove("audio_en/00000004.m4s");
  EXPECT_FALSE(has("audio_en/00000007.m4s"));
  EXPECT_FALSE(has("audio_en/00000008.1.m4s"));
  EXPECT_FALSE(has("subs_en/00000008.vtt"));
  EXPECT_FALSE(has("audio_en/init.mp4"));
  EXPECT_TRUE(has("audio_en/00000009.m4s"));
  EXPECT_TRUE(has("audio_en/init_00000009.mp4"));
  EXPECT_TRUE(has("audio_en/mine.m4s")) << "not ours";
  EXPECT_TRUE(has("00000001.m4s")) << "not ours";
}

}  // namespace
}  // namespace subtide
