// Ends at odd moments, and a new start where another run was killed (F2, F27).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "tests/live/live_faults.h"
#include "tests/support/playlist_validator.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::IsEmpty;

class EndFault : public testing::Test {
 protected:
  void SetUp() override { SUBTIDE_REQUIRE_PROGRAM("ffmpeg"); }

  void make_radio(seconds length) const { write_programme(radio_, {length, false}); }

  const TemporaryFolder folder_;
  const fs::path radio_ = folder_.path() / "radio.ts";
};

TEST_F(EndFault, ASourceThatNeverComesIsNoInput) {
  for (const int signal : {SIGTERM, SIGINT}) {
    LiveRun run({});
    ASSERT_TRUE(wait_for_event(run, "job.started", 1, seconds(90)));
    const auto begun = WallClock::now();
    const auto ended = run.end(signal);
    const std::chrono::duration<double> took = WallClock::now() - begun;
    EXPECT_EQ(ended.exit_code, 4) << ended.summary();
    EXPECT_THAT(ended.err, HasSubstr("nothing came from the source"));
    EXPECT_FALSE(fs::exists(run.hls() / "master.m3u8"));
    EXPECT_EQ(run.events("job.failed").size(), 1U);
    std::printf("source that never comes, signal %d: end after %.2f s, exit code %d\n", signal,
                took.count(), ended.exit_code.value_or(-1));
  }
}

TEST_F(EndFault, ToldToEndWhileTheSourceIsAwayClosesItsOutputs) {
  make_radio(seconds(10));
  LiveRun run({"--latency", "1s"});
  const auto sender = run.send(radio_);
  ASSERT_TRUE(wait_for_event(run, "ingest.lost", 1, seconds(60))) << run.end().summary();
  ASSERT_TRUE(wait_for_event(run, "ingest.retrying", 1, seconds(60))) << run.end().summary();
  const auto begun = WallClock::now();
  const auto ended = run.end(SIGTERM);
  const std::chrono::duration<double> took = WallClock::now() - begun;
  EXPECT_EQ(ended.exit_code, 0) << ended.summary();
  for (const auto* rendition : {"audio_en", "subs_en"}) {
    const auto text = read_text(run.hls() / rendition / "index.m3u8");
    EXPECT_THAT(text, HasSubstr("#EXT-X-ENDLIST")) << rendition;
    EXPECT_THAT(playlist_faults(text), IsEmpty());
  }
  EXPECT_THAT(missing_files(run.hls()), IsEmpty());
  const auto heard = heard_words(run.hls() / "audio_en");
  EXPECT_GT(heard.size(), 10U);
  EXPECT_EQ(missing_words(heard), 0);
  std::printf("SIGTERM while the source is away: playlists closed, end after %.2f s, %zu words\n",
              took.count(), heard.size());
}

TEST_F(EndFault, AfterAKillPlayersGoOnInTheSamePlaylists) {
  make_radio(seconds(40));
  LiveRunSetting setting;
  setting.hls = folder_.path() / "hls";
  setting.keeps_all = false;
  const fs::path playlist = setting.hls / "audio_en" / "index.m3u8";
  {
    LiveRun killed({"--latency", "1s", "--window", "3"}, setting);
    const auto sender = killed.send(radio_);
    ASSERT_TRUE(wait_for_event(killed, "media.segment.boundary", 5, seconds(60)));
    killed.end(SIGKILL);
  }
  const std::string before = read_text(playlist);
  EXPECT_THAT(missing_files(setting.hls), IsEmpty()) << "as the kill left it";
  LiveRun run({"--latency", "1s", "--window", "3"}, setting);
  const auto begun = WallClock::now();
  const auto sender = run.send(radio_);
  ASSERT_TRUE(wait_until([&] { return read_text(playlist) != before; }, seconds(60)));
  const std::chrono::duration<double> took = WallClock::now() - begun;
  const std::string first = read_text(playlist);
  EXPECT_THAT(playlist_faults(first), IsEmpty()) << first;
  // What a new engine has is shorter than a playlist that slid; players bear that as they bear any
  // live stream that has just begun.
  EXPECT_THAT(reload_faults(before, first),
              testing::Each(HasSubstr("shorter than three target durations")))
      << before << "became\n"
      << first;
  EXPECT_THAT(first, HasSubstr("#EXT-X-DISCONTINUITY\n"));
  ASSERT_TRUE(wait_for_event(run, "media.segment.boundary", 9, seconds(60)));
  const auto ended = run.end();
  EXPECT_EQ(ended.exit_code, 0) << ended.summary();
  EXPECT_THAT(reload_faults(first, read_text(playlist)), IsEmpty());
  EXPECT_THAT(missing_files(setting.hls), IsEmpty());
  EXPECT_FALSE(fs::exists(setting.hls / "audio_en" / "00000001.m4s")) << "of the killed run";
  EXPECT_FALSE(fs::exists(setting.hls / "audio_en" / "init.mp4")) << "of the killed run";
  std::printf("engine killed and started again: the same playlist goes on after %.1f s\n",
              took.count());
}

}  // namespace
}  // namespace subtide
