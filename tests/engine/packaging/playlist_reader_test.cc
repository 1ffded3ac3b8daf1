#include "engine/packaging/playlist_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/packaging/fragment.h"
#include "engine/packaging/fragment_reader.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

MediaPlaylist some_playlist() {
  MediaPlaylist playlist;
  playlist.type = PlaylistType::kEvent;
  playlist.target_seconds = 2;
  playlist.first_sequence = 12;
  playlist.first_discontinuity = 3;
  SegmentEntry segment;
  segment.uri = "00000012.m4s";
  segment.duration = 2002ms;
  segment.map = "init.mp4";
  segment.starts = WallTime(1'782'907'200'123ms);
  playlist.segments.push_back(segment);
  segment.uri = "00000013.m4s";
  segment.duration = 1'999'333us;
  segment.starts = WallTime(1'782'907'300s);
  segment.is_discontinuous = true;
  segment.map = "init_2.mp4";
  playlist.segments.push_back(segment);
  segment.uri = "00000014.m4s";
  segment.is_discontinuous = false;
  segment.is_gap = true;
  segment.starts.reset();
  playlist.segments.push_back(segment);
  playlist.date_ranges.push_back({{}, R"(ID="a,b",START-DATE="2026-07-01T12:00:00.000Z")"});
  return playlist;
}

TEST(PlaylistReader, WrittenAgainItIsTheSame) {
  for (const bool has_ended : {false, true}) {
    MediaPlaylist playlist = some_playlist();
    playlist.has_ended = has_ended;
    playlist.is_independent = has_ended;
    const std::string text = write_playlist(playlist);
    const auto read = read_playlist(text);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(write_playlist(*read), text);
    EXPECT_EQ(read->segments, playlist.segments);
    EXPECT_EQ(read->type, PlaylistType::kEvent);
  }
}

TEST(PlaylistReader, FindsThePartsOfTheOpenSegment) {
  MediaPlaylist playlist = some_playlist();
  LowLatency low;
  low.part_target = 500ms;
  low.parts = {{"00000015.1.m4s", 500ms, true, false}, {"00000015.2.m4s", 480ms, false, true}};
  low.next_part = "00000015.3.m4s";
  low.starts = WallTime(1'782'907'304s);
  low.map = "init_2.mp4";
  playlist.segments.back().parts = {{"00000014.1.m4s", 500ms, true, true}};
  playlist.low_latency = low;
  const auto read = read_playlist(write_playlist(playlist));
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_TRUE(read->low_latency);
  EXPECT_EQ(read->low_latency->parts, low.parts);
  EXPECT_EQ(read->low_latency->starts, low.starts);
  EXPECT_EQ(read->low_latency->map, "init_2.mp4");
  EXPECT_EQ(read->low_latency->part_target, 500ms);
}

TEST(PlaylistReader, RefusesWhatIsNotOurs) {
  const std::string good = write_playlist(some_playlist());
  const auto with = [&good](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    return text;
  };
  const std::pair<std::string, std::string> cases[] = {
      {"", "line 1: no playlist"},
      {"#EXTM3U\n", "no target duration"},
      {with("00000012.m4s", "../12.m4s"), "the name of a file in the same folder"},
      {with("00000012.m4s", "http://other/12.m4s"), "the name of a file"},
      {with("\"init.mp4\"", "\"/etc/passwd\""), "the name of a file"},
      {with("#EXTINF:2.002,", "#EXTINF:two,"), "expected seconds"},
      {with("#EXTINF:2.002,", "#EXTINF:-1,"), "expected seconds"},
      {with("#EXTINF:2.002,\n", ""), "a segment without length"},
      {with("SEQUENCE:12", "SEQUENCE:x"), "expected a number"},
      {with("EVENT", "OTHER"), "expected EVENT or VOD"},
      {with("#EXT-X-GAP", "#EXT-X-KEY:METHOD=NONE"), "an unknown tag"},
      {with("2026-07-01T12:00:00.123Z", "yesterday"), "expected a date"}};
  for (const auto& [text, fault] : cases) {
    const auto read = read_playlist(text);
    ASSERT_FALSE(read) << fault;
    EXPECT_EQ(read.error().code, ErrorCode::kBadInput);
    EXPECT_THAT(read.error().message, HasSubstr(fault));
  }
}

TEST(FragmentReader, FindsWhenASegmentBegins) {
  TrackFormat format;
  format.timescale = 48'000;
  format.kind = TrackFormat::Kind::kAudio;
  Sample sample;
  sample.decode = sample.presentation = 26h + 1500ms;
  sample.duration = 20ms;
  sample.bytes = "sound";
  const std::string init = write_init(format);
  const std::string fragment = write_fragment(7, format, std::span(&sample, 1));
  EXPECT_EQ(read_fragment_begin(init, fragment), 26h + 1500ms);
  // An event message before it.
  const std::string event = std::string("\0\0\0\x0C", 4) + "emsg1234";
  EXPECT_EQ(read_fragment_begin(init, event + fragment), 26h + 1500ms);
  EXPECT_EQ(read_fragment_begin(fragment, init), std::nullopt);
  for (std::size_t size = 0; size < 80; ++size) {
    EXPECT_EQ(read_fragment_begin(init, fragment.substr(0, size)), std::nullopt) << size;
  }
}

}  // namespace
}  // namespace subtide
