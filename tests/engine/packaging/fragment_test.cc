#include "engine/packaging/fragment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/packaging/media_track.h"
#include "tests/support/cmaf_reader.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::SizeIs;

TrackFormat video() {
  TrackFormat format;
  format.codec = "avc1.64001F";
  return format;
}

TrackFormat audio() {
  TrackFormat format;
  format.kind = TrackFormat::Kind::kAudio;
  format.timescale = 48'000;
  return format;
}

Sample sample_at(MediaTime decode, MediaTime presentation, MediaDuration duration, bool is_key,
                 const std::string& bytes) {
  return {decode, presentation, duration, is_key, bytes};
}

TEST(Fragment, IsReadBackAsItWas) {
  const std::vector<Sample> samples = {sample_at(1s, 1s, 40ms, true, "key"),
                                       sample_at(1040ms, 1120ms, 40ms, false, "P"),
                                       sample_at(1080ms, 1040ms, 40ms, false, "")};
  const auto chunks = read_cmaf_chunks(write_fragment(7, video(), samples));
  ASSERT_THAT(chunks, SizeIs(1));
  EXPECT_EQ(chunks[0].sequence, 7U);
  EXPECT_EQ(chunks[0].decode, 90'000U);
  ASSERT_THAT(chunks[0].samples, SizeIs(3));
  EXPECT_TRUE(chunks[0].samples[0].is_sync);
  EXPECT_FALSE(chunks[0].samples[1].is_sync);
  EXPECT_EQ(chunks[0].samples[0].bytes, "key");
  EXPECT_EQ(chunks[0].samples[1].bytes, "P");
  EXPECT_EQ(chunks[0].samples[1].offset, 7200);
  EXPECT_EQ(chunks[0].samples[2].offset, -3600) << "shown before it is decoded, on paper";
  EXPECT_EQ(chunks[0].samples[2].duration, 3600U);
}

TEST(Fragment, DecodeTimesHave64Bits) {
  const MediaTime year = 24h * 365;
  const auto chunks = read_cmaf_chunks(
      write_fragment(1, video(), std::vector{sample_at(year, year, 40ms, true, "x")}));
  EXPECT_EQ(chunks[0].decode, 31'536'000ULL * 90'000);
}

TEST(Fragment, NothingDriftsOverADay) {
  // 30000/1001 a second: no whole number of nanoseconds. Chunks are written at both ends of a day.
  const auto time_of = [](std::int64_t frame) { return MediaTime(frame * 1'001'000'000 / 30'000); };
  MediaTrack track("video_720p", 1s, nullptr);
  track.set_format(video());
  std::uint64_t next = 0;
  constexpr std::int64_t kDay = 24LL * 3600 * 30'000 / 1001;
  for (std::int64_t frame = kDay - 500; frame < kDay; ++frame) {
    const MediaTime at = time_of(frame);
    ASSERT_TRUE(track.push(sample_at(at, at, 0ns, true, "x"), 0).value());
    while (track.front() != nullptr) track.take_front();
    const auto chunk = track.close_chunk();
    if (!chunk) continue;
    const auto read = read_cmaf_chunks(chunk->bytes);
    ASSERT_THAT(read, SizeIs(1));
    if (next != 0) {
      ASSERT_EQ(read[0].decode, next) << "chunks touch";
    }
    next = read[0].decode + read[0].samples[0].duration;
    ASSERT_EQ(read[0].decode, static_cast<std::uint64_t>(to_ticks(time_of(frame - 1), 90'000)));
  }
}

TEST(MediaTrack, AKeyFrameDecodesWhenItIsShown) {
  MediaTrack track("video_720p", 1s, nullptr);
  track.set_format(video());
  // As an encoder with two B-frames gives them: decode times run 80 ms ahead, from below zero.
  const std::vector<std::pair<MediaTime, MediaTime>> order = {
      {-80ms, 0ms}, {-40ms, 120ms}, {0ms, 40ms}, {40ms, 80ms}, {80ms, 240ms}};
  bool is_key = true;
  for (const auto& [decode, presentation] : order) {
    ASSERT_TRUE(track.push(sample_at(decode, presentation, 40ms, is_key, "x"), 0).value());
    is_key = false;
  }
  while (track.front() != nullptr) track.take_front();
  const auto chunk = track.close_chunk();
  EXPECT_EQ(chunk->span, (TimeSpan{0ms, 160ms}));
  const auto chunks = read_cmaf_chunks(chunk->bytes);
  std::vector<std::int64_t> shown;
  for (const CmafSample& each : chunks[0].samples) {
    shown.push_back((static_cast<std::int64_t>(each.decode) + each.offset) / 90);
  }
  EXPECT_THAT(shown, ElementsAre(0, 120, 40, 80));
}

TEST(MediaTrack, AGapOfSoundBeginsANewChunk) {
  MediaTrack track("audio_en", 1s, nullptr);
  track.set_format(audio());
  for (const MediaTime at : {0ms, 20ms, 40ms, 500ms, 520ms, 540ms}) {
    ASSERT_TRUE(track.push(sample_at(at, at, 20ms, true, "a"), 0).value());
  }
  while (track.front() != nullptr) track.take_front();
  const auto chunks = read_cmaf_chunks(track.close_chunk()->bytes);
  ASSERT_THAT(chunks, SizeIs(2));
  EXPECT_THAT(chunks[0].samples, SizeIs(3));
  EXPECT_EQ(chunks[0].samples[2].duration, 960U);
  EXPECT_EQ(chunks[1].decode, 24'000U);
  EXPECT_EQ(chunks[1].sequence, chunks[0].sequence + 1);
}

TEST(MediaTrack, APictureStandsStillOverAShortGap) {
  MediaTrack track("video_720p", 1s, nullptr);
  track.set_format(video());
  for (const MediaTime at : {0ms, 40ms, 540ms, 3000ms, 3040ms}) {
    ASSERT_TRUE(track.push(sample_at(at, at, 40ms, true, "v"), 0).value());
  }
  std::vector<MediaDuration> lengths;
  for (; track.front() != nullptr; track.take_front()) lengths.push_back(track.front()->duration);
  EXPECT_THAT(lengths, ElementsAre(40ms, 500ms, 40ms, 40ms)) << "2.4 s are a hole";
}

TEST(MediaTrack, MetadataStandsBeforeTheChunkOfItsTime) {
  MediaTrack track("video_720p", 1s, [](const TimedMetadata& item, const TrackFormat&) {
    return std::string(
               "\0\0\0\x0c"
               "emsg",
               8) +
           item.id.substr(0, 4);
  });
  track.set_format(video());
  TimedMetadata item;
  item.id = "late";
  item.at = 60ms;
  track.add(item);
  item.id = "soon";
  item.at = 20ms;
  track.add(item);
  for (const MediaTime at : {0ms, 40ms, 80ms}) {
    ASSERT_TRUE(track.push(sample_at(at, at, 40ms, true, "v"), 0).value());
  }
  track.take_front();
  const auto first = read_cmaf_chunks(track.close_chunk()->bytes);
  EXPECT_THAT(first[0].events, ElementsAre(std::string("\0\0\0\x0c"
                                                       "emsgsoon",
                                                       12)));
  track.take_front();
  const auto second = read_cmaf_chunks(track.close_chunk()->bytes);
  EXPECT_THAT(second[0].events, ElementsAre(std::string("\0\0\0\x0c"
                                                        "emsglate",
                                                        12)));
}

}  // namespace
}  // namespace subtide
