// What sources and networks do wrong (F21, F22): it is noticed, downstream goes on, and the
// times stay right.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <thread>

#include "tests/ingest/ingest_run.h"
#include "tests/ingest/servers.h"
#include "tests/ingest/tcp_proxy.h"
#include "tests/ingest/test_media.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::SizeIs;

/// How long pads went without anything while the source was away.
double longest_rest(const std::vector<SeenItem>& items) {
  double longest = 0;
  for (std::size_t i = 1; i < items.size(); ++i) {
    longest = std::max(longest, to_seconds(items[i].when - items[i - 1].when));
  }
  return longest;
}

/// RTMP through a proxy that does what networks do.
class TcpFault : public testing::Test {
 protected:
  TcpFault() : server_(folder_), proxy_(server_.port()) {
    SenderOptions options;
    options.format = "flv";
    options.target = server_.url();
    sender_ = send(options);
    run_ = std::make_unique<IngestRun>(server_.url("change-me", proxy_.port()));
  }
  /// The server stays away for a while too.
  void refuse_and(const std::function<void()>& end) {
    proxy_.set(TcpProxy::Mode::kRefuse);
    end();
  }
  /// Media flows; then `fault`; how long until it was noticed. Then it is mended.
  void go_through(const char* name, const std::function<void()>& fault,
                  const std::function<void()>& mend) {
    ASSERT_TRUE(run_->wait_for_buffers("pcm_0", 60));
    const auto begun = IngestRun::Clock::now();
    fault();
    ASSERT_TRUE(run_->wait_for_notice(IngestChange::kLost));
    const double noticed = to_seconds(IngestRun::Clock::now() - begun);
    const auto silent = run_->notices(IngestChange::kLost)[0].noticed_after;
    ASSERT_TRUE(run_->wait([&] { return gaps_of(run_->items("pcm_0")) >= 2; }));
    mend();
    ASSERT_TRUE(run_->wait_for_notice(IngestChange::kRestored));
    ASSERT_TRUE(run_->wait_for_media(1s));
    std::printf(
        "%s: lost noticed %.2f s after the fault, %.2f s after the last media; %zu GAPs, "
        "longest rest on a pad %.2f s\n",
        name, noticed, to_seconds(silent), gaps_of(run_->items("pcm_0")),
        longest_rest(run_->items("pcm_0")));
    EXPECT_LE(silent, 3500ms);
    EXPECT_THAT(run_->pads(), ElementsAre("audio_0", "pcm_0", "video_0"));
    EXPECT_EQ(run_->epochs().back().reason, "reconnect");
    run_->check(500ms);
  }

  const TestFolder folder_;
  const RtmpServer server_;
  TcpProxy proxy_;
  std::unique_ptr<RunningProgram> sender_;
  std::unique_ptr<IngestRun> run_;
};

TEST_F(TcpFault, AConnectionThatIsClosed) {
  go_through(
      "FIN", [this] { refuse_and([this] { proxy_.close_all(); }); },
      [this] { proxy_.set(TcpProxy::Mode::kForward); });
}

TEST_F(TcpFault, AConnectionThatIsReset) {
  go_through(
      "RST", [this] { refuse_and([this] { proxy_.reset_all(); }); },
      [this] { proxy_.set(TcpProxy::Mode::kForward); });
}

TEST_F(TcpFault, ABlackHole) {
  go_through(
      "black hole", [this] { proxy_.set(TcpProxy::Mode::kBlackHole); },
      [this] { proxy_.set(TcpProxy::Mode::kForward); });
}

TEST_F(TcpFault, OneByteASecond) {
  go_through(
      "1 B/s", [this] { proxy_.set(TcpProxy::Mode::kTrickle); },
      [this] { proxy_.set(TcpProxy::Mode::kForward); });
}

TEST_F(TcpFault, AServerThatRefusesIsTriedAgainEachTimeLater) {
  ASSERT_TRUE(run_->wait_for_buffers("pcm_0", 30));
  proxy_.set(TcpProxy::Mode::kRefuse);
  proxy_.close_all();
  ASSERT_TRUE(run_->wait_for_notice(IngestChange::kRetrying, 3));
  proxy_.set(TcpProxy::Mode::kForward);
  ASSERT_TRUE(run_->wait_for_notice(IngestChange::kRestored));
  const auto tries = run_->notices(IngestChange::kRetrying);
  EXPECT_EQ(tries[0].attempt, 1);
  EXPECT_EQ(tries[2].attempt, 3);
  EXPECT_LT(tries[0].next_in, tries[1].next_in);
  EXPECT_LT(tries[1].next_in, tries[2].next_in);
  EXPECT_THAT(run_->notices(IngestChange::kLost), SizeIs(1));
}

TEST(UdpFault, ASenderThatStandsStillIsNoticedAndItsReturnToo) {
  const int port = free_port();
  IngestRun run(local("udp", port));
  SenderOptions options;
  options.target = local("udp", port, "?pkt_size=1316");
  const auto sender = send(options);
  ASSERT_TRUE(run.wait_for_buffers("pcm_0", 60));
  sender->send_signal(SIGSTOP);
  ASSERT_TRUE(run.wait_for_notice(IngestChange::kLost));
  const auto silent = run.notices(IngestChange::kLost)[0].noticed_after;
  std::printf("UDP sender stands still: noticed after %.2f s\n", to_seconds(silent));
  EXPECT_LE(silent, 3500ms);
  ASSERT_TRUE(run.wait([&] { return gaps_of(run.items("video_0")) >= 3; }));
  sender->send_signal(SIGCONT);
  ASSERT_TRUE(run.wait_for_notice(IngestChange::kRestored));
  ASSERT_TRUE(run.wait_for_media(1s));
  run.check(500ms);
}

/// A sender that is started again with other times, at once or after a while.
class Restart : public testing::TestWithParam<MediaTime> {};

TEST_P(Restart, GoesOnFromWhereItWas) {
  const int port = free_port();
  IngestRun run(local("udp", port));
  SenderOptions options;
  options.target = local("udp", port, "?pkt_size=1316");
  options.from = 500s;
  auto sender = send(options);
  ASSERT_TRUE(run.wait_for_buffers("pcm_0", 100));
  sender.reset();
  options.from = GetParam();
  sender = send(options);
  ASSERT_TRUE(run.wait_for_epochs(2));
  ASSERT_TRUE(run.wait_for_media(2s));
  run.check(500ms);
  const auto epochs = run.epochs();
  const auto video = run.items("video_0");
  const double drift = to_seconds(video.back().begin - video.front().begin) -
                       to_seconds(video.back().when - video.front().when);
  std::printf(
      "restart at %.0f s: epoch '%s' at %.2f s, source %.2f s, engine time beside the clock "
      "%+.2f s\n",
      to_seconds(GetParam()), epochs[1].reason.c_str(), to_seconds(epochs[1].begins),
      to_seconds(epochs[1].source), drift);
  EXPECT_NEAR(to_seconds(epochs[1].source), to_seconds(GetParam()), 3.0);
  EXPECT_THAT(run.pads(), ElementsAre("audio_0", "pcm_0", "video_0"));
  EXPECT_LT(std::abs(drift), 3.0);
}

INSTANTIATE_TEST_SUITE_P(Times, Restart, testing::Values(0s, 1500s, 490s),
                         [](const auto& each) { return "At" + std::to_string(each.param / 1s); });

TEST(Restarts, ManyTimesLeaveNothingBehind) {
  const int times = is_long_form() ? 100 : 5;
  const int port = free_port();
  IngestRun run(local("srt", port, "?mode=listener"));
  SenderOptions options;
  options.target = local("srt", port, "?mode=caller&latency=20000");
  ProcessSize before;
  ProcessSize after;
  for (int i = 0; i <= times; ++i) {
    auto sender = send(options);
    std::size_t seen = run.buffers("pcm_0");
    ASSERT_TRUE(run.wait([&] {
      if (sender->ends_within(0ms)) sender = send(options);  // called before we listened again
      return run.buffers("pcm_0") > seen + 20;
    })) << i;
    if (i == 1) before = size_of_process();
    if (i == times) after = size_of_process();
    sender->send_signal(i % 3 == 2 ? SIGKILL : SIGTERM);  // with and without a farewell
    ASSERT_TRUE(run.wait_for_notice(IngestChange::kLost, static_cast<std::size_t>(i) + 1)) << i;
  }
  std::printf("%d restarts: threads %zu -> %zu, descriptors %zu -> %zu, resident %zu -> %zu KiB\n",
              times, before.threads, after.threads, before.descriptors, after.descriptors,
              before.resident_kib, after.resident_kib);
  EXPECT_LE(after.threads, before.threads + 1);
  EXPECT_LE(after.descriptors, before.descriptors + 2);
  EXPECT_LE(after.resident_kib, before.resident_kib * 105 / 100 + 8192);
  EXPECT_THAT(run.pads(), ElementsAre("audio_0", "pcm_0", "video_0"));
  run.check(500ms);
}

TEST(HlsFault, AnOriginThatHangsIsLostAndComesBack) {
  const TestFolder folder;
  HlsOrigin origin(folder, HlsOrigin::Kind::kTransportStream);
  IngestRun run(origin.url(), {{"fill", "none"}});
  ASSERT_TRUE(run.wait_for_buffers("pcm_0", 60));
  origin.hang();
  const auto begun = IngestRun::Clock::now();
  ASSERT_TRUE(run.wait_for_notice(IngestChange::kLost));
  std::printf("HLS origin hangs: noticed after %.2f s\n",
              to_seconds(IngestRun::Clock::now() - begun));
  origin.go_on();
  ASSERT_TRUE(run.wait_for_notice(IngestChange::kRestored));
  ASSERT_TRUE(run.wait_for_media(1s));
  run.check(500ms);
  EXPECT_EQ(gaps_of(run.items("pcm_0")), 0U);
}

}  // namespace
}  // namespace subtide
