#include "engine/packaging/playlist.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/golden.h"
#include "tests/support/playlist_validator.h"

#include "engine/metadata/cue_file.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;

const WallTime kNoon{std::chrono::seconds(1'782'907'200)};

WallTime noon_and(MediaDuration later) {
  return kNoon + std::chrono::duration_cast<WallTime::duration>(later);
}

SegmentEntry segment(const std::string& uri, MediaDuration duration, MediaDuration later) {
  SegmentEntry entry;
  entry.uri = uri;
  entry.duration = duration;
  entry.starts = noon_and(later);
  entry.map = "init.mp4";
  return entry;
}

MediaPlaylist live() {
  MediaPlaylist playlist;
  playlist.target_seconds = 2;
  playlist.first_sequence = 41;
  playlist.first_discontinuity = 3;
  playlist.segments = {segment("00000041.m4s", 2002ms, 0s), segment("00000042.m4s", 2002ms, 2002ms),
                       segment("00000043.m4s", 1500ms, 64s)};
  playlist.segments[1].is_gap = true;
  playlist.segments[2].is_discontinuous = true;
  playlist.segments[2].map = "init_2.mp4";
  AttributeList range;
  range.quoted("ID", "goal-1").quoted("START-DATE", format_wall_time(noon_and(1s)));
  range.plain("DURATION", "5.000").quoted("X-TEAM", "\"home\"\n");
  playlist.date_ranges = {{noon_and(1s), range.text()}};
  return playlist;
}

void expect_golden_playlist(const std::string& name, const std::string& text) {
  EXPECT_THAT(playlist_faults(text), IsEmpty());
  expect_golden("packaging/" + name, text);
}

TEST(Playlist, LiveEventAndVodAreAsTheyWere) {
  MediaPlaylist playlist = live();
  expect_golden_playlist("live.m3u8", write_playlist(playlist));
  playlist.type = PlaylistType::kEvent;
  playlist.first_sequence = 1;
  playlist.first_discontinuity = 0;
  playlist.is_independent = false;
  expect_golden_playlist("event.m3u8", write_playlist(playlist));
  playlist.type = PlaylistType::kVod;
  playlist.has_ended = true;
  expect_golden_playlist("vod.m3u8", write_playlist(playlist));
}

TEST(Playlist, TextHasNoMap) {
  MediaPlaylist playlist;
  playlist.target_seconds = 2;
  playlist.segments = {segment("00000001.vtt", 2s, 0s)};
  playlist.segments[0].map.clear();
  expect_golden_playlist("text.m3u8", write_playlist(playlist));
}

TEST(Playlist, LowLatencyTellsPartsAndTheNextOne) {
  MediaPlaylist playlist = live();
  playlist.segments[0].parts = {{"00000041.1.m4s", 1001ms, true},
                                {"00000041.2.m4s", 1001ms, false}};
  playlist.segments[1].is_gap = false;
  playlist.low_latency.emplace();
  playlist.low_latency->part_target = 1001ms;
  playlist.low_latency->starts = noon_and(65'500ms);
  playlist.low_latency->map = "init_2.mp4";
  playlist.low_latency->parts = {{"00000044.1.m4s", 1001ms, true}};
  playlist.low_latency->next_part = "00000044.2.m4s";
  expect_golden_playlist("low_latency.m3u8", write_playlist(playlist));
  playlist.has_ended = true;
  EXPECT_THAT(playlist_faults(write_playlist(playlist)), IsEmpty());
  EXPECT_THAT(write_playlist(playlist), testing::Not(HasSubstr("PRELOAD-HINT")));
}

TEST(Playlist, MultivariantNamesAllChoices) {
  using Kind = MediaChoice::Kind;
  MultivariantPlaylist playlist;
  playlist.choices = {
      {Kind::kAudio, "English", "en", true, true, 2, "audio_en/index.m3u8", ""},
      {Kind::kSubtitles, "Say \"hi\"", "es-419", false, true, 0, "subs_es-419/index.m3u8", ""},
      {Kind::kClosedCaptions, "CC", "en", false, true, 0, "", "CC1"}};
  playlist.variants = {{"video_720p/index.m3u8",
                        2'950'000,
                        2'600'000,
                        {"avc1.64001F", "mp4a.40.2"},
                        1280,
                        720,
                        30'000.0 / 1001}};
  expect_golden_playlist("multivariant.m3u8", write_playlist(playlist));
  playlist.choices.clear();
  EXPECT_THAT(write_playlist(playlist), HasSubstr("CLOSED-CAPTIONS=NONE"));
  EXPECT_THAT(playlist_faults(write_playlist(playlist)), IsEmpty());
}

TEST(Playlist, UrisAreEscaped) {
  MediaPlaylist playlist = live();
  playlist.segments[0].uri = "a b\"#%.m4s";
  EXPECT_THAT(write_playlist(playlist), HasSubstr("\na%20b%22%23%25.m4s\n"));
  EXPECT_THAT(playlist_faults(write_playlist(playlist)), IsEmpty());
}

TEST(Playlist, FormatsNumbers) {
  EXPECT_EQ(format_seconds(2s), "2.000");
  EXPECT_EQ(format_seconds(2005333us), "2.005333");
  EXPECT_EQ(format_seconds(0s), "0.000");
  EXPECT_EQ(format_seconds(999'999'600ns), "1.000");
  EXPECT_EQ(format_wall_time(noon_and(1234567us)), "2026-07-01T12:00:01.235Z");
  EXPECT_EQ(format_wall_time(WallTime{}), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(rounded_seconds(2499ms), 2);
  EXPECT_EQ(rounded_seconds(2500ms), 3);
}

}  // namespace
}  // namespace subtide
