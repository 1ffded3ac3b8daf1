// Each kind of source over the loopback interface: it connects, and pictures and sound come.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <thread>

#include "tests/ingest/ingest_run.h"
#include "tests/ingest/servers.h"
#include "tests/ingest/test_media.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

/// Three seconds of everything, on one timeline that does not run away from the clock.
void expect_media(IngestRun& run) {
  ASSERT_TRUE(run.wait([&] { return run.buffers("video_0") >= 75 && run.buffers("pcm_0") >= 120; }))
      << run.buffers("video_0") << " pictures, " << run.buffers("pcm_0") << " sounds";
  EXPECT_THAT(run.pads(), ElementsAre("audio_0", "pcm_0", "video_0"));
  run.check(500ms);
  EXPECT_THAT(run.epochs(), SizeIs(1));
  EXPECT_THAT(run.notices(IngestChange::kOpened), SizeIs(1));
  const auto video = run.items("video_0");
  const double media = to_seconds(video.back().begin - video.front().begin);
  const double clock = to_seconds(video.back().when - video.front().when);
  std::printf("%s: %zu pictures, %zu sounds, %.2f s of media in %.2f s\n",
              run.notices()[0].protocol.c_str(), run.buffers("video_0"), run.buffers("audio_0"),
              media, clock);
}

TEST(NetworkSource, SrtThatCallsUs) {
  const int port = free_port();
  IngestRun run(local("srt", port, "?mode=listener"));
  std::this_thread::sleep_for(300ms);
  SenderOptions options;
  options.target = local("srt", port, "?mode=caller&latency=20000");
  const auto sender = send(options);
  expect_media(run);
}

TEST(NetworkSource, SrtThatWeCall) {
  const int port = free_port();
  SenderOptions options;
  options.target = local("srt", port, "?mode=listener&latency=20000");
  const auto sender = send(options);
  IngestRun run(local("srt", port));
  expect_media(run);
}

TEST(NetworkSource, SrtWithAPassphrase) {
  const int port = free_port();
  IngestRun run(local("srt", port, "?mode=listener"), {{"passphrase", "a long enough phrase"}});
  std::this_thread::sleep_for(300ms);
  SenderOptions options;
  options.target = local("srt", port, "?mode=caller&passphrase=a long enough phrase");
  const auto sender = send(options);
  expect_media(run);
}

TEST(NetworkSource, UdpTransportStream) {
  const int port = free_port();
  IngestRun run(local("udp", port));
  SenderOptions options;
  options.target = local("udp", port, "?pkt_size=1316");
  const auto sender = send(options);
  expect_media(run);
}

TEST(NetworkSource, RtpTransportStream) {
  const int port = free_port();
  IngestRun run(local("rtp", port));
  SenderOptions options;
  options.format = "rtp_mpegts";
  options.target = local("rtp", port, "?pkt_size=1316");
  const auto sender = send(options);
  expect_media(run);
}

TEST(NetworkSource, RtmpThroughNginx) {
  const TestFolder folder;
  const RtmpServer server(folder);
  SenderOptions options;
  options.format = "flv";
  options.target = server.url();
  const auto sender = send(options);
  IngestRun run(server.url());
  expect_media(run);
  EXPECT_THAT(run.notices()[0].url, Not(HasSubstr("change-me")));
}

TEST(NetworkSource, NginxsHookRefusesAnotherStreamKey) {
  const TestFolder folder;
  const RtmpServer server(folder);
  SenderOptions options;
  options.format = "flv";
  options.target = server.url("stolen");
  const auto sender = send(options);
  EXPECT_TRUE(sender->ends_within(20s));
}

TEST(NetworkSource, RtspByTcp) {
  const RtspServer server;
  IngestRun run(server.url(), {{"protocols", "tcp"}});
  expect_media(run);
}

TEST(NetworkSource, RtspByUdp) {
  const RtspServer server;
  IngestRun run(server.url(), {{"protocols", "udp"}});
  expect_media(run);
}

TEST(NetworkSource, HlsOfTransportStreams) {
  const TestFolder folder;
  HlsOrigin origin(folder, HlsOrigin::Kind::kTransportStream);
  IngestRun run(origin.url());
  expect_media(run);
}

TEST(NetworkSource, HlsOfFragmentedMp4) {
  const TestFolder folder;
  HlsOrigin origin(folder, HlsOrigin::Kind::kFragmentedMp4);
  IngestRun run(origin.url());
  expect_media(run);
}

TEST(NetworkSource, HlsByAListOfRenditionsAndARedirect) {
  const TestFolder folder;
  HlsOrigin origin(folder, HlsOrigin::Kind::kTransportStream);
  origin.server().on("/moved.m3u8",
                     ServerReply{302, "", {{"Location", "/list/master.m3u8"}}, {}, false});
  origin.server().on("/list/master.m3u8",
                     ServerReply{200,
                                 "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nnone.m3u8\n"
                                 "#EXT-X-STREAM-INF:BANDWIDTH=900000\n../index.m3u8\n",
                                 {},
                                 {},
                                 false});
  IngestRun run(origin.url("/moved.m3u8"), {{"user-agent", "tide test"}});
  expect_media(run);
  EXPECT_EQ(origin.server().requests().back().header("user-agent"), "tide test");
}

TEST(NetworkSource, AFileByHttp) {
  const TestFolder folder;
  HttpTestServer server;
  for (const char* name : {"a.ts", "a.mkv"}) {
    SenderOptions options;
    options.format = std::string(name) == "a.ts" ? "mpegts" : "matroska";
    options.seconds = 4;
    const auto file = make_media(folder / name, options);
    server.on(std::string("/") + name, [file](const ReceivedRequest& request) {
      std::ifstream stream(file, std::ios::binary);
      return serve_range(request, {std::istreambuf_iterator<char>(stream), {}});
    });
    IngestRun run(server.url(std::string("/") + name + "?token=secret"));
    ASSERT_TRUE(run.wait([&] { return run.has_ended(); })) << name;
    run.check();
    EXPECT_EQ(run.buffers("video_0"), 100U) << name;
    EXPECT_THAT(run.notices()[0].url, Not(HasSubstr("secret")));
  }
}

TEST(NetworkSource, AFileThatIsNotThereIsAnError) {
  HttpTestServer server;
  IngestRun run(server.url("/none.ts"));
  ASSERT_TRUE(run.wait([&] { return run.error().has_value(); }));
  EXPECT_EQ(run.error()->code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace subtide
