// What was said, inside the pictures and beside them: CEA-608 in every output, text tracks of
// recordings, sidecars of a whole programme.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "engine/subtitles/sidecar.h"
#include "tests/live/live_run.h"
#include "tests/live/said_words.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

constexpr MediaDuration kFrame = milliseconds(40);  // of the programme's pictures

/// CEA-608 carries one pair of bytes on each of 25 frames a second. A cue of two full rows takes 32
/// pairs of text and 14 of codes: RCL, ENM and EOC twice each, and for each row its place and
/// indent twice each. Loaded out of sight, it appears on the frame of its first word; but it can be
/// loaded only when the cue before it is on the screen, so behind a short cue it is late by one
/// load at most, and the cue behind that by what is left of it.
constexpr MediaDuration kLongestLoad = 46 * kFrame;

std::vector<std::string> texts_of(const std::vector<Word>& words) {
  std::vector<std::string> texts;
  for (const auto& word : words) texts.push_back(word.text);
  return texts;
}

/// Every word said is in the captions, once and in order, and each caption appears when its first
/// word sounds.
void check_captions(const char* output, const std::vector<ShownCue>& captions,
                    const std::vector<Word>& said) {
  std::vector<std::string> shown;
  Offsets onsets;
  for (const auto& caption : captions) {
    const auto words = words_of(caption.text);
    if (shown.size() < said.size() && !words.empty()) {
      onsets.add(caption.span.begin - said[shown.size()].span.begin);
    }
    shown.insert(shown.end(), words.begin(), words.end());
  }
  EXPECT_EQ(shown, texts_of(said)) << output << " holds what was said, each word once";
  std::printf("CEA-608 of %s, onsets of %zu captions: %s\n", output, captions.size(),
              onsets.summary().c_str());
  ASSERT_FALSE(onsets.ms.empty()) << output;
  EXPECT_GE(onsets.ms.front(), -to_seconds(2 * kFrame) * 1000) << output;
  EXPECT_LE(onsets.ms.back(), to_seconds(kLongestLoad + kFrame) * 1000) << output;
}

class CaptionOutputs : public testing::Test {
 protected:
  void SetUp() override {
    SUBTIDE_REQUIRE_PROGRAM("ffmpeg");
    write_programme(programme(), {seconds(16), true, 1.4});
  }
  fs::path path(const std::string& name) const { return folder_.path() / name; }
  fs::path programme() const { return path("programme.ts"); }

  /// The captions inside a rendition's pictures.
  std::vector<ShownCue> captions_of(const fs::path& rendition) {
    const fs::path joined = path("joined.mp4");
    join_segments(rendition, joined);
    return captions_in(joined);
  }

  TemporaryFolder folder_;
};

/// Field 2 has the cues of the translation's WebVTT rendition, line breaks aside.
void check_second_field(const std::vector<ShownCue>& captions, const std::vector<ShownCue>& cues) {
  std::vector<std::string> shown;
  for (const auto& caption : captions)
    std::ranges::copy(words_of(caption.text), std::back_inserter(shown));
  std::vector<std::string> translated;
  Offsets onsets;
  for (const auto& cue : cues) {
    std::ranges::copy(words_of(cue.text), std::back_inserter(translated));
  }
  EXPECT_EQ(shown, translated);
  ASSERT_EQ(captions.size(), cues.size());
  for (std::size_t at = 0; at < cues.size(); ++at) {
    onsets.add(captions[at].span.begin - cues[at].span.begin);
  }
  std::printf("CEA-608 of the translation beside WebVTT: %s\n", onsets.summary().c_str());
  EXPECT_GE(onsets.ms.front(), -to_seconds(2 * kFrame) * 1000);
  EXPECT_LE(onsets.ms.back(), to_seconds(kLongestLoad + kFrame) * 1000);
}

/// The text track of a recording has the cues of the WebVTT rendition.
void check_text_track(const std::vector<ShownCue>& track, const std::vector<ShownCue>& cues) {
  ASSERT_EQ(track.size(), cues.size());
  Offsets offsets;
  for (std::size_t at = 0; at < cues.size(); ++at) {
    EXPECT_EQ(track[at].text, cues[at].text);
    EXPECT_LE(std::chrono::abs(track[at].span.begin - cues[at].span.begin), kFrame);
    EXPECT_LE(std::chrono::abs(track[at].span.end - cues[at].span.end), kFrame);
    offsets.add(track[at].span.begin - cues[at].span.begin);
  }
  std::printf("text track of the recording beside WebVTT: %s\n", offsets.summary().c_str());
}

/// What went out by SRT: its own pictures' captions beside its own sound.
void check_push(const fs::path& file, const std::vector<Word>& said) {
  const auto probed = run_program({"ffprobe", "-v", "error", "-show_entries", "format=start_time",
                                   "-of", "csv=p=0", file.string()});
  ASSERT_TRUE(probed.succeeded()) << probed.summary();
  const MediaTime origin = from_seconds(std::stod(probed.out));
  auto heard = heard_words_in(file, origin);
  auto captions = captions_in(file);
  for (auto& caption : captions) caption.span = caption.span.shifted(-origin);
  // The end of the sound may be cut inside a word.
  if (heard.size() == said.size() + 1) heard.pop_back();
  check_captions("the push", captions, heard);
  EXPECT_EQ(texts_of(heard), texts_of(said)) << "the push holds the same words";
}

void check_sidecars(const fs::path& stem, const std::vector<ShownCue>& cues,
                    const std::vector<Word>& said) {
  for (const auto format : {SidecarFormat::kWebVtt, SidecarFormat::kSrt, SidecarFormat::kJson}) {
    const std::string name = stem.string() + "." + std::string(to_string(format));
    const auto sidecar = read_sidecar(format, read_text(name));
    ASSERT_TRUE(sidecar) << name << ": " << sidecar.error().message;
    ASSERT_EQ(sidecar->cues.size(), cues.size()) << name;
    for (std::size_t at = 0; at < cues.size(); ++at) {
      std::string text;
      for (const auto& line : sidecar->cues[at].lines) {
        if (!text.empty()) text += ' ';
        text += line;
      }
      EXPECT_EQ(text, cues[at].text) << name;
      EXPECT_EQ(sidecar->cues[at].span, cues[at].span) << name;
    }
    if (format != SidecarFormat::kJson || said.empty()) continue;
    std::vector<Word> written;
    for (const auto& cue : sidecar->cues) {
      written.insert(written.end(), cue.words.begin(), cue.words.end());
    }
    ASSERT_EQ(written.size(), said.size()) << name << " holds each word once";
    Offsets offsets;
    for (std::size_t at = 0; at < said.size(); ++at) {
      EXPECT_EQ(words_of(written[at].text), std::vector{said[at].text});
      EXPECT_LE(std::chrono::abs(written[at].span.begin - said[at].span.begin), milliseconds(1));
      EXPECT_LE(std::chrono::abs(written[at].span.end - said[at].span.end), milliseconds(1));
      offsets.add(written[at].span.begin - said[at].span.begin);
    }
    std::printf("JSON sidecar beside the events: %s\n", offsets.summary().c_str());
  }
}

TEST_F(CaptionOutputs, PicturesRecordingPushAndSidecarsHoldTheSameWords) {
  const int port = free_port();
  const std::string address = "srt://127.0.0.1:" + std::to_string(port);
  RunningProgram listener({"ffmpeg", "-nostdin", "-v", "error", "-copyts", "-i",
                           address + "?mode=listener", "-map", "0", "-c", "copy", "-muxdelay", "0",
                           "-f", "mpegts", path("push.ts").string()});
  LiveRun run({"--captions", "webvtt,608", "--translate", "es", "--translator",
               "fake:", "--latency", "2s", "--push", address + "?mode=caller", "--record",
               path("record.mkv").string()});
  const auto sender = run.send(programme());
  ASSERT_TRUE(run.wait_for_segments("video_source", 7)) << run.end().summary();
  const auto ended = run.end();
  EXPECT_EQ(ended.exit_code, 0) << ended.summary();
  const auto said = words_of_events(run);
  ASSERT_GT(said.size(), 20U);
  EXPECT_THAT(read_text(run.hls() / "master.m3u8"),
              HasSubstr("TYPE=CLOSED-CAPTIONS,GROUP-ID=\"captions\",NAME=\"CC1\",LANGUAGE=\"en\""));
  check_captions("passed-through HLS", captions_of(run.hls() / "video_source"), said);
  check_second_field(captions_in(path("joined.mp4"), "second"), shown_cues(run.hls() / "subs_es"));
  check_captions("the recording", captions_in(path("record.mkv")), said);
  check_text_track(text_track_of(path("record.mkv")), shown_cues(run.hls() / "subs_en"));
  const auto received = listener.wait(seconds(60));
  EXPECT_FALSE(received.timed_out) << "the push was not closed";
  ASSERT_TRUE(fs::exists(path("push.ts"))) << received.summary();
  check_push(path("push.ts"), said);
  check_sidecars(run.hls() / "master.en", shown_cues(run.hls() / "subs_en"), said);
  check_sidecars(run.hls() / "master.es", shown_cues(run.hls() / "subs_es"), {});
}

TEST_F(CaptionOutputs, GoOnBehindAnOutageOfTheSource) {
  LiveRun run({"--captions", "608", "--latency", "2s"});
  const auto first = run.send(programme());
  ASSERT_TRUE(run.wait_for_segments("audio_en", 5)) << run.end().summary();
  first->wait(seconds(40));
  const auto again = run.send(programme());
  again->wait(seconds(40));
  const auto ended = run.end();
  EXPECT_EQ(ended.exit_code, 0) << ended.summary();
  const auto said = words_of_events(run);
  ASSERT_GT(said.size(), 45U);
  check_captions("HLS over an outage", captions_of(run.hls() / "video_source"), said);
}

TEST_F(CaptionOutputs, EncodedPicturesHoldThemAloneWhereNothingElseIsWanted) {
  LiveRun run({"--captions", "608", "--ladder", "240p", "--latency", "2s"});
  const auto sender = run.send(programme());
  ASSERT_TRUE(run.wait_for_segments("video_240p", 7)) << run.end().summary();
  const auto ended = run.end();
  EXPECT_EQ(ended.exit_code, 0) << ended.summary();
  const auto said = words_of_events(run);
  ASSERT_GT(said.size(), 20U);
  check_captions("encoded HLS", captions_of(run.hls() / "video_240p"), said);
  EXPECT_FALSE(fs::exists(run.hls() / "subs_en")) << "no WebVTT was asked for";
  EXPECT_THAT(read_text(run.hls() / "master.m3u8"), Not(HasSubstr("SUBTITLES")));
}

TEST_F(CaptionOutputs, PicturesThatDoNotWaitHoldEveryWordLater) {
  LiveRun run({"--captions", "webvtt,608", "--display", "async", "--latency", "2s"});
  const auto sender = run.send(programme());
  ASSERT_TRUE(run.wait_for_segments("video_source", 7)) << run.end().summary();
  const auto ended = run.end();
  EXPECT_EQ(ended.exit_code, 0) << ended.summary();
  const auto events = words_of_events(run);
  std::vector<std::string> shown;
  Offsets late;
  for (const auto& caption : captions_of(run.hls() / "video_source")) {
    const auto words = words_of(caption.text);
    if (shown.size() < events.size()) {
      late.add(caption.span.begin - events[shown.size()].span.begin);
    }
    shown.insert(shown.end(), words.begin(), words.end());
  }
  // The last sentences may come when the pictures have ended.
  const auto said = texts_of(events);
  ASSERT_GT(shown.size(), 8U);
  ASSERT_LE(shown.size(), said.size());
  EXPECT_EQ(shown,
            std::vector(said.begin(), said.begin() + static_cast<std::ptrdiff_t>(shown.size())));
  std::printf("CEA-608 of pictures that do not wait: %zu of %zu words, later than said: %s\n",
              shown.size(), said.size(), late.summary().c_str());
}

TEST(CaptionOptions, AnUnknownKindOfCaptionsIsRefused) {
  const auto refused = run_program(
      {built_program("subtide").string(), "live", "talk.mp4", "--captions", "webvtt,708"});
  EXPECT_EQ(refused.exit_code, 2) << refused.summary();
  EXPECT_THAT(refused.err,
              HasSubstr("--captions: '708' is no kind of captions; write webvtt, 608"));
}

}  // namespace
}  // namespace subtide
