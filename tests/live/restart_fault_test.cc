// An event whose engine is killed and started again (F2): nothing that was published is lost.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <map>

#include "engine/subtitles/sidecar.h"
#include "tests/live/live_faults.h"
#include "tests/live/said_words.h"
#include "tests/support/playlist_validator.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::IsEmpty;

struct Story {
  const char* name;
  bool has_video = true;
  std::vector<std::string> options{};
};

class RestartFault : public testing::TestWithParam<Story> {
 protected:
  void SetUp() override {
    SUBTIDE_REQUIRE_PROGRAM("ffmpeg");
    write_programme(programme_, {seconds(40), GetParam().has_video});
    setting_.hls = folder_.path() / "hls";
    options_ = {"--latency", "1s"};
    options_.insert(options_.end(), GetParam().options.begin(), GetParam().options.end());
  }
  std::map<std::string, std::string> playlists() const {
    std::map<std::string, std::string> texts;
    for (const auto& entry : fs::directory_iterator(setting_.hls)) {
      if (!entry.is_directory()) continue;
      texts[entry.path().filename().string()] = read_text(entry.path() / "index.m3u8");
    }
    return texts;
  }
  fs::path captions() const { return setting_.hls / "subs_en"; }

  const TemporaryFolder folder_;
  const fs::path programme_ = folder_.path() / "programme.ts";
  LiveRunSetting setting_;
  std::vector<std::string> options_;
};

/// How much later cues are shown than the events of a run tell them; the same for all.
MediaDuration origin_of(const LiveRun& run, const std::vector<ShownCue>& shown) {
  std::optional<MediaDuration> origin;
  for (const auto& told : run.events("cue.emitted")) {
    const auto cue = std::ranges::find(shown, told.at("id").get<std::string>(), &ShownCue::id);
    if (cue == shown.end()) continue;
    const MediaDuration by = cue->span.begin - from_seconds(told.at("start").get<double>());
    const MediaDuration off = by - origin.value_or(by);
    EXPECT_LE(std::max(off, -off), milliseconds(1)) << cue->id;
    origin = by;
  }
  EXPECT_TRUE(origin) << "no cue of the new run is shown";
  return origin.value_or(MediaDuration(0));
}

TEST_P(RestartFault, AnEventKeepsItsBeginning) {
  {
    LiveRun killed(options_, setting_);
    const auto sender = killed.send(programme_);
    ASSERT_TRUE(wait_for_event(killed, "media.segment.boundary", 4, seconds(60)));
    killed.end(SIGKILL);
  }
  const auto before = playlists();
  const auto shown_before = shown_cues(captions());
  EXPECT_THAT(missing_files(setting_.hls), IsEmpty()) << "as the kill left it";
  ASSERT_FALSE(shown_before.empty());

  LiveRun run(options_, setting_);
  const auto sender = run.send(programme_);
  ASSERT_TRUE(wait_for_event(run, "media.segment.boundary", 5, seconds(60)));
  const auto ended = run.end();
  EXPECT_EQ(ended.exit_code, 0) << ended.summary();
  EXPECT_THAT(ended.err, HasSubstr("the programme goes on behind 00:00:"));

  const auto after = playlists();
  std::size_t count = 0;
  ASSERT_EQ(after.size(), before.size());
  for (const auto& [folder, text] : after) {
    EXPECT_THAT(playlist_faults(text), IsEmpty()) << text;
    EXPECT_THAT(reload_faults(before.at(folder), text), IsEmpty())
        << before.at(folder) << "became\n"
        << text;
    EXPECT_THAT(text, HasSubstr("#EXT-X-MEDIA-SEQUENCE:1\n"));
    EXPECT_THAT(text, HasSubstr("#EXT-X-ENDLIST"));
    const auto segments = read_segments(setting_.hls / folder / "index.m3u8");
    EXPECT_EQ(std::ranges::count_if(segments, &ListedSegment::is_discontinuous), 1) << text;
    if (count == 0) count = segments.size();
    EXPECT_EQ(segments.size(), count) << folder;
  }
  EXPECT_THAT(missing_files(setting_.hls), IsEmpty());

  const auto shown = shown_cues(captions());
  for (const auto& cue : shown_before) {
    const auto still = std::ranges::find(shown, cue.id, &ShownCue::id);
    ASSERT_NE(still, shown.end()) << cue.text;
    EXPECT_EQ(still->span, cue.span);
  }
  const auto sidecar =
      read_sidecar(SidecarFormat::kWebVtt, read_text(setting_.hls / "master.en.vtt"));
  ASSERT_TRUE(sidecar) << sidecar.error().message;
  for (const auto& cue : shown) {
    EXPECT_TRUE(std::ranges::any_of(sidecar->cues, [&](const Cue& each) {
      return each.span == cue.span;
    })) << cue.text;
  }
  const MediaDuration origin = origin_of(run, shown);
  Offsets offsets;
  const auto heard = heard_words(setting_.hls / "audio_en");
  for (const Word& word : words_of_events(run)) {
    for (const Word& each : heard) {
      const MediaDuration off = word.span.begin + origin - each.span.begin;
      if (each.text == word.text && std::max(off, -off) < seconds(1)) offsets.add(off);
    }
  }
  ASSERT_FALSE(offsets.ms.empty());
  const std::string summary = offsets.summary();
  EXPECT_LE(std::max(-offsets.ms.front(), offsets.ms.back()), 100) << summary;
  std::printf(
      "event, %s, engine killed and started again: %zu segments and %zu cues of both runs, "
      "%zu cues of the first; words of the second beside the sound: %s\n",
      GetParam().name, count, sidecar->cues.size(), shown_before.size(), summary.c_str());
}

INSTANTIATE_TEST_SUITE_P(All, RestartFault,
                         testing::Values(Story{"pictures and sound"},
                                         Story{"radio with parts", false, {"--part", "0.5s"}}),
                         [](const auto& story) {
                           return std::string(story.param.has_video ? "Television" : "Radio");
                         });

}  // namespace
}  // namespace subtide
