#include "engine/api/live_site.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/support/plain_http.h"

namespace subtide {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr const char* kToken = "0123456789abcdef";

std::shared_ptr<const std::string> bytes(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

PlaylistEdge edge(std::uint64_t next, std::optional<unsigned> parts = {}, std::string hint = {}) {
  return {next, parts, {}, seconds(2), std::move(hint), false};
}

/// A site with everything behind it, on a port of its own.
class LiveSiteTest : public testing::Test {
 protected:
  explicit LiveSiteTest(const std::string& token = {})
      : folder_(std::filesystem::temp_directory_path() / ("live_site_" + std::to_string(getpid()))),
        publication_(folder_),
        site_(
            *Access::create({}, token), {"<html>watch</html>", "player"}, publication_, feed_,
            metrics_,
            [this](const std::string& json) -> Result<std::string> {
              injected_.push_back(json);
              if (json == "wrong") return make_error(ErrorCode::kBadInput, "at: not a time");
              return std::string(R"({"id":"a"})");
            },
            [] { return std::string(R"({"state":"live"})"); }) {
    std::filesystem::create_directories(folder_ / "video_720p");
    auto server =
        HttpServer::listen({}, [this](const ServerRequest& request, const HttpReply& reply) {
          site_.answer(request, reply);
        });
    server_ = std::make_unique<HttpServer>(std::move(*server));
  }
  ~LiveSiteTest() override {
    server_.reset();
    std::filesystem::remove_all(folder_);
  }

  PlainAnswer get(const std::string& target, const std::vector<std::string>& headers = {}) {
    return plain_get(server_->port(), target, headers);
  }
  void wait_until_waiting(std::size_t count) {
    while (publication_.waiting() < count) std::this_thread::sleep_for(milliseconds(1));
  }

  std::filesystem::path folder_;
  Publication publication_;
  PageFeed feed_;
  LiveMetrics metrics_;
  std::vector<std::string> injected_;
  LiveSite site_;
  std::unique_ptr<HttpServer> server_;
};

class LockedLiveSiteTest : public LiveSiteTest {
 protected:
  LockedLiveSiteTest() : LiveSiteTest(kToken) {}
};

TEST_F(LiveSiteTest, ServesPagesStateAndMetrics) {
  EXPECT_EQ(get("/").body, "<html>watch</html>");
  EXPECT_NE(get("/").headers.at("content-security-policy").find("default-src 'self'"),
            std::string::npos);
  EXPECT_EQ(get("/player.js").body, "player");
  EXPECT_EQ(get("/status").body, "{\"state\":\"live\"}\n");
  metrics_.caption_published("en", milliseconds(300));
  metrics_.segment_packaged("subs_en", milliseconds(300), milliseconds(3));
  EXPECT_NE(get("/metrics")
                .body.find("subtide_caption_delay_seconds_bucket{language=\"en\",le=\"0.5\"} 1"),
            std::string::npos);
  EXPECT_NE(
      get("/metrics")
          .body.find("subtide_packaging_seconds_bucket{rendition=\"subs_en\",le=\"0.005\"} 1"),
      std::string::npos);
  EXPECT_EQ(get("/nothing").status, 404);
}

TEST_F(LiveSiteTest, ServesWhatIsPublished) {
  publication_.put_file("video_720p/00000001.m4s", bytes("segment"));
  publication_.put_playlist("video_720p/index.m3u8", "#EXTM3U\n", edge(2));
  const auto segment = get("/hls/video_720p/00000001.m4s");
  EXPECT_EQ(segment.body, "segment");
  EXPECT_EQ(segment.headers.at("content-type"), "video/mp4");
  EXPECT_EQ(segment.headers.at("access-control-allow-origin"), "*");
  EXPECT_NE(segment.headers.at("cache-control").find("immutable"), std::string::npos);
  const auto playlist = get("/hls/video_720p/index.m3u8");
  EXPECT_EQ(playlist.body, "#EXTM3U\n");
  EXPECT_EQ(playlist.headers.at("content-type"), "application/vnd.apple.mpegurl");
  EXPECT_EQ(playlist.headers.at("cache-control"), "no-cache");
  publication_.remove_file("video_720p/00000001.m4s");
  EXPECT_EQ(get("/hls/video_720p/00000001.m4s").status, 404);
}

TEST_F(LiveSiteTest, ReadsOlderFilesFromTheFolderAndNothingElse) {
  std::ofstream(folder_ / "video_720p" / "00000001.m4s") << "old";
  std::ofstream(folder_ / "video_720p" / "index.m3u8") << "an earlier run's";
  std::filesystem::create_symlink("/etc/passwd", folder_ / "link.vtt");
  EXPECT_EQ(get("/hls/video_720p/00000001.m4s").body, "old");
  for (const auto* name : {"video_720p/index.m3u8", "link.vtt", "../live_site", "video_720p",
                           "%2e%2e/etc/passwd", "video_720p/../x", "/etc/passwd", "", "a/b/c"}) {
    EXPECT_EQ(get(std::string("/hls/") + name).status, 404) << name;
  }
}

TEST_F(LiveSiteTest, KeepsTheNewestWithinItsBudget) {
  Publication small({}, 10);
  small.put_file("1.m4s", bytes("12345"));
  small.put_file("2.m4s", bytes("12345"));
  small.put_file("3.m4s", bytes("12345"));
  EXPECT_EQ(small.bytes_held(), 10U);
  small.remove_file("2.m4s");
  EXPECT_EQ(small.bytes_held(), 5U);
}

TEST_F(LiveSiteTest, APlaylistIsAnsweredOnceItHasThePart) {
  publication_.put_playlist("v/index.m3u8", "two parts", edge(7, 2));
  EXPECT_EQ(get("/hls/v/index.m3u8?_HLS_msn=6").body, "two parts");
  EXPECT_EQ(get("/hls/v/index.m3u8?_HLS_msn=7&_HLS_part=1").body, "two parts");
  PlainClient part(server_->port());
  part.send("GET", "/hls/v/index.m3u8?_HLS_msn=7&_HLS_part=2");
  PlainClient segment(server_->port());
  segment.send("GET", "/hls/v/index.m3u8?_HLS_msn=7");
  wait_until_waiting(2);
  publication_.put_playlist("v/index.m3u8", "three parts", edge(7, 3));
  EXPECT_EQ(part.read_answer().body, "three parts");
  EXPECT_FALSE(segment.has_answer(milliseconds(50)));
  publication_.put_playlist("v/index.m3u8", "next segment", edge(8, 0));
  EXPECT_EQ(segment.read_answer().body, "next segment");
}

TEST_F(LiveSiteTest, APartBeyondTheLastIsTheFirstOfTheNextSegment) {
  publication_.put_playlist("v/index.m3u8", "four parts", edge(7, 4));
  PlainClient client(server_->port());
  client.send("GET", "/hls/v/index.m3u8?_HLS_msn=7&_HLS_part=4");
  wait_until_waiting(1);
  PlaylistEdge next = edge(8, 0);
  next.last_parts = 4;
  publication_.put_playlist("v/index.m3u8", "whole segment", next);
  EXPECT_EQ(get("/hls/v/index.m3u8?_HLS_msn=7&_HLS_part=3").body, "whole segment");
  EXPECT_FALSE(client.has_answer(milliseconds(50)));
  next.parts = 1;
  publication_.put_playlist("v/index.m3u8", "next part", next);
  EXPECT_EQ(client.read_answer().body, "next part");
}

TEST_F(LiveSiteTest, AThousandViewersGetOneAnswer) {
  publication_.put_playlist("v/index.m3u8", "two parts", edge(7, 2));
  std::vector<std::unique_ptr<PlainClient>> viewers;
  for (int i = 0; i < 1000; ++i) {
    viewers.push_back(std::make_unique<PlainClient>(server_->port()));
    viewers.back()->send("GET", "/hls/v/index.m3u8?_HLS_msn=7&_HLS_part=2");
  }
  wait_until_waiting(1000);
  const std::string text(3000, 'x');
  const auto begun = std::chrono::steady_clock::now();
  publication_.put_playlist("v/index.m3u8", text, edge(7, 3));
  int whole = 0;
  for (const auto& viewer : viewers) whole += viewer->read_answer().body == text ? 1 : 0;
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begun;
  EXPECT_EQ(whole, 1000);
  std::printf("a thousand viewers answered after %.0f ms\n", took.count());
}

TEST_F(LiveSiteTest, TheHintedPartIsAnsweredOnceItIsThere) {
  publication_.put_playlist("v/index.m3u8", "", edge(7, 2, "v/00000007.2.m4s"));
  PlainClient client(server_->port());
  client.send("GET", "/hls/v/00000007.2.m4s");
  wait_until_waiting(1);
  publication_.put_file("v/00000007.2.m4s", bytes("part"));
  EXPECT_EQ(client.read_answer().body, "part");
}

TEST_F(LiveSiteTest, RefusesToWaitForWhatCannotCome) {
  publication_.put_playlist("v/index.m3u8", "", edge(7, 2));
  for (const auto* query :
       {"_HLS_msn=10", "_HLS_part=1", "_HLS_msn=x", "_HLS_msn=7&_HLS_part=-1"}) {
    EXPECT_EQ(get(std::string("/hls/v/index.m3u8?") + query).status, 400) << query;
  }
}

TEST_F(LiveSiteTest, AnEndedPlaylistMakesNobodyWait) {
  PlaylistEdge ended = edge(7, 2);
  publication_.put_playlist("v/index.m3u8", "", ended);
  PlainClient client(server_->port());
  client.send("GET", "/hls/v/index.m3u8?_HLS_msn=8");
  wait_until_waiting(1);
  ended.is_ended = true;
  publication_.put_playlist("v/index.m3u8", "the end", ended);
  EXPECT_EQ(client.read_answer().body, "the end");
}

TEST_F(LiveSiteTest, WaitingEndsAfterThreeTargetDurations) {
  PlaylistEdge short_target = edge(7);
  short_target.target = milliseconds(50);
  publication_.put_playlist("v/index.m3u8", "", short_target);
  EXPECT_EQ(get("/hls/v/index.m3u8?_HLS_msn=7").status, 503);
  EXPECT_EQ(publication_.waiting(), 0U);
}

TEST_F(LiveSiteTest, TellsPagesWhatHappens) {
  feed_.tell("state", R"({"state":"connecting"})", PageFeed::Kind::kLasting);
  feed_.tell("state", R"({"state":"live"})", PageFeed::Kind::kLasting);
  feed_.tell("cue", R"({"id":"1"})");
  PlainClient client(server_->port());
  client.send("GET", "/events");
  const std::string known = client.read_until("\"1\"}\n\n");
  EXPECT_NE(known.find("event: state\ndata: {\"state\":\"live\"}\n\n"), std::string::npos);
  EXPECT_EQ(known.find("connecting"), std::string::npos);
  EXPECT_EQ(feed_.listeners(), 1U);
  feed_.tell("cue", R"({"id":"2"})");
  EXPECT_NE(client.read_until("{\"id\":\"2\"}").find("{\"id\":\"2\"}"), std::string::npos);
}

TEST_F(LiveSiteTest, KeepsOnlyTheLastEventsForLatePages) {
  for (int i = 0; i < 100; ++i) feed_.tell("cue", "{\"n\":" + std::to_string(i) + "}");
  PlainClient client(server_->port());
  client.send("GET", "/events");
  const std::string known = client.read_until("{\"n\":99}\n\n");
  EXPECT_EQ(known.find("{\"n\":49}"), std::string::npos);
  EXPECT_NE(known.find("{\"n\":50}"), std::string::npos);
}

TEST_F(LiveSiteTest, TakesMarkersFromProgramsAndItsOwnPages) {
  const std::vector<std::string> json = {"Content-Type: application/json"};
  EXPECT_EQ(plain_post(server_->port(), "/inject", "{}", json).status, 202);
  const auto own =
      plain_post(server_->port(), "/inject", "{}", {json[0], "Origin: http://127.0.0.1"});
  EXPECT_EQ(own.body, "{\"id\":\"a\"}\n");
  EXPECT_EQ(injected_.size(), 2U);
  const auto foreign =
      plain_post(server_->port(), "/inject", "{}", {json[0], "Origin: http://example.com"});
  EXPECT_EQ(foreign.status, 403);
  EXPECT_EQ(plain_post(server_->port(), "/inject", "{}", {"Content-Type: text/plain"}).status, 422);
  EXPECT_EQ(injected_.size(), 2U);
  const auto wrong = plain_post(server_->port(), "/inject", "wrong", json);
  EXPECT_EQ(wrong.status, 400);
  EXPECT_NE(wrong.body.find("at: not a time"), std::string::npos);
  PlainClient client(server_->port());
  client.send("DELETE", "/inject");
  EXPECT_EQ(client.read_answer().status, 405);
}

TEST_F(LockedLiveSiteTest, LetsInOnlyWhoHasTheToken) {
  EXPECT_EQ(get("/hls/master.m3u8").status, 401);
  EXPECT_EQ(get("/status?token=" + std::string(kToken)).status, 401);
  EXPECT_EQ(get("/status", {"Authorization: Bearer wrongwrongwrong1"}).status, 401);
  EXPECT_EQ(get("/status", {"Authorization: Bearer "}).status, 401);
  EXPECT_EQ(get("/status", {std::string("Authorization: Bearer ") + kToken}).status, 200);
  EXPECT_EQ(get("/status", {std::string("Cookie: subtide_token=") + kToken}).status, 200);
}

TEST_F(LockedLiveSiteTest, ABrowserLogsInByAForm) {
  const auto page = get("/", {"Accept: text/html"});
  EXPECT_EQ(page.status, 401);
  EXPECT_NE(page.body.find("action=\"/login\""), std::string::npos);
  EXPECT_EQ(plain_post(server_->port(), "/login", "token=wrong").status, 401);
  const auto in = plain_post(server_->port(), "/login", std::string("token=") + kToken);
  EXPECT_EQ(in.status, 303);
  const std::string cookie = in.headers.at("set-cookie");
  EXPECT_NE(cookie.find("HttpOnly; SameSite=Strict"), std::string::npos);
  EXPECT_EQ(get("/", {"Cookie: " + cookie.substr(0, cookie.find(';'))}).status, 200);
}

TEST(Access, NeedsATokenBeyondLoopback) {
  const auto open = Access::create(*parse_listen_address("0.0.0.0:8080"), "");
  ASSERT_FALSE(open);
  EXPECT_NE(open.error().message.find("--token"), std::string::npos);
  EXPECT_TRUE(Access::create(*parse_listen_address("0.0.0.0:8080"), kToken));
  EXPECT_TRUE(Access::create(*parse_listen_address("8080"), ""));
  EXPECT_FALSE(Access::create(*parse_listen_address("8080"), "short"));
  EXPECT_FALSE(Access::create(*parse_listen_address("8080"), "0123456789 abcdef;"));
}

TEST(HlsContentType, GoesByTheName) {
  EXPECT_EQ(hls_content_type("a/index.m3u8"), "application/vnd.apple.mpegurl");
  EXPECT_EQ(hls_content_type("a/init.mp4"), "video/mp4");
  EXPECT_EQ(hls_content_type("a/1.vtt"), "text/vtt; charset=utf-8");
  EXPECT_EQ(hls_content_type("a.json"), "application/json");
  EXPECT_EQ(hls_content_type("a.bin"), "application/octet-stream");
}

}  // namespace
}  // namespace subtide
