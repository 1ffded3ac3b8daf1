// Addresses that content names (F31): what is forbidden is not reached.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>

#include "tests/ingest/ingest_run.h"
#include "tests/ingest/servers.h"
#include "tests/ingest/test_media.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;

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

}  // namespace
}  // namespace subtide
