#include "elements/hls_sink/folder_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <future>
#include <sstream>

#include "tests/support/shared_files.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class FolderWriterTest : public testing::Test {
 protected:
  std::string read(const std::string& name) const {
    std::ifstream file(path() / name, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }
  fs::path path() const { return folder_.path() / "hls"; }
  FolderWriter::Callbacks callbacks() {
    FolderWriter::Callbacks told;
    told.on_error = [this](const Error&) { ++errors_; };
    told.on_end = [this] { ended_.set_value(); };
    told.on_playlist = [this](const PlaylistUpdate& update) {
      seen_.push_back(update.name + (read(update.name) == update.text ? "" : " is not there"));
    };
    told.on_segment = [this](const SegmentPublished& segment, std::uint64_t bytes) {
      seen_.push_back(segment.name + " " + std::to_string(bytes) + " " + read(segment.name));
    };
    return told;
  }
  static PlaylistUpdate playlist(const std::vector<std::string>& uris) {
    PlaylistUpdate update;
    update.rendition = "audio_en";
    update.name = "audio_en/index.m3u8";
    update.text = "#EXTM3U\n";
    for (const auto& uri : uris) update.text += "#EXTINF:2.0,\n" + uri + "\n";
    return update;
  }
  static SegmentPublished segment(const std::string& name) {
    SegmentPublished published;
    published.rendition = "audio_en";
    published.name = name;
    return published;
  }
  static PublishedFolder::Bytes bytes(std::string text) {
    return std::make_shared<const std::string>(std::move(text));
  }
  void wait_for_end() { ASSERT_EQ(ended_.get_future().wait_for(kMost), std::future_status::ready); }

  static constexpr std::chrono::seconds kMost{60};
  const TemporaryFolder folder_;
  std::vector<std::string> seen_;
  std::atomic<int> errors_ = 0;
  std::promise<void> ended_;
};

TEST_F(FolderWriterTest, TellsOfWhatIsThereInTheOrderOfTheQuestions) {
  FolderWriter writer(PublishedFolder(path()), "hls", callbacks());
  writer.write("audio_en/1.m4s", bytes("sound"));
  writer.write_playlist(playlist({"1.m4s"}));
  writer.tell(segment("audio_en/1.m4s"));
  writer.remove("audio_en/1.m4s");
  writer.finish();
  wait_for_end();
  EXPECT_THAT(seen_, ElementsAre("audio_en/index.m3u8", "audio_en/1.m4s 5 sound"));
  EXPECT_FALSE(fs::exists(path() / "audio_en" / "1.m4s"));
  EXPECT_EQ(errors_, 0);
}

TEST_F(FolderWriterTest, NobodyWaitsForTheDisk) {
  std::promise<void> disk;
  auto told = callbacks();
  const auto stuck = disk.get_future().share();
  told.on_segment = [stuck](const SegmentPublished&, std::uint64_t) { stuck.wait(); };
  FolderWriter writer(PublishedFolder(path()), "hls", told);
  writer.tell(segment("audio_en/0.m4s"));
  writer.write("audio_en/1.m4s", bytes("sound"));
  writer.write_playlist(playlist({"1.m4s"}));
  EXPECT_FALSE(fs::exists(path() / "audio_en"));
  disk.set_value();
  writer.finish();
  wait_for_end();
  EXPECT_EQ(read("audio_en/1.m4s"), "sound");
}

TEST_F(FolderWriterTest, MemoryIsBoundedAndWhatIsGivenUpIsAGap) {
  std::promise<void> disk;
  auto told = callbacks();
  const auto stuck = disk.get_future().share();
  told.on_segment = [stuck](const SegmentPublished&, std::uint64_t) { stuck.wait(); };
  told.on_playlist = nullptr;
  FolderWriter writer(PublishedFolder(path()), "hls", told);
  writer.tell(segment("audio_en/0.m4s"));
  writer.write("audio_en/init.mp4", bytes("init"));
  for (const auto* name : {"1.m4s", "2.m4s", "3.m4s"}) {
    writer.write(std::string("audio_en/") + name,
                 bytes(std::string(PublishedFolder::kMostKept / 2, 'x')));
  }
  writer.write_playlist(playlist({"1.m4s", "2.m4s", "3.m4s"}));
  disk.set_value();
  writer.finish();
  wait_for_end();
  EXPECT_FALSE(fs::exists(path() / "audio_en" / "1.m4s"));
  EXPECT_EQ(read("audio_en/init.mp4"), "init");
  EXPECT_EQ(fs::file_size(path() / "audio_en" / "3.m4s"), PublishedFolder::kMostKept / 2);
  const std::string text = read("audio_en/index.m3u8");
  EXPECT_THAT(text, HasSubstr("#EXT-X-GAP\n1.m4s\n"));
  EXPECT_THAT(text, Not(HasSubstr("#EXT-X-GAP\n3.m4s\n")));
}

TEST_F(FolderWriterTest, ADiskInTroubleGetsSomeMoreChancesAtTheEnd) {
  std::ofstream(path()) << "in the way";
  FolderWriter writer(PublishedFolder(path()), "hls", callbacks());
  writer.write("audio_en/1.m4s", bytes("sound"));
  writer.write_playlist(playlist({"1.m4s"}));
  writer.finish();
  const auto until = std::chrono::steady_clock::now() + kMost;
  while (errors_ == 0 && std::chrono::steady_clock::now() < until) std::this_thread::yield();
  EXPECT_EQ(errors_, 1);
  fs::remove(path());
  wait_for_end();
  EXPECT_EQ(read("audio_en/1.m4s"), "sound");
}

TEST_F(FolderWriterTest, DoesWhatIsLeftWhenItGoes) {
  {
    FolderWriter writer(PublishedFolder(path()), "hls", callbacks());
    for (int i = 0; i < 20; ++i) writer.write("audio_en/" + std::to_string(i), bytes("sound"));
  }
  EXPECT_EQ(read("audio_en/19"), "sound");
}

}  // namespace
}  // namespace subtide
