#include "engine/packaging/playlist_end.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/packaging/playlist.h"
#include "tests/engine/packaging/presentation_stage.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(PlaylistEnd, CountsSegmentsAndDiscontinuities) {
  MediaPlaylist playlist;
  playlist.target_seconds = 2;
  playlist.first_sequence = 41;
  playlist.first_discontinuity = 3;
  SegmentEntry segment;
  segment.uri = "a.m4s";
  segment.duration = 2s;
  playlist.segments.assign(3, segment);
  playlist.segments[1].is_gap = true;
  playlist.segments[2].is_discontinuous = true;
  EXPECT_EQ(read_playlist_end(write_playlist(playlist)), (PlaylistEnd{44, 4}));
}

TEST(PlaylistEnd, IsNothingWhereThereIsNoMediaPlaylist) {
  EXPECT_EQ(read_playlist_end(""), std::nullopt);
  EXPECT_EQ(read_playlist_end("#EXTINF:2,\na.ts\n"), std::nullopt);
  EXPECT_EQ(read_playlist_end("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\na.m3u8\n"), std::nullopt);
}

TEST(PlaylistEnd, JoinsWhatIsFurther) {
  EXPECT_EQ((PlaylistEnd{4, 1}).joined({3, 2}), (PlaylistEnd{4, 2}));
}

TEST(PlaylistEnd, APresentationGoesOnBehindIt) {
  PresentationOptions options;
  options.after = {12, 1};
  Stage stage(std::move(options));
  const auto video = stage.add_video();
  const auto text = stage.add_text();
  stage.push_video(video, {0s, 4s});
  stage.advance(text, 4s);
  stage.begin_epoch(video, 1, 4s);
  stage.push_video(video, {4s, 8s});
  stage.advance(text, 8s);
  EXPECT_THAT(stage.segments("video_720p"),
              ElementsAre("00000012.m4s", "00000013.m4s", "00000014.m4s"));
  const std::string shown = stage.playlist("video_720p/index.m3u8");
  EXPECT_THAT(shown, AllOf(HasSubstr("#EXT-X-MEDIA-SEQUENCE:12\n"),
                           HasSubstr("#EXT-X-DISCONTINUITY-SEQUENCE:1\n"),
                           HasSubstr("#EXT-X-MAP:URI=\"init_00000012.mp4\"")));
  EXPECT_EQ(read_playlist_end(shown), (PlaylistEnd{15, 3})) << "both begins are discontinuities";
  EXPECT_THAT(stage.segments("subs_en"),
              ElementsAre("00000012.vtt", "00000013.vtt", "00000014.vtt"));
}

}  // namespace
}  // namespace subtide
