// The watch page of a live stream in a real browser, asked through the page's own APIs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "engine/metadata/cue_file.h"
#include "tests/browser/browser.h"
#include "tests/live/live_run.h"
#include "tests/support/plain_http.h"

namespace subtide {
namespace {

using nlohmann::json;
using std::chrono::seconds;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::MatchesRegex;

constexpr double kFrame = 0.040;
/// Dates are whole milliseconds, and a player counts in fractions of a second.
constexpr double kRounding = 0.002;

/// What the player and the page hold, as JSON.
constexpr const char* kLook = R"((() => {
  const textOf = (row) => row.querySelector("span").textContent;
  const cueOf = (cue) => ({
    id: cue.id, start: cue.startTime, end: cue.endTime, text: cue.text ?? "", type: cue.type ?? "",
    key: cue.value?.key ?? "", info: cue.value?.info ?? "", data: cue.value?.data ?? "",
  });
  return {
    position: media.currentTime, width: media.videoWidth, error: media.error?.message ?? "",
    fragments: hls.levels[hls.currentLevel].details.fragments.map((each) => (
      { number: each.sn, start: each.start, date: each.programDateTime / 1000 })),
    tracks: [...media.textTracks].map((track) => ({
      kind: track.kind, language: track.language, cues: [...(track.cues ?? [])].map(cueOf) })),
    words: [...document.querySelectorAll("#words li")].map(textOf),
    markers: [...document.querySelectorAll("#markers li")].map(textOf),
    languages: [...menu.options].map((option) => option.textContent),
    lag: byId("lag").textContent, state: byId("state").textContent,
  };
})())";

/// Watches a player for some seconds; its own reckoning of how far it is behind, and by the dates
/// of the stream.
constexpr const char* kMeasure = R"((async (isLowLatency, wanted) => {
  const seen = { parts: 0, fragments: 0, waited: 0, behind: [], dated: [] };
  if (hls.config.lowLatencyMode !== isLowLatency) {
    hls.config.lowLatencyMode = isLowLatency;
    load();
  }
  const count = (_, told) => { if (told.part) ++seen.parts; else ++seen.fragments; };
  hls.on(Hls.Events.FRAG_LOADED, count);
  const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
  for (let turn = 0; turn < 150 && !(hls.playingDate && media.currentTime > 0.5); ++turn) {
    await sleep(100);
  }
  performance.clearResourceTimings();
  await sleep(2000);  // where the player starts is not where it stays
  const from = media.currentTime;
  for (let turn = 0; turn < wanted * 10; ++turn) {
    await sleep(100);
    seen.behind.push(hls.latency);
    seen.dated.push((Date.now() - hls.playingDate) / 1000);
  }
  seen.played = media.currentTime - from;
  seen.waited = performance.getEntriesByType("resource")
    .filter((each) => each.name.includes("_HLS_msn")).length;
  hls.off(Hls.Events.FRAG_LOADED, count);
  for (const list of [seen.behind, seen.dated]) list.sort((a, b) => a - b);
  return seen;
}))";

using Boundaries = std::map<int, json>;

/// The engine's segments, by their number.
Boundaries boundaries(const LiveRun& run) {
  Boundaries found;
  for (auto& event : run.events("media.segment.boundary")) found[event["number"]] = event;
  return found;
}

/// What has to be added to a player's time to get the engine's, after the segments' times.
double engine_offset(const json& seen, const Boundaries& segments) {
  const json& first = seen["fragments"].front();
  const double offset =
      segments.at(first["number"])["start"].get<double>() - first["start"].get<double>();
  for (const auto& each : seen["fragments"]) {
    const json& segment = segments.at(each["number"]);
    EXPECT_NEAR(each["start"].get<double>() + offset, segment["start"], kRounding);
    const auto wall = parse_marker_time(segment["wall"].get<std::string>())->wall;
    EXPECT_NEAR(each["date"].get<double>(), to_seconds(wall.time_since_epoch()), kRounding);
  }
  return offset;
}

std::vector<json> cues_of(const json& seen, const std::string& kind, const std::string& language) {
  for (const auto& track : seen["tracks"]) {
    if (track["kind"] == kind && track["language"] == language) return track["cues"];
  }
  return {};
}

/// The caption that begins there, as the engine told of it; null: none.
json told_cue(const LiveRun& run, const std::string& language, double start) {
  for (const auto& cue : run.events("cue.emitted")) {
    if (cue["language"] == language && std::abs(cue["start"].get<double>() - start) < kRounding) {
      return cue;
    }
  }
  return {};
}

std::string joined(const json& lines) {
  std::string text;
  for (const auto& line : lines) text += (text.empty() ? "" : "\n") + line.get<std::string>();
  return text;
}

/// All captions the player shows are the engine's, at the engine's times.
void expect_captions(const LiveRun& run, const std::string& language, const std::vector<json>& cues,
                     double offset) {
  EXPECT_GE(cues.size(), 2U) << language;
  for (const auto& cue : cues) {
    const json told = told_cue(run, language, cue["start"].get<double>() + offset);
    ASSERT_FALSE(told.is_null()) << language << ": no such caption: " << cue;
    EXPECT_NEAR(cue["end"].get<double>() + offset, told["end"], kRounding) << cue;
    EXPECT_EQ(cue["text"], joined(told["lines"]));
  }
}

class LiveWatch : public testing::Test {
 protected:
  void SetUp() override {
    SUBTIDE_REQUIRE_PROGRAM("chromium");
    SUBTIDE_REQUIRE_PROGRAM("ffmpeg");
    write_programme(programme_, {seconds(60), true, 1.4});
  }

  static std::string page(const LiveRun& run) {
    return "http://127.0.0.1:" + std::to_string(run.http_port()) + "/";
  }

  /// Markers by each way in; where they were put, as the engine answered.
  std::map<std::string, double> put_markers(const LiveRun& run) const {
    std::map<std::string, double> put;
    const auto note = [&put](const std::string& answer) {
      const json placed = json::parse(answer, nullptr, false);
      EXPECT_TRUE(placed.is_object()) << answer;
      if (placed.is_object()) put[placed["id"]] = placed["at"];
    };
    const auto by_command = run_program(
        {built_program("subtide").string(), "inject", "--state", run.state().string(), "--id",
         "command", "--at", "+1s", "--class", "com.example.goal", "--json", R"({"team": "home"})"});
    EXPECT_TRUE(by_command.succeeded()) << by_command.summary();
    note(by_command.err.substr(by_command.err.find('{')));
    const double at = put.begin()->second;
    for (const auto& [id, when] : {std::pair{"http-1", at + 0.777}, {"http-2", at + 1.111}}) {
      const json cue = {{"at", when},
                        {"id", id},
                        {"class", "com.example.note"},
                        {"duration", 1.5},
                        {"payload", {{"text", id}}}};
      const auto answer = plain_post(static_cast<std::uint16_t>(run.http_port()), "/inject",
                                     cue.dump(), {"Content-Type: application/json"});
      EXPECT_EQ(answer.status, 202) << answer.body;
      note(answer.body);
    }
    return put;
  }

  /// Each marker is there once in the segments and once in the playlist, where it was put.
  static void expect_markers(const LiveRun& run, const std::vector<json>& cues, double offset,
                             const std::map<std::string, double>& put) {
    std::map<std::string, double> placed;
    for (const auto& event : run.events("media.metadata.timed")) {
      placed[event["id"]] = event["start"];
    }
    double worst = 0;
    for (const auto& [id, at] : put) {
      ASSERT_TRUE(placed.contains(id)) << id;
      int segments = 0;
      int dates = 0;
      for (const auto& cue : cues) {
        const bool is_date = cue["type"] == "com.apple.quicktime.HLS" && cue["id"] == id;
        const bool is_segment = cue["type"] == "https://aomedia.org/emsg/ID3" &&
                                cue["info"] == "io.subtide.item" &&
                                json::parse(cue["data"].get<std::string>())["id"] == id;
        if (!is_date && !is_segment) continue;
        const double found = cue["start"].get<double>() + offset;
        EXPECT_NEAR(found, placed[id], kRounding) << cue;
        EXPECT_NEAR(found, at, kFrame) << cue;
        worst = std::max(worst, std::abs(found - at));
        ++(is_date ? dates : segments);
      }
      EXPECT_EQ(segments, 1) << id << " in the segments";
      EXPECT_EQ(dates, 1) << id << " in the playlist";
    }
    std::printf("%zu markers read by the player, %.1f ms at most from where they were put\n",
                put.size(), worst * 1000);
  }

  const TemporaryFolder folder_;
  const std::filesystem::path programme_ = folder_ / "programme.ts";
};

TEST_F(LiveWatch, CaptionsOfBothLanguagesAndMarkersAreWhereTheyBelong) {
  LiveRun run({"--translate", "es", "--translator", "fake:", "--latency", "2s"});
  const auto sender = run.send(programme_);
  ASSERT_TRUE(run.wait_for_segments("audio_en", 1)) << run.end().summary();
  Browser browser(folder_ / "browser");
  browser.open(page(run));
  // A player begins close to the live edge: it never sees what lies before that.
  ASSERT_TRUE(browser.wait_for("media.currentTime > 0.5", seconds(90)));
  const auto put = put_markers(run);
  EXPECT_TRUE(browser.wait_for("document.querySelectorAll('#markers li').length > 2", seconds(90)));
  const json english = browser.evaluate(kLook);
  browser.evaluate("menu.value = '1'; menu.dispatchEvent(new Event('change'))");
  EXPECT_TRUE(browser.wait_for(
      "[...media.textTracks].some((each) => each.language === 'es' && each.cues?.length > 1)",
      seconds(15)));
  const json spanish = browser.evaluate(kLook);
  const auto ended = run.end();
  EXPECT_EQ(ended.exit_code, 0) << ended.summary();

  const double offset = engine_offset(english, boundaries(run));
  expect_captions(run, "en", cues_of(english, "subtitles", "en"), offset);
  expect_captions(run, "es", cues_of(spanish, "subtitles", "es"), offset);
  expect_markers(run, cues_of(spanish, "metadata", ""), offset, put);
  EXPECT_EQ(english["error"], "");
  EXPECT_EQ(english["width"], 320);
  EXPECT_GT(spanish["position"], english["position"]);
  EXPECT_THAT(english["languages"], ElementsAre("off", "English", "español"));
  EXPECT_THAT(english["words"], Contains(HasSubstr("t3 t4 t5")));
  EXPECT_THAT(english["markers"], ElementsAre(R"(com.example.goal {"team":"home"})",
                                              R"(com.example.note {"text":"http-1"})",
                                              R"(com.example.note {"text":"http-2"})"));
  EXPECT_THAT(english["lag"].get<std::string>(), MatchesRegex("[0-9]+\\.[0-9] s"));
  EXPECT_EQ(english["state"], "live");
}

TEST_F(LiveWatch, PartsPlayCloserToLiveThanSegments) {
  LiveRun run({"--part", "0.5s", "--latency", "1s", "--display", "async"});
  const auto sender = run.send(programme_);
  ASSERT_TRUE(run.wait_for_segments("audio_en", 2)) << run.end().summary();
  Browser browser(folder_ / "browser");
  browser.open(page(run));
  const std::string measure = kMeasure;
  const json parts = browser.evaluate(measure + "(true, 6)");
  const json segments = browser.evaluate(measure + "(false, 5)");
  const auto ended = run.end();
  EXPECT_EQ(ended.exit_code, 0) << ended.summary();

  const auto half = [](const json& list) { return list[list.size() / 2].get<double>(); };
  std::printf(
      "parts: %d loaded, %d playlists waited for, player p50 %.2f s behind the engine, %.2f s "
      "behind the source; segments: %.2f s, %.2f s\n",
      parts["parts"].get<int>(), parts["waited"].get<int>(), half(parts["behind"]),
      half(parts["dated"]), half(segments["behind"]), half(segments["dated"]));
  EXPECT_GE(parts["parts"], 5) << "parts were asked for";
  EXPECT_GE(parts["waited"], 3) << "playlists were asked for before they were there";
  EXPECT_GT(parts["played"], 2.0);
  EXPECT_EQ(segments["parts"], 0);
  EXPECT_GT(segments["fragments"], 1);
  EXPECT_LT(half(parts["dated"]), half(segments["dated"]));
  EXPECT_LT(half(parts["behind"]), half(segments["behind"]));
}

TEST_F(LiveWatch, CaptionsInPartsAreShown) {
  LiveRun run({"--part", "0.5s", "--latency", "1s"});
  const auto sender = run.send(programme_);
  ASSERT_TRUE(run.wait_for_segments("audio_en", 1)) << run.end().summary();
  Browser browser(folder_ / "browser");
  browser.open(page(run));
  EXPECT_TRUE(browser.wait_for(
      "[...media.textTracks].some((each) => each.language === 'en' && each.cues?.length > 3)",
      seconds(90)));
  const json seen = browser.evaluate(kLook);
  const auto ended = run.end();
  EXPECT_EQ(ended.exit_code, 0) << ended.summary();
  EXPECT_EQ(seen["error"], "");
  const auto told = run.events("cue.emitted");
  for (const auto& cue : cues_of(seen, "subtitles", "en")) {
    const double length = cue["end"].get<double>() - cue["start"].get<double>();
    EXPECT_TRUE(std::ranges::any_of(told, [&](const json& each) {
      const double own = each["end"].get<double>() - each["start"].get<double>();
      return cue["text"] == joined(each["lines"]) && std::abs(own - length) < kRounding;
    })) << cue;
  }
  const auto playlist = read_text(run.hls() / "subs_en" / "index.m3u8");
  EXPECT_THAT(playlist, HasSubstr(".1.vtt\",INDEPENDENT=YES"));
}

}  // namespace
}  // namespace subtide
