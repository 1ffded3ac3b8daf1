// A disk that is full under a running stream (F17, live).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <thread>

#include "tests/live/live_faults.h"
#include "tests/support/plain_http.h"
#include "tests/support/small_disk.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::IsEmpty;

std::size_t count_of(const std::string& text, const std::string& what) {
  std::size_t count = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++count;
  return count;
}

/// Names of files that are on their way to another name.
std::vector<std::string> unfinished_files(const fs::path& folder) {
  std::vector<std::string> found;
  for (const auto& each : fs::recursive_directory_iterator(folder)) {
    const std::string name = each.path().filename().string();
    if (name.starts_with('.') || name.ends_with(".tmp")) found.push_back(name);
  }
  return found;
}

class DiskFault : public testing::Test {
 protected:
  void SetUp() override {
    SUBTIDE_REQUIRE_PROGRAM("ffmpeg");
    write_programme(programme_, {seconds(60), true, 1.4});
  }

  static std::string playlist_over_http(const LiveRun& run) {
    return plain_get(static_cast<std::uint16_t>(run.http_port()), "/hls/audio_en/index.m3u8").body;
  }

  const TemporaryFolder folder_;
  const fs::path programme_ = folder_.path() / "programme.ts";
};

TEST_F(DiskFault, AFullDiskIsToldOnceViewersGoOnAndWritingAndRecordingResume) {
  const SmallDisk disk(folder_.path() / "disk", "24m");
  if (!disk.is_there()) GTEST_SKIP() << "mounting a tmpfs is not allowed here";
  const fs::path record = folder_.path() / "disk" / "record.mkv";
  LiveRunSetting setting;
  setting.hls = folder_.path() / "disk" / "hls";
  LiveRun run({"--latency", "1s", "--record", record.string()}, setting);
  const auto sender = run.send(programme_);
  ASSERT_TRUE(run.wait_for_segments("audio_en", 3)) << run.end().summary();
  disk.fill();
  const std::size_t at_full = read_segments(run.hls() / "audio_en" / "index.m3u8").size();
  std::vector<std::string> missing;
  const auto look = [&] {
    for (auto& file : missing_files(run.hls())) missing.push_back(std::move(file));
    return false;
  };
  wait_until(look, seconds(is_long_form() ? 30 : 8));
  const std::size_t on_disk = read_segments(run.hls() / "audio_en" / "index.m3u8").size();
  const std::size_t served = count_of(playlist_over_http(run), "#EXTINF");
  EXPECT_GE(served, at_full + 2) << "viewers over HTTP go on";
  const auto last = playlist_over_http(run);
  const auto name = last.substr(last.rfind("\n0") + 1, 12);
  const auto segment =
      plain_get(static_cast<std::uint16_t>(run.http_port()), "/hls/audio_en/" + name);
  EXPECT_EQ(segment.status, 200) << name;
  disk.make_room();
  const auto begun = WallClock::now();
  const bool has_resumed = wait_until(
      [&] {
        look();
        return read_segments(run.hls() / "audio_en" / "index.m3u8").size() >= served;
      },
      seconds(90));
  const std::chrono::duration<double> took = WallClock::now() - begun;
  EXPECT_TRUE(has_resumed);
  const fs::path next_record = folder_.path() / "disk" / "record-2.mkv";
  EXPECT_TRUE(wait_until([&] { return fs::exists(next_record); }, seconds(90)));
  const std::chrono::duration<double> recording = WallClock::now() - begun;
  const auto tells = [&](const std::string& type, const fs::path& file) {
    return std::ranges::any_of(run.events(type), [&](const nlohmann::json& event) {
      return event["target"] == file.string();
    });
  };
  EXPECT_TRUE(wait_until([&] { return tells("output.cleared", next_record); }, seconds(90)));
  std::this_thread::sleep_for(seconds(2));
  const auto ended = run.end();
  look();
  EXPECT_EQ(ended.exit_code, 3) << "the recording is not whole: " << ended.summary();
  EXPECT_EQ(count_of(ended.err, "cannot write"), 1U) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("record.mkv: full: the disk is full"));
  EXPECT_THAT(ended.err, HasSubstr("record-2.mkv: ended"));
  EXPECT_THAT(ended.err, HasSubstr("written again"));
  EXPECT_TRUE(tells("output.congested", record)) << ended.err;
  EXPECT_THAT(missing, IsEmpty()) << "named by a playlist on the disk";
  EXPECT_THAT(unfinished_files(run.hls()), IsEmpty());
  const auto heard = heard_words(run.hls() / "audio_en");
  EXPECT_EQ(missing_words(heard), 0) << "of the sound on the disk";
  for (const auto& file : {record, next_record}) {
    const auto played = run_program({"ffprobe", "-v", "error", "-count_packets", "-show_entries",
                                     "stream=nb_read_packets", "-of", "csv=p=0", file.string()});
    EXPECT_THAT(played.out, testing::ContainsRegex("[1-9][0-9]")) << "it plays: " << file;
  }
  std::printf(
      "disk of --hls and --record full: %zu segments on it, %zu over HTTP; %.1f s after room was "
      "made all were there, recording went on after %.1f s; no word missing of %zu; exit code %d\n",
      on_disk, served, took.count(), recording.count(), heard.size(), ended.exit_code.value_or(-1));
}

}  // namespace
}  // namespace subtide
