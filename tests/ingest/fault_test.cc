// What sources and networks do wrong (F21 to F24, F31): it is noticed, downstream goes on, and the
// times stay right.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <thread>

#include "elements/ingest/format_table.h"
#include "tests/ingest/ingest_run.h"
#include "tests/ingest/servers.h"
#include "tests/ingest/tcp_proxy.h"
#include "tests/ingest/test_media.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

bool is_long_form() { return std::getenv("SUBTIDE_LONG") != nullptr; }

std::string local(const std::string& scheme, int port, const std::string& rest = "") {
  return scheme + "://127.0.0.1:" + std::to_string(port) + rest;
}

/// How long pads went without anything while the source was away.
double longest_rest(const std::vector<SeenItem>& items) {
  double longest = 0;
  for (std::size_t i = 1; i < items.size(); ++i) {
    longest = std::max(longest, to_seconds(items[i].when - items[i - 1].when));
  }
  return longest;
}

std::size_t gaps_of(const std::vector<SeenItem>& items) {
  return static_cast<std::size_t>(
      std::count_if(items.begin(), items.end(), [](const SeenItem& item) { return item.is_gap; }));
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

// ---- damage ----

/// One packet in so many is spoilt: a bit turned, the sync byte lost, left out, or sent twice.
std::string damaged(std::string stream, double share, std::uint32_t seed) {
  constexpr std::size_t kPacket = 188;
  std::mt19937 random(seed);
  std::bernoulli_distribution is_hit(share);
  std::string result;
  for (std::size_t at = 0; at + kPacket <= stream.size(); at += kPacket) {
    std::string packet = stream.substr(at, kPacket);
    if (at > 20 * kPacket && is_hit(random)) {
      const auto kind = random() % 4;
      if (kind == 0) packet[random() % kPacket] = static_cast<char>(random());
      if (kind == 1) packet[0] = 'x';
      if (kind == 2) packet.clear();
      if (kind == 3) packet += packet;
    }
    result += packet;
  }
  return result;
}

std::vector<MediaTime> source_times(const IngestRun& run, const std::string& pad) {
  std::vector<MediaTime> times;
  for (const SeenItem& item : run.items(pad)) {
    for (const Epoch& epoch : run.epochs()) {
      if (!item.is_gap && epoch.number == item.epoch) times.push_back(epoch.to_source(item.begin));
    }
  }
  std::sort(times.begin(), times.end());
  return times;
}

TEST(Damage, OfATransportStreamMovesNothingThatIsWhole) {
  const TestFolder folder;
  SenderOptions options;
  options.seconds = is_long_form() ? 120 : 20;
  options.from = 1000s;
  const auto whole = make_media(folder / "whole.ts", options);
  std::ifstream stream(whole, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  IngestRun right(whole.string());
  ASSERT_TRUE(right.wait([&] { return right.has_ended(); }));
  const auto wanted = source_times(right, "pcm_0");
  for (const double share : {0.001, 0.01, 0.02, 0.05}) {
    const auto file = folder / "damaged.ts";
    std::ofstream(file, std::ios::binary) << damaged(bytes, share, 7);
    IngestRun run(file.string());
    ASSERT_TRUE(run.wait([&] { return run.has_ended(); })) << share;
    EXPECT_FALSE(run.error()) << run.error()->message;
    const auto got = source_times(run, "pcm_0");
    double worst = 0;
    for (const MediaTime time : got) {
      const auto next = std::lower_bound(wanted.begin(), wanted.end(), time);
      MediaDuration nearest = MediaDuration::max();
      if (next != wanted.end()) nearest = *next - time;
      if (next != wanted.begin()) nearest = std::min(nearest, time - *std::prev(next));
      worst = std::max(worst, to_seconds(nearest));
    }
    std::printf(
        "%.1f %% damaged packets: %zu of %zu sounds, %zu of %zu pictures, %zu epoch(s), "
        "furthest from a true time %.1f ms\n",
        share * 100, got.size(), wanted.size(), run.buffers("video_0"), right.buffers("video_0"),
        run.epochs().size(), worst * 1000);
    EXPECT_LE(worst, 0.05);
    EXPECT_GT(got.size(), wanted.size() / 3);
    run.check(10s);
  }
}

TEST(Sound, ThatIsGoneForAWhileIsToldAndFilled) {
  const TestFolder folder;
  // ffmpeg writes a sound's last packet late, in the midst of the pause.
  const int away = is_long_form() ? 20 : 12;
  SenderOptions options;
  options.seconds = away + 6;
  options.more = {"-af", "aselect='not(between(t,3," + std::to_string(3 + away) + "))'"};
  const auto file = make_media(folder / "a.ts", options);
  IngestRun run(file.string(), {{"as-live", "true"}});
  ASSERT_TRUE(run.wait([&] { return run.has_ended(); }));
  ASSERT_THAT(run.sounds(), SizeIs(2));
  EXPECT_EQ(run.sounds()[0].change, SoundChange::kMissing);
  EXPECT_EQ(run.sounds()[1].change, SoundChange::kRestored);
  const auto items = run.items("audio_0");
  std::printf("sound gone for %d s: told after %.2f s, %zu GAPs\n", away,
              to_seconds(run.sounds()[0].since), gaps_of(items));
  EXPECT_GE(gaps_of(items), 5U);
  EXPECT_THAT(run.epochs(), SizeIs(1));
  EXPECT_NEAR(to_seconds(items.back().begin), away + 6, 0.3);
  EXPECT_EQ(run.buffers("video_0"), static_cast<std::size_t>(away + 6) * 25);
}

TEST(Sound, ThatHoldsNothingIsTold) {
  const TestFolder folder;
  SenderOptions options;
  options.seconds = 12;
  options.is_silent = true;
  const auto file = make_media(folder / "a.ts", options);
  IngestRun run(file.string());
  ASSERT_TRUE(run.wait([&] { return run.has_ended(); }));
  ASSERT_THAT(run.sounds(), SizeIs(1));
  EXPECT_EQ(run.sounds()[0].change, SoundChange::kSilent);
}

// ---- addresses ----

TEST(Addresses, ForbiddenOnesInAPlaylistAreNotReached) {
  HttpTestServer hidden;  // on another port: the user did not name it
  hidden.on("/secret.ts", ServerReply{200, "secret", {}, {}, false});
  HttpTestServer origin;
  const std::string port = std::to_string(hidden.port());
  const std::vector<std::string> corpus{hidden.url("/secret.ts"),
                                        "http://localhost:" + port + "/secret.ts",
                                        "http://127.1:" + port + "/secret.ts",
                                        "http://2130706433:" + port + "/secret.ts",
                                        "http://0x7f000001:" + port + "/secret.ts",
                                        "http://0177.0.0.1:" + port + "/secret.ts",
                                        "http://[::1]:" + port + "/secret.ts",
                                        "http://[::ffff:127.0.0.1]:" + port + "/secret.ts",
                                        "http://0.0.0.0:" + port + "/secret.ts",
                                        "http://169.254.169.254/latest/meta-data",
                                        "http://10.0.0.1/x.ts",
                                        "http://192.168.0.1/x.ts",
                                        "http://172.16.0.1/x.ts",
                                        "http://100.64.0.1/x.ts",
                                        "http://[fd00::1]/x.ts",
                                        "http://[fe80::1]/x.ts",
                                        "http://user@127.0.0.1:" + port + "/secret.ts",
                                        "//127.0.0.1:" + port + "/secret.ts",
                                        "file:///etc/passwd",
                                        "FILE:///etc/passwd",
                                        "data:text/plain,x",
                                        "concat:a|b",
                                        "subfile,,start,0,end,9,,:/etc/passwd",
                                        "gopher://127.0.0.1:" + port + "/",
                                        "ftp://127.0.0.1/x",
                                        "crypto:" + hidden.url("/secret.ts"),
                                        "/moved.ts",
                                        "/moved-twice.ts",
                                        "/moved-to-file.ts"};
  origin.on("/moved.ts", ServerReply{302, "", {{"Location", hidden.url("/secret.ts")}}, {}, false});
  origin.on("/moved-twice.ts", ServerReply{307, "", {{"Location", "/moved.ts"}}, {}, false});
  origin.on("/moved-to-file.ts",
            ServerReply{302, "", {{"Location", "file:///etc/passwd"}}, {}, false});
  int number = 0;
  for (const std::string& address : corpus) {
    for (const std::string& list :
         {"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n" + address + "\n#EXT-X-ENDLIST\n",
          "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n" + address + "\n",
          "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MAP:URI=\"" + address +
              "\"\n#EXTINF:2,\nx.m4s\n"}) {
      const std::string path = "/list" + std::to_string(++number) + ".m3u8";
      origin.on(path, ServerReply{200, list, {}, {}, false});
      IngestRun run(origin.url(path));
      EXPECT_TRUE(run.wait([&] {
        return run.error().has_value() || !run.notices(IngestChange::kRetrying).empty();
      })) << address;
      EXPECT_THAT(run.pads(), IsEmpty()) << address;
    }
  }
  EXPECT_THAT(hidden.requests(), IsEmpty());
  std::printf("%d playlists with forbidden addresses: %zu requests arrived\n", number,
              hidden.requests().size());
}

TEST(Addresses, AnAllowedNetworkMayBeNamedByAPlaylist) {
  const TestFolder folder;
  HlsOrigin other(folder, HlsOrigin::Kind::kTransportStream);
  HttpTestServer origin;
  origin.on(
      "/a.m3u8",
      ServerReply{
          200, "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n" + other.url() + "\n", {}, {}, false});
  IngestRun run(origin.url("/a.m3u8"), {{"allow", "10.0.0.0/8,127.0.0.0/8"}});
  EXPECT_TRUE(run.wait_for_buffers("video_0", 10));
}

TEST(Addresses, EncryptedHlsIsRefusedInClearWords) {
  HttpTestServer origin;
  origin.on("/a.m3u8", ServerReply{200,
                                   "#EXTM3U\n#EXT-X-TARGETDURATION:2\n"
                                   "#EXT-X-KEY:METHOD=AES-128,URI=\"k\"\n#EXTINF:2,\na.ts\n",
                                   {},
                                   {},
                                   false});
  IngestRun run(origin.url("/a.m3u8"));
  ASSERT_TRUE(run.wait([&] { return run.error().has_value(); }));
  EXPECT_THAT(run.error()->message, HasSubstr("encrypted"));
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
