// Outputs elsewhere that are slow or dead, beside HLS (F25).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <map>
#include <thread>

#include "tests/ingest/servers.h"
#include "tests/ingest/tcp_proxy.h"
#include "tests/ingest/test_media.h"
#include "tests/live/live_faults.h"

namespace subtide {
namespace {

using std::chrono::seconds;

class PushFaults : public testing::Test {
 protected:
  void SetUp() override {
    SUBTIDE_REQUIRE_PROGRAM("ffmpeg");
    SUBTIDE_REQUIRE_PROGRAM("nginx");
    write_programme(programme_, {kLength, true, 1.4});
  }

  /// Of the programme, in bytes a second.
  std::size_t pace() const {
    return std::filesystem::file_size(programme_) / static_cast<std::size_t>(kLength.count());
  }

  std::size_t told(const LiveRun& run, const std::string& name, const std::string& target) const {
    std::size_t count = 0;
    for (const auto& event : run.events(name)) count += event["target"] == target ? 1 : 0;
    return count;
  }

  static constexpr seconds kLength{120};
  const TestFolder folder_;
  const std::filesystem::path programme_ = folder_ / "programme.ts";
};

TEST_F(PushFaults, SlowAndDeadTargetsLeaveHlsAsItIs) {
  const RtmpServer server(folder_);
  TcpProxy proxy(server.port(), TcpProxy::Narrow{});
  TcpProxy black_hole(server.port());
  black_hole.set(TcpProxy::Mode::kBlackHole);
  const std::string slow = server.url("change-me", proxy.port());
  LiveRun run({"--latency", "1s", "--push", slow, "--push", server.url("dead", free_port()),
               "--push", server.url("hole", black_hole.port())});
  const auto sender = run.send(programme_);
  ASSERT_TRUE(run.wait_for_segments("audio_en", 4)) << run.end().summary();
  ASSERT_TRUE(wait_for_event(run, "output.cleared", 1, seconds(90))) << run.end().summary();
  const auto shown = run.events("output.cleared")[0]["target"].get<std::string>();
  ASSERT_THAT(shown, testing::HasSubstr(std::to_string(proxy.port()))) << "only this one is well";
  const double memory = resident_mib(run.program().pid());
  const auto slowed = WallClock::now();
  proxy.slow_down(pace() / 10);
  ASSERT_TRUE(wait_until([&] { return told(run, "output.congested", shown) > 0; }, seconds(50)))
      << run.end().summary();
  const std::chrono::duration<double> noticed = WallClock::now() - slowed;
  std::this_thread::sleep_for(seconds(is_long_form() ? 30 : 6));
  const double more = resident_mib(run.program().pid()) - memory;
  EXPECT_EQ(told(run, "output.cleared", shown), 1U) << "not while it is slow";
  const auto mended = WallClock::now();
  proxy.set(TcpProxy::Mode::kForward);
  ASSERT_TRUE(wait_until([&] { return told(run, "output.cleared", shown) >= 2; }, seconds(90)))
      << run.end().summary();
  const std::chrono::duration<double> recovered = WallClock::now() - mended;
  const auto received = run_program({"ffprobe", "-v", "error", "-show_entries", "packet=pts_time",
                                     "-of", "csv=p=0", "-read_intervals", "%+1", server.url()});
  EXPECT_THAT(received.out, testing::Not(testing::IsEmpty())) << received.err;
  const auto ending = WallClock::now();
  const auto ended = run.end();
  EXPECT_EQ(ended.exit_code, 0) << ended.summary();
  const std::chrono::duration<double> took = WallClock::now() - ending;
  std::map<std::string, int> held_up;
  for (const auto& event : run.events("output.congested")) ++held_up[event["target"]];
  EXPECT_EQ(held_up.size(), 3U) << "the dead ones are told too";
  for (const auto& [target, times] : held_up) {
    if (target == shown) continue;
    EXPECT_EQ(times, 1) << target << " is told once, however often it is called";
  }
  const auto before = publish_lags(run, {}, slowed);
  const auto during = publish_lags(run, slowed, mended);
  std::printf(
      "a push at 10 %% and two dead ones: HLS published %.2f s (worst %.2f) behind its media "
      "before, %.2f s (worst %.2f) while it was slow; congested told after %.1f s, cleared %.1f s "
      "after it was fast again; %+.1f MiB; end took %.1f s\n",
      before.median(), before.worst(), during.median(), during.worst(), noticed.count(),
      recovered.count(), more, took.count());
  EXPECT_GE(during.seconds.size(), 4U);
  EXPECT_LT(during.median(), before.median() + 1.0);
  EXPECT_LT(more, 64);
  const auto heard = heard_words(run.hls() / "audio_en");
  ASSERT_GT(heard.size(), 30U);
  EXPECT_EQ(missing_words(heard), 0) << "of the sound in HLS";
}

}  // namespace
}  // namespace subtide
