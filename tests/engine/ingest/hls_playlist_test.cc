#include "engine/ingest/hls_playlist.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace subtide {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Url base() { return *parse_url("https://origin.example/live/index.m3u8"); }

Result<HlsPlaylist> parse(std::string_view text) { return parse_hls_playlist(text, base()); }

HlsMedia media(std::string_view text) {
  auto playlist = parse(text);
  EXPECT_TRUE(playlist) << playlist.error().message;
  return std::get<HlsMedia>(*playlist);
}

constexpr std::string_view kHead = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n";

/// A live playlist of two-second segments from `first` on.
HlsMedia live(std::uint64_t first, int count, bool is_ended = false) {
  std::string text(kHead);
  text += "#EXT-X-MEDIA-SEQUENCE:" + std::to_string(first) + "\n";
  for (int i = 0; i < count; ++i) text += "#EXTINF:2.0,\ns.ts\n";
  if (is_ended) text += "#EXT-X-ENDLIST\n";
  return media(text);
}

std::vector<std::uint64_t> numbers(const std::vector<HlsSegment>& segments) {
  std::vector<std::uint64_t> found;
  for (const HlsSegment& segment : segments) found.push_back(segment.number);
  return found;
}

TEST(HlsPlaylist, ReadsSegments) {
  const HlsMedia list = media(
      "#EXTM3U\r\n#EXT-X-VERSION:7\r\n#EXT-X-TARGETDURATION:4\r\n#EXT-X-MEDIA-SEQUENCE:41\r\n"
      "#EXT-X-MAP:URI=\"init.mp4\",BYTERANGE=\"700@0\"\r\n"
      "#EXTINF:4.0,title, with comma\r\na.m4s\r\n"
      "#EXT-X-DISCONTINUITY\r\n#EXTINF:3.5,\r\n#EXT-X-BYTERANGE:1000@200\r\n../b.m4s?x=1\r\n"
      "#EXTINF:3.5,\r\n#EXT-X-BYTERANGE:50\r\nhttps://cdn.example/c.m4s\r\n"
      "#EXT-X-GAP\r\n#EXTINF:1,\r\nd.m4s\r\n#EXT-X-ENDLIST\r\n");
  EXPECT_EQ(list.target, 4s);
  EXPECT_TRUE(list.is_ended);
  ASSERT_EQ(list.segments.size(), 4U);
  EXPECT_EQ(list.segments[0].media.url.to_request(), "https://origin.example/live/a.m4s");
  EXPECT_EQ(list.segments[0].map->url.to_request(), "https://origin.example/live/init.mp4");
  EXPECT_EQ(list.segments[0].map->range, (ByteRange{0, 700}));
  EXPECT_EQ(list.segments[0].number, 41U);
  EXPECT_EQ(list.segments[0].duration, 4s);
  EXPECT_FALSE(list.segments[0].begins_anew);
  EXPECT_EQ(list.segments[1].media.url.to_request(), "https://origin.example/b.m4s?x=1");
  EXPECT_EQ(list.segments[1].media.range, (ByteRange{200, 1000}));
  EXPECT_TRUE(list.segments[1].begins_anew);
  EXPECT_EQ(list.segments[2].media.range, (ByteRange{1200, 50}));
  EXPECT_EQ(list.segments[2].media.url.host, "cdn.example");
  EXPECT_TRUE(list.segments[3].is_gap);
}

TEST(HlsPlaylist, ReadsVariantsAndTheirSound) {
  const auto playlist = parse(
      "#EXTM3U\n"
      "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"x, y\",URI=\"other.m3u8\"\n"
      "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"en\",DEFAULT=YES,URI=\"en.m3u8\"\n"
      "#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"s\",NAME=\"en\",URI=\"subs.m3u8\"\n"
      "#EXT-X-STREAM-INF:BANDWIDTH=100,CODECS=\"avc1.4d,mp4a\",AUDIO=\"a\"\nlow.m3u8\n"
      "#EXT-X-STREAM-INF:BANDWIDTH=900\nhigh.m3u8\n");
  ASSERT_TRUE(playlist);
  const auto& master = std::get<HlsMaster>(*playlist);
  ASSERT_EQ(master.variants.size(), 2U);
  EXPECT_EQ(master.variants[0].audio->path, "/live/en.m3u8");
  EXPECT_EQ(best_variant(master)->url.path, "/live/high.m3u8");
  EXPECT_FALSE(best_variant(master)->audio);
  EXPECT_EQ(best_variant(HlsMaster{}), nullptr);
}

TEST(HlsPlaylist, TakesNoAddressButHttp) {
  for (const char* address :
       {"file:///etc/passwd", "FILE:///etc/passwd", "data:text/plain,x", "concat:a|b",
        "subfile,,start,0,end,9,,:/etc/passwd", "gopher://127.0.0.1/", "ftp://h/x", "rtp://h:1",
        "crypto:http://h/x", "udp://h:1", "pipe:0", "fd://0", "http://", "//:0/x"}) {
    for (const std::string& text :
         {std::string(kHead) + "#EXTINF:2,\n" + address + "\n",
          "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n" + std::string(address) + "\n",
          std::string(kHead) + "#EXT-X-MAP:URI=\"" + address + "\"\n",
          "#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",URI=\"" + std::string(address) +
              "\"\n"}) {
      const auto playlist = parse(text);
      if (playlist) {  // some are relative paths of the same origin, which is harmless
        const auto* list = std::get_if<HlsMedia>(&*playlist);
        if (list == nullptr || list->segments.empty()) continue;
        EXPECT_EQ(list->segments[0].media.url.host, "origin.example") << text;
      } else {
        EXPECT_THAT(playlist.error().message, HasSubstr("origin.example")) << text;
      }
    }
  }
  EXPECT_EQ(parse(std::string(kHead) + "#EXTINF:2,\nfile:///etc/passwd\n").error().code,
            ErrorCode::kDenied);
}

TEST(HlsPlaylist, RefusesEncryptedSegmentsInClearWords) {
  const auto playlist = parse(std::string(kHead) + "#EXT-X-KEY:METHOD=AES-128,URI=\"k\"\n");
  ASSERT_FALSE(playlist);
  EXPECT_EQ(playlist.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(playlist.error().message, HasSubstr("encrypted"));
  EXPECT_TRUE(parse(std::string(kHead) + "#EXT-X-KEY:METHOD=NONE\n"));
}

TEST(HlsPlaylist, RefusesWhatIsNone) {
  for (const char* text :
       {"", "<html>", "#EXTM3U\n", "#EXTM3U\n#EXT-X-TARGETDURATION:0\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:x\n", "#EXTM3U\n#EXT-X-TARGETDURATION:2\nseg.ts\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:nan,\nseg.ts\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:-1,\nseg.ts\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n#EXT-X-BYTERANGE:x@1\nseg.ts\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MAP:BYTERANGE=\"1@1\"\n"}) {
    const auto playlist = parse(text);
    ASSERT_FALSE(playlist) << text;
    EXPECT_EQ(playlist.error().code, ErrorCode::kBadInput) << text;
  }
  std::string many(kHead);
  for (int i = 0; i < 10'001; ++i) many += "#EXTINF:2,\ns.ts\n";
  EXPECT_FALSE(parse(many));
}

TEST(HlsCursor, BeginsThreeTargetsBeforeTheLiveEdge) {
  HlsCursor cursor;
  EXPECT_THAT(numbers(cursor.update(live(10, 8))), ElementsAre(15, 16, 17));
  EXPECT_EQ(cursor.reload_pause(), 2s);
}

TEST(HlsCursor, GivesEachSegmentOnce) {
  HlsCursor cursor;
  cursor.update(live(10, 3));
  EXPECT_THAT(cursor.update(live(10, 3)), IsEmpty());
  EXPECT_EQ(cursor.reload_pause(), 1s);
  EXPECT_THAT(numbers(cursor.update(live(11, 3))), ElementsAre(13));
  EXPECT_FALSE(cursor.has_ended());
}

TEST(HlsCursor, MarksWhatFollowsLostSegments) {
  HlsCursor cursor;
  cursor.update(live(10, 3));
  const auto fresh = cursor.update(live(20, 2));
  EXPECT_THAT(numbers(fresh), ElementsAre(20, 21));
  EXPECT_TRUE(fresh[0].begins_anew);
}

TEST(HlsCursor, GoesOnWithAServerThatCountsFromAnew) {
  HlsCursor cursor;
  cursor.update(live(500, 3));
  const auto fresh = cursor.update(live(0, 2));
  EXPECT_THAT(numbers(fresh), ElementsAre(0, 1));
  EXPECT_TRUE(fresh[0].begins_anew);
}

TEST(HlsCursor, ReadsAnEndedPlaylistFromItsStart) {
  HlsCursor cursor;
  EXPECT_THAT(numbers(cursor.update(live(0, 20, true))), testing::SizeIs(20));
  EXPECT_TRUE(cursor.has_ended());
}

TEST(HlsCursor, WaitsWithAnEmptyPlaylist) {
  HlsCursor cursor;
  EXPECT_THAT(cursor.update(live(0, 0)), IsEmpty());
  EXPECT_EQ(cursor.reload_pause(), 1s);
}

}  // namespace
}  // namespace subtide
