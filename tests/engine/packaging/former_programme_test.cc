#include "engine/packaging/former_programme.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/packaging/playlist_reader.h"
#include "tests/engine/packaging/presentation_stage.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

PresentationOptions event() {
  PresentationOptions options;
  options.type = PlaylistType::kEvent;
  return options;
}

MediaPlaylist read(const Stage& stage, const std::string& folder) {
  auto read = read_playlist(stage.playlist(folder + "/index.m3u8"));
  EXPECT_TRUE(read) << read.error().message;
  return read.value_or(MediaPlaylist{});
}

/// Pictures, sound and captions of five seconds, and then a kill; captions were a segment behind.
FormerProgramme killed() {
  Stage stage(event());
  const auto video = stage.add_video();
  const auto audio = stage.add_audio();
  const auto text = stage.add_text();
  for (const auto id : {video, audio, text}) stage.begin_epoch(id, 0, 0s);
  stage.push_cue(text, "1", {500ms, 1500ms}, "Hello.");
  stage.push_audio(audio, {0s, 5s});
  stage.push_video(video, {0s, 5s});
  stage.advance(text, 2s);
  FormerProgramme former;
  for (const auto* folder : {"video_720p", "audio_en", "subs_en"}) {
    former.playlists[folder] = read(stage, folder);
  }
  former.end = 4s;
  align(former);
  return former;
}

/// The next run, which has seen the files of the former.
class NextRun {
 public:
  explicit NextRun(FormerProgramme former) : NextRun(options(std::move(former))) {}
  explicit NextRun(PresentationOptions options) : former_(options.former), stage(options) {
    for (const auto& [folder, playlist] : former_.playlists) {
      const std::string shown = write_playlist(playlist);
      for (const auto& uri : playlist_uris(shown)) {
        if (!stage.files().contains(folder + "/" + uri)) stage(FileWrite{folder + "/" + uri, "x"});
      }
      PlaylistUpdate update;
      update.rendition = folder;
      update.name = folder + "/index.m3u8";
      update.text = shown;
      stage(std::move(update));
    }
    video = stage.add_video();
    audio = stage.add_audio();
    text = stage.add_text();
  }
  static PresentationOptions options(FormerProgramme former) {
    PresentationOptions options = event();
    options.former = std::move(former);
    return options;
  }
  void stream(TimeSpan span) {
    stage.push_audio(audio, span);
    stage.push_video(video, span);
    stage.advance(text, span.end);
  }
  void end() {
    for (const auto id : {video, audio, text}) stage.end(id);
  }

 private:
  FormerProgramme former_;

 public:
  Stage stage;
  Stage::Id video = 0;
  Stage::Id audio = 0;
  Stage::Id text = 0;
};

TEST(FormerProgramme, WhatWasNotPublishedAnyMoreIsAGap) {
  const FormerProgramme former = killed();
  ASSERT_THAT(former.playlists.at("subs_en").segments, SizeIs(2));
  const SegmentEntry& gap = former.playlists.at("subs_en").segments[1];
  EXPECT_TRUE(gap.is_gap);
  EXPECT_EQ(gap.uri, "00000002.vtt");
  EXPECT_EQ(gap.duration, 2s);
  EXPECT_THAT(former.playlists.at("audio_en").segments, SizeIs(2));
  EXPECT_EQ(former.playlist_end(), (PlaylistEnd{3, 0}));
  EXPECT_EQ(former.target_seconds(), 2);
  EXPECT_EQ(FormerProgramme{}.target_seconds(), 0);
}

TEST(FormerProgramme, GoesOnInTheSamePlaylists) {
  NextRun run(killed());
  run.stage.push_cue(run.text, "2", {200ms, 900ms}, "Again.");
  run.stream({0s, 4s});
  run.end();
  for (const auto* folder : {"video_720p", "audio_en"}) {
    const std::string text = run.stage.playlist(std::string(folder) + "/index.m3u8");
    EXPECT_THAT(run.stage.segments(folder),
                ElementsAre("00000001.m4s", "00000002.m4s", "00000003.m4s", "00000004.m4s"));
    EXPECT_THAT(text, AllOf(HasSubstr("#EXT-X-MEDIA-SEQUENCE:1\n"),
                            HasSubstr("#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI=\"init_00000003.mp4\""),
                            HasSubstr("#EXT-X-ENDLIST"), HasSubstr("EVENT")));
  }
  EXPECT_THAT(run.stage.playlist("subs_en/index.m3u8"),
              HasSubstr("#EXT-X-GAP\n#EXTINF:2.000,\n00000002.vtt\n#EXT-X-DISCONTINUITY\n"));
  EXPECT_THAT(run.stage.files().at("subs_en/00000003.vtt"),
              HasSubstr("LOCAL:00:00:04.000,MPEGTS:360000\n\n2\n00:00:04.200 --> 00:00:04.900\n"))
      << "behind the former's end";
  EXPECT_NE(run.stage.playlist("master.m3u8"), "(none)");
}

TEST(FormerProgramme, TellsEngineTimeOfWhatItPublishes) {
  NextRun run(killed());
  run.stream({0s, 3s});
  ASSERT_FALSE(run.stage.published().empty());
  EXPECT_EQ(run.stage.published().front().span.begin, 0s);
  run.stage.push_cue(run.text, "9", {500ms, 900ms}, "Too late.");
  ASSERT_THAT(run.stage.late(), SizeIs(1));
  EXPECT_EQ(run.stage.late()[0].cue.span, (TimeSpan{500ms, 900ms}));
}

TEST(FormerProgramme, PartsWaitForTheFirstWholeSegment) {
  PresentationOptions options = NextRun::options(killed());
  options.part = 500ms;
  NextRun run(std::move(options));
  run.stage.push_video(run.video, {0s, 1500ms});
  EXPECT_THAT(run.stage.playlist("video_720p/index.m3u8"), Not(HasSubstr("EXT-X-PART:")));
  run.stage.push_video(run.video, {1500ms, 3s}, 13);
  EXPECT_THAT(run.stage.playlist("video_720p/index.m3u8"), HasSubstr("URI=\"00000003.1.m4s\""));
}

TEST(FormerProgramme, ALanguageThatIsNewBeginsWhereTheOthersGoOn) {
  NextRun run(killed());
  const auto spanish = run.stage.add_text("es");
  run.stream({0s, 3s});
  run.stage.advance(spanish, 3s);
  EXPECT_THAT(run.stage.playlist("subs_es/index.m3u8"),
              AllOf(HasSubstr("#EXT-X-MEDIA-SEQUENCE:3\n"), HasSubstr("00000003.vtt")));
}

TEST(FormerProgramme, ItsDateRangesStayAsTheyAre) {
  FormerProgramme former = killed();
  const std::string old = R"(ID="goal",START-DATE="2026-07-01T12:00:00.000Z")";
  former.playlists.at("video_720p").date_ranges.push_back({{}, old});
  PresentationOptions options = NextRun::options(std::move(former));
  options.write_date_ranges = [](const TimedMetadata& item, const Epoch&) {
    return std::vector<std::string>{"ID=\"" + item.id +
                                    "\",START-DATE=\"2026-07-01T12:01:00.000Z\""};
  };
  NextRun run(std::move(options));
  run.stage.begin_epoch(run.video, 0, 0s);
  run.stage.begin_epoch(run.audio, 0, 0s);
  for (const auto* id : {"goal", "other"}) {
    TimedMetadata item;
    item.id = id;
    item.at = 1s;
    run.stage.presentation().push(item);
  }
  run.stream({0s, 3s});
  const std::string text = run.stage.playlist("video_720p/index.m3u8");
  EXPECT_THAT(text, HasSubstr(old));
  EXPECT_THAT(text, HasSubstr("ID=\"other\""));
  EXPECT_THAT(text, Not(HasSubstr("ID=\"goal\",START-DATE=\"2026-07-01T12:01")));
}

TEST(FormerProgramme, RefusesSegmentsThatDoNotFit) {
  PresentationOptions options = NextRun::options(killed());
  options.segment = 6s;
  const auto made = Presentation::create(std::move(options));
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message, HasSubstr("use 2 s or less, or another folder"));
}

}  // namespace
}  // namespace subtide
