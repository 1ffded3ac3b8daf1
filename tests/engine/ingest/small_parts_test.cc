#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/ingest/backoff.h"
#include "engine/ingest/source_address.h"
#include "engine/ingest/source_watch.h"
#include "engine/ingest/timestamp_unwrapper.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// ---- TimestampUnwrapper ----

TEST(TimestampUnwrapper, CountsTurnsWithoutLosingNanoseconds) {
  EXPECT_EQ(wraps(1), 95'443'717'688'888ns);
  EXPECT_EQ(wraps(9), 858'993'459'200'000ns);
  EXPECT_EQ(wraps(900), 85'899'345'920'000'000ns);
}

TEST(TimestampUnwrapper, GoesOnAcrossTheWrapInAnyOrder) {
  TimestampUnwrapper unwrapper;
  unwrapper.believe(wraps(1) - 1s);
  EXPECT_EQ(unwrapper.unwrap(80ms), wraps(1) + 80ms);
  EXPECT_EQ(unwrapper.unwrap(wraps(1) - 40ms), wraps(1) - 40ms);
  unwrapper.believe(wraps(1) + 1s);
  EXPECT_EQ(unwrapper.unwrap(wraps(1) - 40ms), wraps(1) - 40ms);
}

TEST(TimestampUnwrapper, BeginsWithTheTimeAsItIs) {
  TimestampUnwrapper unwrapper;
  EXPECT_EQ(unwrapper.unwrap(5s), 5s);
  unwrapper.believe(wraps(3) + 7s);
  EXPECT_EQ(unwrapper.unwrap(5s), wraps(3) + 5s);
  unwrapper.reset();
  EXPECT_EQ(unwrapper.unwrap(5s), 5s);
}

// ---- Backoff ----

TEST(Backoff, GrowsToFifteenSecondsAndStaysThere) {
  Backoff backoff(7);
  for (const int expected : {500, 1'000, 2'000, 4'000, 8'000, 15'000, 15'000, 15'000}) {
    const auto pause = backoff.next();
    EXPECT_GE(pause.count(), expected * 8 / 10);
    EXPECT_LE(pause.count(), expected * 12 / 10);
  }
  EXPECT_EQ(backoff.attempts(), 8);
}

TEST(Backoff, BeginsAnewAfterSuccessAndNeverGivesUp) {
  Backoff backoff(7);
  for (int i = 0; i < 100'000; ++i) backoff.next();
  EXPECT_GE(backoff.next(), 12s);
  backoff.succeeded();
  EXPECT_EQ(backoff.attempts(), 0);
  EXPECT_LE(backoff.next(), 600ms);
}

TEST(Backoff, TwoEnginesDoNotComeBackTogether) {
  Backoff one(1);
  Backoff other(2);
  int different = 0;
  for (int i = 0; i < 10; ++i) different += one.next() != other.next() ? 1 : 0;
  EXPECT_GE(different, 5);
}

// ---- SourceWatch ----

SteadyTime at(std::chrono::milliseconds time) { return SteadyTime(time); }

TEST(SourceWatch, ASilentSourceIsNoticedAfterThreeSeconds) {
  SourceWatch watch;
  watch.start(at(0s));
  watch.media(TimelineKind::kVideo, at(1s));
  EXPECT_THAT(watch.poll(at(3'900ms)), IsEmpty());
  EXPECT_THAT(watch.poll(at(4s)), ElementsAre(WatchNotice{WatchKind::kSourceSilent, 3s}));
  EXPECT_THAT(watch.poll(at(9s)), IsEmpty());
}

TEST(SourceWatch, ASourceThatComesInPiecesMayBeSilentForLonger) {
  SourceWatch watch;
  watch.allow_silence(8s);
  watch.start(at(0s));
  watch.media(TimelineKind::kVideo, at(1s));
  EXPECT_THAT(watch.poll(at(8s)), IsEmpty());
  EXPECT_THAT(watch.poll(at(9s)), ElementsAre(WatchNotice{WatchKind::kSourceSilent, 8s}));
}

TEST(SourceWatch, MetadataAloneIsNoMedia) {
  SourceWatch watch;
  watch.start(at(0s));
  watch.media(TimelineKind::kVideo, at(0s));
  watch.media(TimelineKind::kOther, at(2'900ms));
  EXPECT_THAT(watch.poll(at(3s)), ElementsAre(WatchNotice{WatchKind::kSourceSilent, 3s}));
}

TEST(SourceWatch, AConnectionThatBringsNothingIsNoticed) {
  SourceWatch watch;
  watch.start(at(0s));
  EXPECT_THAT(watch.poll(at(9s)), IsEmpty());
  EXPECT_THAT(watch.poll(at(10s)), ElementsAre(WatchNotice{WatchKind::kNotConnected, 10s}));
}

TEST(SourceWatch, NothingIsNoticedWhileStopped) {
  SourceWatch watch;
  watch.start(at(0s));
  watch.stop();
  EXPECT_THAT(watch.poll(at(100s)), IsEmpty());
}

TEST(SourceWatch, MissingSoundIsToldOnceAndItsReturnToo) {
  SourceWatch watch;
  watch.expect_audio();
  watch.start(at(0s));
  watch.media(TimelineKind::kAudio, at(0s));
  std::vector<WatchKind> told;
  for (int second = 1; second < 10; ++second) {
    watch.media(TimelineKind::kVideo, at(std::chrono::seconds(second)));
    for (const auto& notice : watch.poll(at(std::chrono::seconds(second)))) {
      told.push_back(notice.kind);
      EXPECT_EQ(second, 5);
    }
  }
  watch.media(TimelineKind::kAudio, at(10s));
  for (const auto& notice : watch.poll(at(10s))) told.push_back(notice.kind);
  EXPECT_THAT(told, ElementsAre(WatchKind::kAudioMissing, WatchKind::kAudioRestored));
}

TEST(SourceWatch, ASourceWithoutSoundMissesNone) {
  SourceWatch watch;
  watch.start(at(0s));
  watch.media(TimelineKind::kVideo, at(20s));
  EXPECT_THAT(watch.poll(at(20s)), IsEmpty());
}

TEST(SourceWatch, DigitalSilenceIsToldAfterTenSecondsOfSound) {
  SourceWatch watch;
  for (int second = 1; second < 10; ++second) EXPECT_THAT(watch.level(0.0, 1s), IsEmpty());
  EXPECT_THAT(watch.level(0.00005, 1s), ElementsAre(WatchNotice{WatchKind::kAudioSilent, 10s}));
  EXPECT_THAT(watch.level(0.0, 1s), IsEmpty());
  EXPECT_THAT(watch.level(0.01, 1s), ElementsAre(WatchNotice{WatchKind::kAudioRestored, 11s}));
}

// ---- SourceAddress ----

SourceAddress read(std::string_view text) {
  auto address = parse_source_address(text);
  EXPECT_TRUE(address) << text << ": " << address.error().message;
  return address.value_or(SourceAddress{});
}

TEST(SourceAddress, KnowsTheKindsOfSource) {
  EXPECT_EQ(read("srt://10.0.0.1:9000?mode=caller").kind, SourceKind::kSrt);
  EXPECT_EQ(read("srt://:9000?mode=listener").kind, SourceKind::kSrt);
  EXPECT_EQ(read("RTMP://host/app/key").kind, SourceKind::kRtmp);
  EXPECT_EQ(read("rtsps://camera/stream").kind, SourceKind::kRtsp);
  EXPECT_EQ(read("udp://239.0.0.1:1234").kind, SourceKind::kUdp);
  EXPECT_EQ(read("rtp://0.0.0.0:5004").kind, SourceKind::kRtp);
  EXPECT_EQ(read("https://a.example/live/index.m3u8?token=1").kind, SourceKind::kHls);
  EXPECT_EQ(read("http://a.example/talk.mp4").kind, SourceKind::kHttp);
  EXPECT_EQ(read("file:///srv/talk.mp4").path, "/srv/talk.mp4");
  EXPECT_EQ(read("talks/a:b.ts").path, "talks/a:b.ts");
}

TEST(SourceAddress, ReadsHostAndPort) {
  EXPECT_EQ(read("udp://@239.0.0.1:1234?ttl=1").host, "239.0.0.1");
  EXPECT_EQ(read("udp://@239.0.0.1:1234").port, 1234);
  EXPECT_EQ(read("udp://:5000").host, "");
  EXPECT_EQ(read("rtp://[::1]:5000").host, "::1");
}

TEST(SourceAddress, OnlyFilesEnd) {
  EXPECT_TRUE(read("srt://a:1").is_endless());
  EXPECT_TRUE(read("http://a.example/x.m3u8").is_endless());
  EXPECT_FALSE(read("http://a.example/x.mp4").is_endless());
  EXPECT_FALSE(read("x.mp4").is_endless());
}

TEST(SourceAddress, ShowsNoSecrets) {
  for (const char* text :
       {"srt://me:word1@h:9000?passphrase=word2&streamid=word3", "rtmp://me:word1@h/app/word2",
        "rtsp://me:word1@h/cam?key=word2", "https://me:word1@h/a/x.m3u8?token=word2",
        "udp://word1@h:9000?x=word2"}) {
    EXPECT_THAT(read(text).shown, Not(HasSubstr("word"))) << text;
    EXPECT_THAT(read(text).shown, HasSubstr("h")) << text;
  }
  EXPECT_EQ(read("rtmp://h/app/inst/key").shown, "rtmp://h/app/inst/…");
}

TEST(SourceAddress, RefusesEverythingElseInOneLine) {
  for (const char* text :
       {"", "ftp://h/x.ts", "concat://a|b", "data://x", "gopher://h/", "udp://h", "udp://h:0",
        "udp://h:70000", "rtp://h:5x", "srt://", "rtmp:///app", "http://", "list.m3u8",
        "file:///a/LIST.M3U8", "http://h h/x", "v4l2:///dev/video0"}) {
    const auto address = parse_source_address(text);
    ASSERT_FALSE(address) << text;
    EXPECT_FALSE(address.error().message.empty()) << text;
    EXPECT_THAT(address.error().message, Not(HasSubstr("\n"))) << text;
  }
}

TEST(SourceAddress, NamesItsKinds) {
  EXPECT_EQ(to_string(SourceKind::kSrt), "srt");
  EXPECT_EQ(to_string(SourceKind::kHls), "hls");
}

}  // namespace
}  // namespace subtide
