#include "engine/packaging/webvtt_segment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <sstream>

#include "engine/packaging/cue_track.h"
#include "engine/subtitles/sidecar.h"
#include "tests/support/golden.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

Cue cue(const std::string& id, TimeSpan span, const std::string& text) {
  Cue result;
  result.id = id;
  result.span = span;
  result.lines = {text};
  return result;
}

/// A reader of its own: cues with the media times that a player would give them.
struct ReadCue {
  MediaTime begin{0};
  MediaTime end{0};
  std::string text;
  bool operator==(const ReadCue&) const = default;
};

MediaTime clock_of(const std::string& text) {
  int hours = 0;
  int minutes = 0;
  double seconds = 0;
  EXPECT_EQ(std::sscanf(text.c_str(), "%d:%d:%lf", &hours, &minutes, &seconds), 3) << text;
  return std::chrono::hours(hours) + std::chrono::minutes(minutes) +
         std::chrono::milliseconds(std::lround(seconds * 1000));
}

/// `near` stands for the segment's place in the playlist, which tells wraps apart.
std::map<std::string, ReadCue> play(const std::string& bytes, MediaTime near) {
  std::istringstream lines(bytes);
  std::string line;
  std::getline(lines, line);
  EXPECT_EQ(line, "WEBVTT");
  std::getline(lines, line);
  char local[40] = {};
  long long ticks = -1;
  EXPECT_EQ(
      std::sscanf(line.c_str(), "X-TIMESTAMP-MAP=LOCAL:%39[0-9:.],MPEGTS:%lld", local, &ticks), 2)
      << line;
  EXPECT_GE(ticks, 0);
  EXPECT_LT(ticks, 1LL << 33);
  const MediaTime wrap((1LL << 33) * 100'000 / 9);
  MediaTime anchor(ticks * 100'000 / 9);
  while (anchor < near - wrap / 2) anchor += wrap;
  const MediaDuration shift = anchor - clock_of(local);
  std::map<std::string, ReadCue> cues;
  while (std::getline(lines, line)) {
    EXPECT_EQ(line, "");
    std::string id;
    std::string times;
    std::string text;
    std::getline(lines, id);
    std::getline(lines, times);
    std::getline(lines, text);
    const auto arrow = times.find(" --> ");
    const MediaTime begin = clock_of(times.substr(0, arrow));
    EXPECT_LT(begin, 27h) << "players stumble over such times";
    cues[id] = {
        std::chrono::round<std::chrono::milliseconds>(begin + shift),
        std::chrono::round<std::chrono::milliseconds>(clock_of(times.substr(arrow + 5)) + shift),
        text};
  }
  return cues;
}

TEST(WebVttSegment, AreAsTheyWere) {
  const std::vector<Cue> cues = {cue("1", {1500ms, 4s}, "a < b & c"),
                                 cue("2", {4s, 6500ms}, "Over the end.")};
  expect_golden("packaging/segment.vtt", write_webvtt_segment({2s, 4s + 4ms}, cues));
  expect_golden("packaging/empty.vtt", write_webvtt_segment({8s, 10s}, cues));
}

TEST(WebVttSegment, TheMapNamesTheSegmentsBegin) {
  EXPECT_THAT(write_webvtt_segment({2002ms, 4004ms}, {}),
              HasSubstr("X-TIMESTAMP-MAP=LOCAL:00:00:02.002,MPEGTS:180180\n"));
}

TEST(WebVttSegment, TimesStaySmallAndSurviveTheWrap) {
  // 2^33 ticks are 26:30:43.717.
  const TimeSpan before{26h + 30min + 42s, 26h + 30min + 44s};
  const TimeSpan behind = before.shifted(2s);
  const Cue over = cue("7", {before.begin + 1s, behind.begin + 1s}, "Over the wrap.");
  const std::string first = write_webvtt_segment(before, {over});
  const std::string second = write_webvtt_segment(behind, {over});
  EXPECT_THAT(first, HasSubstr("LOCAL:02:30:42.000,MPEGTS:8589780000\n"));
  EXPECT_THAT(second, HasSubstr("LOCAL:02:30:44.000,MPEGTS:25408\n"));
  EXPECT_EQ(play(first, before.begin), play(second, behind.begin));
}

TEST(WebVttSegment, ACueOverMidnightIsOneCue) {
  const TimeSpan before{24h - 2s, 24h};
  const TimeSpan behind{24h, 24h + 2s};
  const TimeSpan later{24h + 2s, 24h + 4s};
  const Cue over = cue("7", {24h - 1s, 24h + 1s}, "Over midnight.");
  const Cue next = cue("8", {24h + 1s, 24h + 3s}, "Next day.");
  EXPECT_THAT(write_webvtt_segment(behind, {over, next}), HasSubstr("LOCAL:24:00:00.000,"));
  EXPECT_THAT(write_webvtt_segment(later, {next}), HasSubstr("LOCAL:00:00:02.000,"));
  EXPECT_EQ(play(write_webvtt_segment(before, {over}), before.begin).at("7"),
            play(write_webvtt_segment(behind, {over, next}), behind.begin).at("7"));
  EXPECT_EQ(play(write_webvtt_segment(later, {next}), later.begin).at("8"),
            play(write_webvtt_segment(behind, {over, next}), behind.begin).at("8"));
}

class RandomCues : public testing::TestWithParam<unsigned> {};

/// Segments together show every cue, in each segment it overlaps, always as the same.
TEST_P(RandomCues, AreWhatTheSegmentsShowTogether) {
  std::mt19937 random(GetParam());
  const auto up_to = [&random](int most) {
    return static_cast<int>(random() % static_cast<unsigned>(most));
  };
  // Some streams begin just before a wrap, or before midnight.
  const MediaTime origin = std::vector<MediaTime>{0s, 95'440s, 24h - 5s, 200h}[up_to(4)];
  CueTrack track;
  std::vector<Cue> cues;
  MediaTime at = origin;
  for (int index = 0; index < 60; ++index) {
    at += std::chrono::milliseconds(up_to(3000));
    const TimeSpan span{at, at + std::chrono::milliseconds(1 + up_to(9000))};
    cues.push_back(cue(std::to_string(index + 1), span, "cue " + std::to_string(index)));
  }
  for (const Cue& each : cues) ASSERT_FALSE(track.push(each));
  std::map<std::string, ReadCue> seen;
  std::map<std::string, int> times;
  MediaTime begin = origin;
  const MediaTime end = at + 10s;
  while (begin < end) {
    const TimeSpan span{begin, begin + std::chrono::milliseconds(500 + up_to(4000))};
    for (const auto& [id, read] : play(track.write_segment(span), span.begin)) {
      const auto [known, is_new] = seen.emplace(id, read);
      EXPECT_EQ(known->second, read) << "a published cue changed";
      ++times[id];
    }
    for (const Cue& each : cues) {
      if (each.span.overlaps(span)) --times[each.id];
    }
    begin = span.end;
  }
  ASSERT_EQ(seen.size(), cues.size());
  for (const Cue& each : cues) {
    EXPECT_EQ(seen.at(each.id), (ReadCue{each.span.begin, each.span.end, each.lines[0]}));
    EXPECT_EQ(times.at(each.id), 0) << each.id << " stands in every segment that it overlaps";
  }
  EXPECT_TRUE(track.take_rest().empty());
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomCues, testing::Range(1U, 101U));

TEST(CueTrack, NumbersCuesWithoutId) {
  CueTrack track;
  track.push(cue("", {0s, 3s}, "One."));
  const std::string first = track.write_segment({0s, 2s});
  track.push(cue("", {2s, 3s}, "Two."));
  EXPECT_THAT(first, HasSubstr("\n1\n"));
  EXPECT_THAT(track.write_segment({2s, 4s}),
              testing::AllOf(HasSubstr("\n1\n"), HasSubstr("\n2\n")));
}

TEST(CueTrack, GivesBackWhatNobodyCanSeeAnyMore) {
  CueTrack track;
  track.write_segment({0s, 2s});
  EXPECT_TRUE(track.push(cue("1", {1s, 2s}, "Late.")).has_value());
  EXPECT_FALSE(track.push(cue("2", {1s, 2001ms}, "Still in time.")).has_value());
  EXPECT_EQ(track.take_rest().size(), 1U);
}

TEST(CueTrack, WhatReachesBeyondTheEndWasSeenAllTheSame) {
  CueTrack track;
  EXPECT_FALSE(track.push(cue("1", {1s, 3s}, "Longer than the pictures.")).has_value());
  EXPECT_THAT(track.write_segment({0s, 2s}), HasSubstr("Longer"));
  EXPECT_TRUE(track.take_rest().empty());
}

TEST(WebVttParts, JoinedAreTheSegmentTheyArePartsOf) {
  for (const MediaTime begin : {MediaTime(3s), MediaTime(24h - 1s), MediaTime(26h + 30min)}) {
    const std::vector<Cue> cues = {cue("1", {begin - 1s, begin + 300ms}, "both <i> & more"),
                                   cue("2", {begin + 300ms, begin + 1200ms}, "all three"),
                                   cue("3", {begin + 1100ms, begin + 4s}, "the last")};
    std::vector<std::string> parts;
    for (int part = 0; part < 3; ++part) {
      const MediaTime from = begin + part * 500ms;
      parts.push_back(write_webvtt_segment({from, from + 500ms}, cues));
    }
    const auto joined = join_webvtt_parts(parts);
    ASSERT_TRUE(joined) << joined.error().message;
    EXPECT_EQ(*joined, write_webvtt_segment({begin, begin + 1500ms}, cues));
  }
}

TEST(WebVttParts, OfTwoDaysKeepTheirMediaTimes) {
  const MediaTime midnight = 24h;
  const std::vector<Cue> cues = {cue("1", {midnight - 400ms, midnight - 100ms}, "before"),
                                 cue("2", {midnight + 100ms, midnight + 300ms}, "behind")};
  const std::vector<std::string> parts = {write_webvtt_segment({midnight - 500ms, midnight}, cues),
                                          write_webvtt_segment({midnight, midnight + 500ms}, cues)};
  const auto joined = join_webvtt_parts(parts);
  ASSERT_TRUE(joined) << joined.error().message;
  const auto played = play(*joined, midnight);
  ASSERT_EQ(played.size(), 2U);
  EXPECT_EQ(played.at("1"), (ReadCue{midnight - 400ms, midnight - 100ms, "before"}));
  EXPECT_EQ(played.at("2"), (ReadCue{midnight + 100ms, midnight + 300ms, "behind"}));
}

TEST(WebVttParts, ACueThatCameLateStandsWhereItBelongs) {
  const MediaTime midnight = 24h;
  const Cue early = cue("1", {midnight - 300ms, midnight + 700ms}, "came late");
  const Cue late = cue("2", {midnight + 100ms, midnight + 900ms}, "came in time");
  const std::vector<std::string> parts = {
      write_webvtt_segment({midnight, midnight + 500ms}, {late}),
      write_webvtt_segment({midnight + 500ms, midnight + 1s}, {early, late})};
  const auto joined = join_webvtt_parts(parts);
  ASSERT_TRUE(joined) << joined.error().message;
  EXPECT_TRUE(read_sidecar(SidecarFormat::kWebVtt, *joined)) << *joined;
  const auto played = play(*joined, midnight);
  ASSERT_EQ(played.size(), 2U);
  EXPECT_EQ(played.at("1"), (ReadCue{midnight - 300ms, midnight + 700ms, "came late"}));
  EXPECT_EQ(played.at("2"), (ReadCue{midnight + 100ms, midnight + 900ms, "came in time"}));
}

TEST(WebVttParts, WhatIsNoPartIsRefused) {
  const std::vector<std::string> fragment = {std::string("\0\0\0\x10moof", 8)};
  EXPECT_FALSE(join_webvtt_parts(fragment));
  const std::vector<std::string> plain = {"WEBVTT\n\n1\n00:00.000 --> 00:01.000\nHello\n"};
  EXPECT_FALSE(join_webvtt_parts(plain));
  for (const std::string map :
       {"", "X-TIMESTAMP-MAP=LOCAL:", "X-TIMESTAMP-MAP=LOCAL:00:00.000,",
        "X-TIMESTAMP-MAP=LOCAL:00:00.000,MPEGTS:-1", "X-TIMESTAMP-MAP=LOCAL:00:00.000,MPEGTS:x",
        "X-TIMESTAMP-MAP=LOCAL:00:00.000,MPEGTS:99999999999"}) {
    EXPECT_FALSE(read_timestamp_map("WEBVTT\n" + map + "\n")) << map;
  }
}

}  // namespace
}  // namespace subtide
