#include "engine/packaging/presentation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/packaging/presentation_stage.h"
#include "tests/support/cmaf_reader.h"
#include "tests/support/golden.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::Contains;
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

std::vector<TimeSpan> spans_of(const Stage& stage, const std::string& rendition) {
  std::vector<TimeSpan> spans;
  for (const SegmentPublished& each : stage.published()) {
    if (each.rendition == rendition) spans.push_back(each.span);
  }
  return spans;
}

TEST(Presentation, CutsWhereTheVideosKeyFramesAre) {
  Stage stage(event());
  const auto video = stage.add_video();
  stage.push_video(video, {0s, 10s}, 50);
  EXPECT_THAT(spans_of(stage, "video_720p"),
              ElementsAre(TimeSpan{0s, 2s}, TimeSpan{2s, 4s}, TimeSpan{4s, 6s}, TimeSpan{6s, 8s}));
  stage.end(video);
  EXPECT_EQ(spans_of(stage, "video_720p").back(), (TimeSpan{8s, 10s}));
  EXPECT_THAT(stage.playlist("video_720p/index.m3u8"), HasSubstr("#EXT-X-ENDLIST"));
  EXPECT_TRUE(stage.presentation().has_ended());
}

TEST(Presentation, TakesTheKeyFrameThatLiesNearestToTheTarget) {
  // Every 0.52 s: 2.08 is nearer to 2 than 1.56. Every 1.6 s: 1.6 is nearer than 3.2.
  Stage stage(event());
  stage.push_video(stage.add_video(), {0s, 5s}, 13);
  EXPECT_THAT(spans_of(stage, "video_720p"),
              ElementsAre(TimeSpan{0s, 2080ms}, TimeSpan{2080ms, 4160ms}));
  Stage other(event());
  other.push_video(other.add_video(), {0s, 5s}, 40);
  EXPECT_THAT(
      spans_of(other, "video_720p"),
      ElementsAre(TimeSpan{0s, 1600ms}, TimeSpan{1600ms, 3200ms}, TimeSpan{3200ms, 4800ms}));
}

TEST(Presentation, KeepsItsTargetDurationWhenKeyFramesStayAway) {
  Stage stage(event());
  const auto video = stage.add_video();
  stage.push_video(video, {0s, 4s}, 50);
  stage.push_video(video, {4s, 12s}, 1000);
  stage.end(video);
  const std::string playlist = stage.playlist("video_720p/index.m3u8");
  EXPECT_THAT(playlist, HasSubstr("#EXT-X-TARGETDURATION:2\n"));
  EXPECT_THAT(playlist, Not(HasSubstr("INDEPENDENT-SEGMENTS")));
  EXPECT_EQ(spans_of(stage, "video_720p").at(2), (TimeSpan{4s, 6440ms}));
}

TEST(Presentation, RareKeyFramesMakeALongerTarget) {
  Stage stage(event());
  const auto video = stage.add_video();
  stage.push_video(video, {0s, 21s}, 250);
  EXPECT_THAT(spans_of(stage, "video_720p"), ElementsAre(TimeSpan{0s, 10s}, TimeSpan{10s, 20s}));
  EXPECT_THAT(stage.playlist("video_720p/index.m3u8"), HasSubstr("#EXT-X-TARGETDURATION:10\n"));
}

TEST(Presentation, AudioAndTextShareTheVideosBoundaries) {
  Stage stage(event());
  const auto video = stage.add_video();
  const auto audio = stage.add_audio();
  const auto text = stage.add_text();
  stage.push_audio(audio, {0s, 5s});
  stage.push_video(video, {0s, 5s});
  stage.advance(text, 5s);
  EXPECT_THAT(spans_of(stage, "subs_en"), ElementsAre(TimeSpan{0s, 2s}, TimeSpan{2s, 4s}));
  const auto spans = spans_of(stage, "audio_en");
  ASSERT_THAT(spans, SizeIs(2));
  EXPECT_EQ(spans[0].begin, 0s);
  EXPECT_EQ(spans[0].end, spans[1].begin);
  EXPECT_GE(spans[0].end, 2s);
  EXPECT_LT(spans[0].end, 2022ms);
}

TEST(Presentation, RadioIsCutByItsAudio) {
  Stage stage(event());
  const auto audio = stage.add_audio();
  const auto text = stage.add_text();
  stage.push_audio(audio, {0s, 5s});
  stage.end(text);
  stage.end(audio);
  ASSERT_THAT(spans_of(stage, "audio_en"), SizeIs(3));
  EXPECT_NEAR(to_seconds(spans_of(stage, "audio_en")[0].duration()), 2.0, 0.011);
  EXPECT_THAT(stage.playlist("master.m3u8"),
              AllOf(HasSubstr("CODECS=\"mp4a.40.2\""), HasSubstr("\naudio_en/index.m3u8\n"),
                    Not(HasSubstr("RESOLUTION"))));
}

TEST(Presentation, ASubtitleSegmentWaitsForTheWatermark) {
  Stage stage(event());
  const auto video = stage.add_video();
  const auto text = stage.add_text();
  stage.push_video(video, {0s, 5s});
  EXPECT_THAT(spans_of(stage, "subs_en"), IsEmpty());
  EXPECT_EQ(stage.playlist("master.m3u8"), "(none)")
      << "it would name a playlist that is not there";
  stage.push_cue(text, "1", {500ms, 1500ms}, "Hello.");
  stage.advance(text, 1999ms);
  EXPECT_THAT(spans_of(stage, "subs_en"), IsEmpty());
  stage.advance(text, 2s);
  EXPECT_THAT(spans_of(stage, "subs_en"), ElementsAre(TimeSpan{0s, 2s}));
  EXPECT_NE(stage.playlist("master.m3u8"), "(none)");
  EXPECT_EQ(stage.files().at("subs_en/00000001.vtt"),
            "WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0\n"
            "\n1\n00:00:00.500 --> 00:00:01.500\nHello.\n");
}

TEST(Presentation, PatienceWithCaptionsEnds) {
  Stage stage(event());
  const auto video = stage.add_video();
  const auto text = stage.add_text();
  stage.push_video(video, {0s, 3s});
  stage.wait(3900ms);
  EXPECT_THAT(spans_of(stage, "subs_en"), IsEmpty());
  stage.wait(100ms);
  EXPECT_THAT(spans_of(stage, "subs_en"), ElementsAre(TimeSpan{0s, 2s}));
  EXPECT_EQ(stage.files().at("subs_en/00000001.vtt"),
            "WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0\n");
  // Late, but it reaches into the segment that is still to come.
  stage.push_cue(text, "1", {1s, 2500ms}, "Late.");
  stage.push_cue(text, "2", {1200ms, 1900ms}, "Too late.");
  stage.push_video(video, {3s, 5s}, 25);
  stage.advance(text, 5s);
  EXPECT_THAT(stage.files().at("subs_en/00000002.vtt"),
              HasSubstr("1\n00:00:01.000 --> 00:00:02.500\nLate.\n"));
  ASSERT_THAT(stage.late(), SizeIs(1));
  EXPECT_EQ(stage.late()[0].cue.id, "2");
}

TEST(Presentation, PicturesNeverWaitForCaptionsAndTheWaitIsTold) {
  Stage stage(event());
  const auto video = stage.add_video();
  const auto text = stage.add_text();
  stage.push_video(video, {0s, 3s});
  ASSERT_THAT(stage.published(), SizeIs(1));
  EXPECT_EQ(stage.published()[0].rendition, "video_720p");
  EXPECT_EQ(stage.published()[0].complete_at, stage.published()[0].closed_at);
  stage.wait(700ms);
  stage.advance(text, 2s);
  ASSERT_THAT(stage.published(), SizeIs(2));
  EXPECT_EQ(stage.published()[1].complete_at - stage.published()[1].closed_at, 700ms);
}

TEST(Presentation, ACueOverABoundaryIsRepeatedAsItIs) {
  Stage stage(event());
  const auto video = stage.add_video();
  const auto text = stage.add_text();
  stage.push_video(video, {0s, 7s});
  stage.push_cue(text, "c-1", {1s, 4500ms}, "Over two boundaries.");
  stage.advance(text, 6s);
  const std::string cue = "\nc-1\n00:00:01.000 --> 00:00:04.500\nOver two boundaries.\n";
  for (const char* name : {"1", "2", "3"}) {
    EXPECT_THAT(stage.files().at(std::string("subs_en/0000000") + name + ".vtt"), HasSubstr(cue));
  }
}

TEST(Presentation, AnEpochIsADiscontinuityInEveryRendition) {
  Stage stage(event());
  const auto video = stage.add_video();
  const auto audio = stage.add_audio();
  const auto text = stage.add_text();
  for (const auto id : {video, audio, text}) stage.begin_epoch(id, 0, 0s);
  stage.push_audio(audio, {0s, 3s});
  stage.push_video(video, {0s, 3s});
  for (const auto id : {video, audio}) stage.begin_epoch(id, 1, 3s);
  stage.push_audio(audio, {3010ms, 6s});
  stage.push_video(video, {3s, 6s});
  stage.advance(text, 6s);
  EXPECT_THAT(spans_of(stage, "video_720p"),
              ElementsAre(TimeSpan{0s, 2s}, TimeSpan{2s, 3s}, TimeSpan{3s, 5s}));
  EXPECT_EQ(spans_of(stage, "audio_en").at(2).begin, 3010ms);
  for (const char* name : {"video_720p", "audio_en", "subs_en"}) {
    const std::string playlist = stage.playlist(std::string(name) + "/index.m3u8");
    const auto third = playlist.find("00000003.");
    const auto mark = playlist.find("#EXT-X-DISCONTINUITY\n");
    ASSERT_NE(mark, std::string::npos) << name;
    EXPECT_GT(mark, playlist.find("00000002."));
    EXPECT_LT(mark, third);
    EXPECT_THAT(playlist, HasSubstr("DATE-TIME:2026-07-01T12:01:03.0")) << "the new epoch's clock";
    EXPECT_THAT(playlist, Not(HasSubstr("init_2"))) << "the format is the same";
  }
}

TEST(Presentation, SoundThatAnEncoderHeldBackStaysInItsEpoch) {
  Stage stage(event());
  const auto video = stage.add_video();
  const auto audio = stage.add_audio();
  for (const auto id : {video, audio}) stage.begin_epoch(id, 0, 0s);
  stage.push_audio(audio, {0s, 2900ms});
  stage.push_video(video, {0s, 3s});
  for (const auto id : {video, audio}) stage.begin_epoch(id, 1, 3200ms);
  stage.push_audio(audio, {2900ms, 3s});
  stage.push_audio(audio, {3200ms, 6s});
  stage.push_video(video, {3200ms, 6s});
  const auto spans = spans_of(stage, "audio_en");
  ASSERT_EQ(spans.size(), 3U);
  EXPECT_GE(spans[1].end, 3s) << "the last frame, although it came behind the news";
  EXPECT_EQ(spans[2].begin, 3200ms);
  EXPECT_THAT(stage.lost(), IsEmpty());
}

TEST(Presentation, PicturesThatComeLongBehindTheSoundOfTheNextEpochStayInTheirs) {
  Stage stage(event());
  const auto video = stage.add_video();
  const auto audio = stage.add_audio();
  for (const auto id : {video, audio}) stage.begin_epoch(id, 0, 0s);
  stage.push_video(video, {0s, 4s});
  stage.push_audio(audio, {0s, 4240ms});
  stage.begin_epoch(audio, 1, 4240ms);
  stage.push_audio(audio, {4240ms, 12s});
  stage.push_video(video, {4s, 4240ms});
  stage.begin_epoch(video, 1, 4240ms);
  stage.push_video(video, {4240ms, 12s});
  EXPECT_THAT(stage.lost(), IsEmpty());
  const auto spans = spans_of(stage, "video_720p");
  ASSERT_GE(spans.size(), 3U);
  EXPECT_EQ(spans[1], (TimeSpan{2s, 4240ms}));
  EXPECT_EQ(spans[2].begin, 4240ms);
  EXPECT_THAT(stage.playlist("video_720p/index.m3u8"), Not(HasSubstr("EXT-X-GAP")));
}

TEST(Presentation, AnotherFormatNeedsANewEpochAndGetsANewMap) {
  Stage stage(event());
  const auto video = stage.add_video();
  stage.push_video(video, {0s, 3s});
  TrackFormat format;
  format.codec = "avc1.640028";
  format.width = 1920;
  format.height = 1080;
  format.sample_entry = std::string(
      "\0\0\0\x08"
      "avc1",
      8);
  stage.presentation().set_format(video, format);
  Sample sample;
  sample.decode = sample.presentation = 3s;
  sample.bytes = "x";
  const Status refused = stage.presentation().push(video, sample);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnsupported);
  stage.begin_epoch(video, 1, 3s);
  stage.push_video(video, {3s, 6s});
  stage.end(video);
  EXPECT_THAT(stage.playlist("video_720p/index.m3u8"),
              HasSubstr("#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI=\"init_2.mp4\"\n"));
  EXPECT_TRUE(stage.files().contains("video_720p/init_2.mp4"));
}

TEST(Presentation, ALiveWindowSlidesAndOldFilesGo) {
  PresentationOptions options;
  options.window = 3;
  Stage stage(std::move(options));
  const auto video = stage.add_video();
  const auto text = stage.add_text();
  for (int second = 0; second < 60; second += 2) {
    const MediaTime begin = std::chrono::seconds(second);
    if (second == 20) stage.begin_epoch(video, 1, begin);
    stage.push_video(video, {begin, begin + 2s});
    stage.advance(text, begin + 2s);
    EXPECT_LE(stage.files().size(), 2 * 8U + 2);
  }
  EXPECT_THAT(stage.segments("video_720p"),
              ElementsAre("00000027.m4s", "00000028.m4s", "00000029.m4s"));
  EXPECT_THAT(stage.playlist("video_720p/index.m3u8"),
              AllOf(HasSubstr("#EXT-X-MEDIA-SEQUENCE:27\n"),
                    HasSubstr("#EXT-X-DISCONTINUITY-SEQUENCE:1\n")));
  EXPECT_FALSE(stage.files().contains("video_720p/00000020.m4s"));
  EXPECT_TRUE(stage.files().contains("video_720p/00000026.m4s")) << "players may still ask for it";
}

TEST(Presentation, VodIsPublishedAtItsEnd) {
  PresentationOptions options;
  options.type = PlaylistType::kVod;
  options.patience.reset();
  Stage stage(std::move(options));
  const auto video = stage.add_video();
  const auto text = stage.add_text();
  stage.push_video(video, {0s, 5s});
  stage.end(video);
  stage.wait(1h);
  EXPECT_EQ(stage.updates(), 1) << "the video's own, since all of it is there";
  stage.push_cue(text, "1", {4s, 5s}, "Hello.");
  stage.push_cue(text, "2", {5s, 6s}, "Behind the end.");
  stage.end(text);
  EXPECT_EQ(stage.updates(), 3);
  EXPECT_THAT(stage.playlist("subs_en/index.m3u8"),
              AllOf(HasSubstr("#EXT-X-PLAYLIST-TYPE:VOD\n"), HasSubstr("#EXT-X-ENDLIST\n")));
  ASSERT_THAT(stage.late(), SizeIs(1));
  EXPECT_EQ(stage.late()[0].cue.id, "2");
}

TEST(Presentation, ATrackThatGivesNothingBecomesAGap) {
  Stage stage(event());
  const auto video = stage.add_video();
  const auto audio = stage.add_audio();
  stage.push_audio(audio, {0s, 2s});
  stage.push_video(video, {0s, 7s});
  stage.wait(7s);
  EXPECT_THAT(spans_of(stage, "audio_en"), IsEmpty()) << "what comes late is not lost at once";
  stage.wait(1s);
  const std::string playlist = stage.playlist("audio_en/index.m3u8");
  EXPECT_THAT(playlist, HasSubstr("00000001.m4s\n#EXT-X-GAP\n#EXTINF:2.000,\n00000002.m4s\n"));
  // What comes for those segments later is lost; the open one is served again.
  stage.push_audio(audio, {5s, 7s});
  ASSERT_THAT(stage.lost(), Not(IsEmpty()));
  stage.push_video(video, {7s, 9s});
  stage.push_audio(audio, {7s, 9s});
  EXPECT_THAT(stage.playlist("audio_en/index.m3u8"), HasSubstr(",\n00000004.m4s\n"));
}

TEST(Presentation, GoesOnWhileItIsToldThatThereIsNoVideo) {
  Stage stage(event());
  const auto video = stage.add_video();
  const auto audio = stage.add_audio();
  for (const auto id : {video, audio}) stage.begin_epoch(id, 0, 0s);
  stage.push_video(video, {0s, 3s});
  stage.push_audio(audio, {0s, 3s});
  for (MediaTime at = 3s; at < MediaTime(123s); at += 400ms) {
    stage.push_audio(audio, {at, at + 400ms});
    stage.advance(video, at + 400ms);
    stage.wait(400ms);
  }
  EXPECT_GE(spans_of(stage, "audio_en").size(), 55U) << "sound is not kept until pictures come";
  EXPECT_THAT(stage.playlist("video_720p/index.m3u8"), HasSubstr("#EXT-X-GAP"));
  for (const auto id : {video, audio}) stage.begin_epoch(id, 1, 123s);
  stage.push_video(video, {123s, 129s});
  stage.push_audio(audio, {123s, 129s});
  for (const auto id : {video, audio}) stage.end(id);
  EXPECT_THAT(stage.lost(), IsEmpty());
  EXPECT_EQ(spans_of(stage, "video_720p").back().end, 129s);
}

TEST(Presentation, GoesOnWhenTheVideoFallsSilent) {
  Stage stage(event());
  const auto video = stage.add_video();
  const auto audio = stage.add_audio();
  stage.push_video(video, {0s, 3s});
  stage.push_audio(audio, {0s, 20s});
  stage.wait(8s);
  EXPECT_GE(spans_of(stage, "audio_en").size(), 6U);
  EXPECT_THAT(stage.playlist("video_720p/index.m3u8"), HasSubstr("#EXT-X-GAP"));
  stage.push_video(video, {20s, 25s});
  stage.push_audio(audio, {20s, 25s});
  stage.end(video);
  stage.end(audio);
  EXPECT_THAT(stage.lost(), IsEmpty());
  EXPECT_THAT(stage.playlist("video_720p/index.m3u8"), HasSubstr("#EXT-X-ENDLIST"));
}

TEST(Presentation, VideoThatEndsLeavesTheSoundGoing) {
  Stage stage(event());
  const auto video = stage.add_video();
  const auto audio = stage.add_audio();
  stage.push_video(video, {0s, 3s});
  stage.push_audio(audio, {0s, 3s});
  stage.end(video);
  stage.push_audio(audio, {3s, 9s});
  stage.end(audio);
  EXPECT_THAT(stage.segments("audio_en"), SizeIs(5));
  EXPECT_TRUE(stage.presentation().has_ended());
}

TEST(Presentation, SoundThatBeganBeforeThePicturesPromisesNoMoreThanThey) {
  for (const MediaDuration part : {MediaDuration(0), MediaDuration(500ms)}) {
    PresentationOptions options = event();
    options.part = part;
    Stage stage(std::move(options));
    const auto video = stage.add_video();
    const auto audio = stage.add_audio();
    stage.push_audio(audio, {0s, 8s});
    stage.push_video(video, {1800ms, 8s});
    for (const auto* folder : {"video_720p", "audio_en"}) {
      const std::string text = stage.playlist(std::string(folder) + "/index.m3u8");
      EXPECT_THAT(text, HasSubstr("#EXT-X-TARGETDURATION:2\n")) << folder;
    }
    const auto spans = spans_of(stage, "audio_en");
    EXPECT_EQ(spans.at(0).begin, 0s) << "none of it is lost";
    EXPECT_EQ(read_cmaf_chunks(stage.files().at("audio_en/00000001.m4s")).at(0).decode, 0U);
  }
}

TEST(Presentation, VideoBeginsWithAKeyFrame) {
  Stage stage(event());
  const auto video = stage.add_video();
  stage.push_sample(video, 0s, 40ms, false);
  stage.push_sample(video, 40ms, 40ms, true);
  EXPECT_THAT(stage.lost(), SizeIs(1));
  stage.begin_epoch(video, 1, 80ms);
  stage.push_sample(video, 80ms, 40ms, false);
  stage.push_sample(video, 120ms, 40ms, true);
  EXPECT_THAT(stage.lost(), SizeIs(2));
}

TEST(Presentation, TimeThatFallsIsLost) {
  Stage stage(event());
  const auto audio = stage.add_audio();
  stage.push_sample(audio, 1s, 20ms, true);
  stage.push_sample(audio, 900ms, 20ms, true);
  stage.push_sample(audio, 1s, 20ms, true);
  EXPECT_THAT(stage.lost(), SizeIs(2));
}

TEST(Presentation, PartsGrowIntoSegments) {
  PresentationOptions options = event();
  options.part = 500ms;
  Stage stage(std::move(options));
  const auto video = stage.add_video();
  const auto audio = stage.add_audio();
  for (int frame = 0; frame < 225; ++frame) {
    const MediaTime at = frame * 40ms;
    stage.push_sample(video, at, 40ms, frame % 50 == 0);
    // Two blocks of sound a picture, a little ahead of it.
    stage.push_sample(audio, at, 20ms, true);
    stage.push_sample(audio, at + 20ms, 20ms, true);
  }
  const std::string playlist = stage.playlist("video_720p/index.m3u8");
  EXPECT_THAT(playlist, HasSubstr("#EXT-X-PART-INF:PART-TARGET=0.500\n"));
  EXPECT_THAT(playlist, HasSubstr("#EXT-X-PART:DURATION=0.480,URI=\"00000004.1.m4s\","
                                  "INDEPENDENT=YES\n"));
  EXPECT_THAT(playlist, Not(HasSubstr("00000001.1.m4s"))) << "too far from the live edge";
  EXPECT_THAT(playlist, HasSubstr("#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"00000005.3.m4s\"\n"));
  EXPECT_THAT(stage.playlist("audio_en/index.m3u8"), HasSubstr("URI=\"00000005.1.m4s\""));
  std::string joined;
  for (int part = 1; part <= 5; ++part) {
    joined += stage.files().at("video_720p/00000002." + std::to_string(part) + ".m4s");
  }
  EXPECT_EQ(joined, stage.files().at("video_720p/00000002.m4s"));
  EXPECT_GT(stage.updates(), 30);
}

TEST(Presentation, CaptionsGrowInPartsAsTheirWatermarkPasses) {
  PresentationOptions options = event();
  options.part = 500ms;
  Stage stage(std::move(options));
  const auto video = stage.add_video();
  const auto text = stage.add_text();
  stage.push_video(video, {0s, 4500ms});
  stage.push_cue(text, "1", {2200ms, 3100ms}, "Over two borders.");
  EXPECT_THAT(stage.segments("subs_en"), Contains("00000001.vtt"))
      << "all before the cue is settled";
  stage.advance(text, 3100ms);
  const std::string shown = stage.playlist("subs_en/index.m3u8");
  EXPECT_THAT(shown, HasSubstr("#EXT-X-PART:DURATION=0.500,URI=\"00000002.1.vtt\",INDEPENDENT=YES\n"
                               "#EXT-X-PART:DURATION=0.500,URI=\"00000002.2.vtt\",INDEPENDENT=YES\n"
                               "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"00000002.3.vtt\"\n"));
  const std::string cue = "\n1\n00:00:02.200 --> 00:00:03.100\nOver two borders.\n";
  EXPECT_EQ(stage.files().at("subs_en/00000002.1.vtt"),
            "WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:02.000,MPEGTS:180000\n" + cue);
  EXPECT_THAT(stage.files().at("subs_en/00000002.2.vtt"), HasSubstr(cue));
  stage.advance(text, 4s);
  EXPECT_THAT(stage.segments("subs_en"), Contains("00000002.vtt"));
  EXPECT_THAT(stage.files().at("subs_en/00000002.3.vtt"), HasSubstr(cue)) << "it ends inside";
  EXPECT_THAT(stage.files().at("subs_en/00000002.4.vtt"), Not(HasSubstr("-->")));
  EXPECT_THAT(stage.files().at("subs_en/00000002.vtt"), HasSubstr(cue));
  EXPECT_THAT(stage.late(), IsEmpty());
}

TEST(Presentation, PartsOfCaptionsThatNobodyWaitsForComeWithTheirSegment) {
  PresentationOptions options = event();
  options.part = 500ms;
  Stage stage(std::move(options));
  const auto video = stage.add_video();
  const auto text = stage.add_text();
  stage.push_video(video, {0s, 2200ms});
  EXPECT_EQ(stage.playlist("subs_en/index.m3u8"), "(none)");
  stage.wait(4s);
  EXPECT_THAT(stage.playlist("subs_en/index.m3u8"), HasSubstr("URI=\"00000001.4.vtt\""));
  stage.end(text);
  stage.end(video);
  EXPECT_THAT(stage.playlist("subs_en/index.m3u8"), HasSubstr("00000002.vtt"));
  EXPECT_THAT(stage.playlist("subs_en/index.m3u8"), HasSubstr("#EXT-X-ENDLIST"));
}

TEST(Presentation, RefusesWhatCannotWork) {
  PresentationOptions options;
  options.segment = 100ms;
  EXPECT_EQ(Presentation::create(options).error().code, ErrorCode::kInvalidArgument);
  options.segment = 2s;
  options.part = 3s;
  EXPECT_EQ(Presentation::create(options).error().code, ErrorCode::kInvalidArgument);
  options.part = 0s;
  options.window = 2;
  EXPECT_EQ(Presentation::create(options).error().code, ErrorCode::kInvalidArgument);
  Stage stage;
  stage.add_text("en");
  EXPECT_EQ(stage.presentation().add({RenditionKind::kText, "en"}).error().code,
            ErrorCode::kAlreadyExists);
  for (const char* name : {"", "../en", "a b", "a/b"}) {
    EXPECT_EQ(stage.presentation().add({RenditionKind::kText, name}).error().code,
              ErrorCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace subtide
