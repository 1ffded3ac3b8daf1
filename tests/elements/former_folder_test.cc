#include "elements/hls_sink/former_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "engine/packaging/fragment.h"
#include "engine/packaging/webvtt_segment.h"
#include "tests/support/playlist_validator.h"
#include "tests/support/shared_files.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Key;
using testing::SizeIs;

/// A folder as a killed engine leaves it.
class FormerFolderTest : public testing::Test {
 protected:
  void write(const std::string& name, const std::string& bytes) const {
    fs::create_directories((path() / name).parent_path());
    std::ofstream(path() / name, std::ios::binary) << bytes;
  }
  std::string read(const std::string& name) const {
    std::ifstream file(path() / name, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }
  static TrackFormat sound() {
    TrackFormat format;
    format.kind = TrackFormat::Kind::kAudio;
    format.timescale = 48'000;
    return format;
  }
  static std::string fragment(MediaTime begin) {
    Sample sample;
    sample.decode = sample.presentation = begin;
    sample.duration = 20ms;
    sample.bytes = "sound";
    return write_fragment(1, sound(), std::span(&sample, 1));
  }
  /// Segments of two seconds from 1 s on; what is named is there.
  MediaPlaylist make(const std::string& folder, int count, std::uint64_t first = 1) const {
    const bool is_text = folder.starts_with("subs");
    MediaPlaylist playlist;
    playlist.type = PlaylistType::kEvent;
    playlist.target_seconds = 2;
    playlist.first_sequence = first;
    if (!is_text) write(folder + "/init.mp4", write_init(sound()));
    for (int i = 0; i < count; ++i) {
      SegmentEntry entry;
      entry.uri =
          fmt::format("{:08}.{}", first + static_cast<unsigned>(i), is_text ? "vtt" : "m4s");
      entry.duration = 2s;
      entry.map = is_text ? "" : "init.mp4";
      write(folder + "/" + entry.uri, is_text ? "WEBVTT\n" : fragment(1s + 2s * i));
      playlist.segments.push_back(entry);
    }
    return playlist;
  }
  void put(const std::string& folder, const MediaPlaylist& playlist) const {
    write(folder + "/index.m3u8", write_playlist(playlist));
  }
  fs::path path() const { return folder_.path(); }

  const TemporaryFolder folder_;
};

TEST_F(FormerFolderTest, ReadsWhereAnEventBrokeOff) {
  put("audio_en", make("audio_en", 3));
  put("subs_en", make("subs_en", 2));
  const FormerFolder former = read_former_folder(path());
  EXPECT_THAT(former.notes, IsEmpty());
  EXPECT_EQ(former.programme.end, 7s);
  EXPECT_THAT(former.programme.playlists.at("audio_en").segments, SizeIs(3));
  ASSERT_THAT(former.programme.playlists.at("subs_en").segments, SizeIs(3));
  EXPECT_TRUE(former.programme.playlists.at("subs_en").segments[2].is_gap);
}

TEST_F(FormerFolderTest, ThePartsOfTheOpenSegmentBecomeASegment) {
  MediaPlaylist playlist = make("audio_en", 1);
  LowLatency low;
  low.part_target = 500ms;
  low.parts = {{"00000002.1.m4s", 500ms, true, false}, {"00000002.2.m4s", 400ms, false, false}};
  low.next_part = "00000002.3.m4s";
  low.map = "init.mp4";
  playlist.low_latency = low;
  write("audio_en/00000002.1.m4s", fragment(3s));
  write("audio_en/00000002.2.m4s", fragment(3500ms));
  put("audio_en", playlist);
  for (int times = 0; times < 2; ++times) {
    const FormerFolder former = read_former_folder(path());
    const auto& segments = former.programme.playlists.at("audio_en").segments;
    ASSERT_THAT(segments, SizeIs(2));
    EXPECT_EQ(segments[1].uri, "00000002.m4s");
    EXPECT_EQ(segments[1].duration, 900ms);
    EXPECT_EQ(former.programme.end, 3900ms);
    EXPECT_EQ(read("audio_en/00000002.m4s"), fragment(3s) + fragment(3500ms));
  }
}

TEST_F(FormerFolderTest, PartsOfCaptionsBecomeASegmentThatHoldsEachCueOnce) {
  put("audio_en", make("audio_en", 2));
  MediaPlaylist playlist = make("subs_en", 1);
  LowLatency low;
  low.part_target = 500ms;
  low.parts = {{"00000002.1.vtt", 500ms, true, false}, {"00000002.2.vtt", 500ms, true, false}};
  low.next_part = "00000002.3.vtt";
  playlist.low_latency = low;
  Cue first;
  first.id = "7";
  first.span = {3200ms, 3700ms};
  first.lines = {"Tide & time"};
  Cue second = first;
  second.id = "8";
  second.span = {3700ms, 5000ms};
  write("subs_en/00000002.1.vtt", write_webvtt_segment({3s, 3500ms}, {first, second}));
  write("subs_en/00000002.2.vtt", write_webvtt_segment({3500ms, 4s}, {first, second}));
  put("subs_en", playlist);
  const auto former = read_former_folder(path());
  EXPECT_THAT(former.notes, IsEmpty());
  const auto& segments = former.programme.playlists.at("subs_en").segments;
  ASSERT_THAT(segments, SizeIs(2));
  EXPECT_EQ(segments[1].uri, "00000002.vtt");
  EXPECT_EQ(segments[1].duration, 1s);
  EXPECT_EQ(read("subs_en/00000002.vtt"), write_webvtt_segment({3s, 4s}, {first, second}));
}

TEST_F(FormerFolderTest, DamagedPartsOfCaptionsAreAGap) {
  put("audio_en", make("audio_en", 2));
  MediaPlaylist playlist = make("subs_en", 1);
  LowLatency low;
  low.part_target = 500ms;
  low.parts = {{"00000002.1.vtt", 500ms, true, false}};
  playlist.low_latency = low;
  write("subs_en/00000002.1.vtt", "");
  put("subs_en", playlist);
  const auto former = read_former_folder(path());
  ASSERT_THAT(former.notes, SizeIs(1));
  EXPECT_THAT(former.notes[0], HasSubstr("subs_en"));
  const auto& segments = former.programme.playlists.at("subs_en").segments;
  ASSERT_THAT(segments, SizeIs(2));
  EXPECT_FALSE(segments[0].is_gap);
  EXPECT_TRUE(segments[1].is_gap);
}

TEST_F(FormerFolderTest, FilesThatAreGoneAreGaps) {
  put("audio_en", make("audio_en", 3));
  fs::remove(path() / "audio_en" / "00000002.m4s");
  const auto former = read_former_folder(path()).programme;
  EXPECT_FALSE(former.playlists.at("audio_en").segments[0].is_gap);
  EXPECT_TRUE(former.playlists.at("audio_en").segments[1].is_gap);
  EXPECT_EQ(former.end, 7s);
}

TEST_F(FormerFolderTest, WhatEndedOrSlidesIsLeftAlone) {
  EXPECT_TRUE(read_former_folder(path()).programme.is_empty());
  MediaPlaylist ended = make("audio_en", 3);
  ended.has_ended = true;
  put("audio_en", ended);
  EXPECT_TRUE(read_former_folder(path()).programme.is_empty());
  MediaPlaylist sliding = make("audio_en", 3);
  sliding.type = PlaylistType::kLive;
  put("audio_en", sliding);
  EXPECT_TRUE(read_former_folder(path()).programme.is_empty());
}

TEST_F(FormerFolderTest, AKillAmidTheLastPlaylistsIsGoneOnWith) {
  MediaPlaylist ended = make("audio_en", 3);
  ended.has_ended = true;
  put("audio_en", ended);
  put("subs_en", make("subs_en", 3));
  const auto former = read_former_folder(path()).programme;
  ASSERT_THAT(former.playlists, ElementsAre(Key("audio_en"), Key("subs_en")));
  EXPECT_FALSE(former.playlists.at("audio_en").has_ended);
}

TEST_F(FormerFolderTest, ALanguageOfAnEarlierProgrammeIsLeftAlone) {
  MediaPlaylist earlier = make("subs_es", 3);
  earlier.has_ended = true;
  put("subs_es", earlier);
  put("audio_en", make("audio_en", 3, 4));
  EXPECT_THAT(read_former_folder(path()).programme.playlists, ElementsAre(Key("audio_en")));
}

TEST_F(FormerFolderTest, WhatIsNotOursIsToldAndLeftOut) {
  put("audio_en", make("audio_en", 3));
  write("subs_en/index.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n../../etc/passwd\n");
  write("video_a/index.m3u8", std::string(100, '\0'));
  const FormerFolder former = read_former_folder(path());
  EXPECT_THAT(former.programme.playlists, ElementsAre(Key("audio_en")));
  ASSERT_THAT(former.notes, SizeIs(2));
  EXPECT_THAT(former.notes[0], HasSubstr("subs_en/index.m3u8: what it has is not gone on with"));
}

TEST_F(FormerFolderTest, WithoutAReadableFragmentThereIsNothingToGoOnWith) {
  put("audio_en", make("audio_en", 1));
  write("audio_en/00000001.m4s", "damaged");
  EXPECT_TRUE(read_former_folder(path()).programme.is_empty());
}

}  // namespace
}  // namespace subtide
