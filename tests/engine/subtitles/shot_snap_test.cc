#include "engine/subtitles/shot_snap.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "tests/engine/subtitles/layout_phrases.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;
using subtide::testing::lay_out;
using subtide::testing::spoken;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// 25 frames a second: the gap, and the way from an out-time to a cut, are 80 ms.
const LayoutRules kRules = *layout_rules("netflix", "en");

/// A cue of few characters, so that the shortest duration alone counts.
Cue cue(MediaTime begin, MediaTime end, std::string text = "Yes, sir.") {
  Cue made;
  made.span = {begin, end};
  made.lines = {std::move(text)};
  made.language = "en";
  return made;
}

std::vector<TimeSpan> spans(const std::vector<Cue>& cues) {
  std::vector<TimeSpan> all;
  for (const Cue& one : cues) all.push_back(one.span);
  return all;
}

/// Where cues come to lie when all is known.
std::vector<TimeSpan> snapped(const std::vector<Cue>& cues, const std::vector<MediaTime>& shots,
                              const LayoutRules& rules = kRules) {
  ShotSnap snap;
  for (const MediaTime shot : shots) snap.add_shot(shot);
  snap.end_shots();
  for (const Cue& one : cues) snap.add(one, rules);
  snap.end_cues();
  return spans(snap.take());
}

TEST(ShotSnap, InTimesNearACutGoToIt) {
  EXPECT_THAT(snapped({cue(10s, 13s)}, {9600ms}), ElementsAre(TimeSpan{9600ms, 13s}));
  EXPECT_THAT(snapped({cue(10s, 13s)}, {10400ms}), ElementsAre(TimeSpan{10400ms, 13s}));
  EXPECT_THAT(snapped({cue(10s, 13s)}, {9500ms}), ElementsAre(TimeSpan{9500ms, 13s}));
  EXPECT_THAT(snapped({cue(10s, 13s)}, {9499ms}), ElementsAre(TimeSpan{10s, 13s}));
}

TEST(ShotSnap, OutTimesNearACutGoTwoFramesBeforeIt) {
  EXPECT_THAT(snapped({cue(10s, 13s)}, {13400ms}), ElementsAre(TimeSpan{10s, 13320ms}));
  EXPECT_THAT(snapped({cue(10s, 13s)}, {12600ms}), ElementsAre(TimeSpan{10s, 12520ms}));
  EXPECT_THAT(snapped({cue(10s, 13s)}, {13501ms}), ElementsAre(TimeSpan{10s, 13s}));
}

TEST(ShotSnap, TheNearerOfTwoCutsCounts) {
  EXPECT_THAT(snapped({cue(10s, 13s)}, {9600ms, 10200ms}), ElementsAre(TimeSpan{10200ms, 13s}));
  EXPECT_THAT(snapped({cue(10s, 13s)}, {12900ms, 13400ms}), ElementsAre(TimeSpan{10s, 12820ms}));
}

TEST(ShotSnap, NeighboursMeetAtTheCut) {
  // The cut lies in the second cue, in the first one, between them.
  EXPECT_THAT(snapped({cue(10s, 12s), cue(12080ms, 14s)}, {12300ms}),
              ElementsAre(TimeSpan{10s, 12220ms}, TimeSpan{12300ms, 14s}));
  EXPECT_THAT(snapped({cue(10s, 12s), cue(12080ms, 14s)}, {11700ms}),
              ElementsAre(TimeSpan{10s, 11620ms}, TimeSpan{11700ms, 14s}));
  EXPECT_THAT(snapped({cue(10s, 12s), cue(12700ms, 14s)}, {12300ms}),
              ElementsAre(TimeSpan{10s, 12220ms}, TimeSpan{12300ms, 14s}));
}

TEST(ShotSnap, ASmallGapThatAMoveLeavesIsClosed) {
  // The cut is too far from the first cue's end, but the gap to it is not.
  LayoutRules rules = kRules;
  rules.chain_gap = 1s;
  EXPECT_THAT(snapped({cue(10s, 12s), cue(12900ms, 15s)}, {12600ms}, rules),
              ElementsAre(TimeSpan{10s, 12520ms}, TimeSpan{12600ms, 15s}));
}

TEST(ShotSnap, NoCueBecomesShorterThanItMay) {
  // 0.833 s at least: the in-time may go 166 ms later, the out-time 167 ms earlier.
  EXPECT_THAT(snapped({cue(10s, 11s)}, {10160ms}), ElementsAre(TimeSpan{10160ms, 11s}));
  EXPECT_THAT(snapped({cue(10s, 11s)}, {10200ms}), ElementsAre(TimeSpan{10s, 11s}));
  EXPECT_THAT(snapped({cue(10s, 11s)}, {10860ms}), ElementsAre(TimeSpan{10s, 11s}));
  // Forty characters want two seconds.
  const std::string forty = "Forty characters are read in two seconds";
  EXPECT_THAT(snapped({cue(10s, 12200ms, forty)}, {10300ms}), ElementsAre(TimeSpan{10s, 12200ms}));
  EXPECT_THAT(snapped({cue(10s, 12200ms, forty)}, {10200ms}),
              ElementsAre(TimeSpan{10200ms, 12200ms}));
}

TEST(ShotSnap, WhatIsTooShortAlreadyMayOnlyGrow) {
  EXPECT_THAT(snapped({cue(10s, 10500ms)}, {10040ms}), ElementsAre(TimeSpan{10s, 10500ms}));
  EXPECT_THAT(snapped({cue(10s, 10500ms)}, {9800ms}), ElementsAre(TimeSpan{9800ms, 10500ms}));
}

TEST(ShotSnap, NoCueBecomesLongerThanItMay) {
  EXPECT_THAT(snapped({cue(10s, 16900ms)}, {9700ms}), ElementsAre(TimeSpan{10s, 16900ms}));
  EXPECT_THAT(snapped({cue(10s, 16900ms)}, {17300ms}), ElementsAre(TimeSpan{10s, 16900ms}));
}

TEST(ShotSnap, AMoveThatCrowdsTheCueBeforeIsNotMade) {
  // The first cue would have 0.82 s left.
  EXPECT_THAT(snapped({cue(10s, 11200ms), cue(11280ms, 13s)}, {10900ms}),
              ElementsAre(TimeSpan{10s, 11200ms}, TimeSpan{11280ms, 13s}));
}

TEST(ShotSnap, TimesAreOfThePictureWithTheCut) {
  // 24 frames a second: frame 50 is shown at 2.083 333; the cue must not miss it.
  LayoutRules rules = kRules;
  rules.frame_rate = 24;
  const auto out = snapped({cue(1000ms, 1990ms), cue(2074ms, 4s)}, {2083333333ns}, rules);
  EXPECT_THAT(out, ElementsAre(TimeSpan{1000ms, 1999ms}, TimeSpan{2083ms, 4s}));
}

TEST(ShotSnap, NothingBeginsBeforeZero) {
  EXPECT_THAT(snapped({cue(200ms, 2s)}, {0s}), ElementsAre(TimeSpan{0s, 2s}));
  EXPECT_THAT(snapped({cue(200ms, 2s)}, {-100ms}), ElementsAre(TimeSpan{200ms, 2s}));
}

TEST(ShotSnap, WithoutCutsNothingMoves) {
  EXPECT_THAT(snapped({cue(1s, 2s), cue(2080ms, 3s), cue(60s, 62s)}, {30s}),
              ElementsAre(TimeSpan{1s, 2s}, TimeSpan{2080ms, 3s}, TimeSpan{60s, 62s}));
}

TEST(ShotSnap, ShotsOnAnotherTimelineAreMoved) {
  ShotSnap snap;
  snap.set_offset(3600s);
  snap.add_shot(9600ms);
  snap.end_shots();
  snap.add(cue(3610s, 3613s), kRules);
  snap.end_cues();
  EXPECT_THAT(spans(snap.take()), ElementsAre(TimeSpan{3609600ms, 3613s}));
}

// ---- waiting ----

TEST(ShotSnap, ACueWaitsForTheShotsAroundItAndForItsNeighbour) {
  ShotSnap snap;
  snap.add(cue(10s, 13s), kRules);
  EXPECT_EQ(snap.earliest(), 9500ms);
  snap.know_until(60s);
  EXPECT_THAT(snap.take(), IsEmpty()) << "a neighbour may come";
  EXPECT_EQ(snap.earliest(), 10s);
  EXPECT_EQ(snap.size(), 1U);
  snap.advance(14500ms);
  EXPECT_THAT(snap.take(), IsEmpty()) << "and may move to it";
  snap.advance(14600ms);
  EXPECT_THAT(spans(snap.take()), ElementsAre(TimeSpan{10s, 13s}));
  EXPECT_EQ(snap.earliest(), std::nullopt);
  EXPECT_EQ(snap.size(), 0U);
}

TEST(ShotSnap, ShotsAreWaitedForUntilHalfASecondBehind) {
  ShotSnap snap;
  snap.add(cue(10s, 13s), kRules);
  snap.end_cues();
  snap.know_until(13500ms);
  EXPECT_THAT(snap.take(), IsEmpty()) << "one may come at 13.5 s";
  snap.know_until(13501ms);
  EXPECT_THAT(spans(snap.take()), ElementsAre(TimeSpan{10s, 13s}));
}

TEST(ShotSnap, BehindTheEndOfShotsNothingWaits) {
  ShotSnap snap;
  snap.add(cue(10s, 13s), kRules);
  snap.end_cues();
  EXPECT_THAT(snap.take(), IsEmpty());
  snap.end_shots();
  EXPECT_THAT(spans(snap.take()), ElementsAre(TimeSpan{10s, 13s}));
}

TEST(ShotSnap, LiveAllGoesWithWhatIsKnown) {
  ShotSnap snap;
  snap.add_shot(9800ms);
  snap.add(cue(10s, 13s), kRules);
  EXPECT_THAT(spans(snap.take_all()), ElementsAre(TimeSpan{9800ms, 13s}));
  // The next one is in the way of no move of a cue that went before it was known.
  snap.add_shot(13200ms);
  snap.add(cue(13080ms, 15s), kRules);
  snap.add(cue(15080ms, 17s), kRules);
  EXPECT_THAT(spans(snap.take_all()), ElementsAre(TimeSpan{13200ms, 15s}, TimeSpan{15080ms, 17s}));
}

TEST(ShotSnap, ACueThatGoesBeforeItsNeighbourIsKnownIsNotShownLonger) {
  ShotSnap snap;
  snap.add_shot(13300ms);
  snap.add(cue(10s, 13s), kRules);
  EXPECT_THAT(spans(snap.take_all()), ElementsAre(TimeSpan{10s, 13s}));
}

TEST(ShotSnap, AFlushOfOneSideKeepsTheOther) {
  ShotSnap snap;
  snap.add_shot(9800ms);
  snap.end_shots();
  snap.add(cue(5s, 6s), kRules);
  snap.drop_cues();
  snap.add(cue(10s, 13s), kRules);
  snap.end_cues();
  EXPECT_THAT(spans(snap.take()), ElementsAre(TimeSpan{9800ms, 13s}));
  snap.drop_shots();
  snap.add(cue(20s, 23s), kRules);
  snap.end_cues();
  EXPECT_THAT(snap.take(), IsEmpty()) << "shots are to come again";
}

// ---- any cues, any shots, any order ----

struct Case {
  std::vector<Cue> cues;
  std::vector<MediaTime> shots;
};

Case any_case(unsigned seed) {
  std::minstd_rand random(seed);
  const auto any = [&random](int low, int high) {
    return std::uniform_int_distribution<int>(low, high)(random);
  };
  Case made;
  std::string text;
  for (int i = 0; i < 60; ++i) {
    text += i % 9 == 8 ? "so. " : "word ";
    if (any(0, 12) == 0) text += any(0, 1) == 0 ? "| " : "|| ";
  }
  made.cues = lay_out({spoken(text, 1.0, any(4, 9) / 100.0)}, kRules);
  MediaTime at{0};
  while (at < 60s) made.shots.push_back(at += any(5, 250) * 20ms);
  return made;
}

TEST(ShotSnap, MovesBreakNoRuleThatWasKept) {
  int moves = 0;
  for (unsigned seed = 0; seed < 200; ++seed) {
    const Case made = any_case(seed);
    ShotSnap snap;
    for (const MediaTime shot : made.shots) snap.add_shot(shot);
    snap.end_shots();
    for (const Cue& one : made.cues) snap.add(one, kRules);
    snap.end_cues();
    const std::vector<Cue> out = snap.take();
    ASSERT_EQ(out.size(), made.cues.size());
    EXPECT_LE(check_rules(out, kRules).size(), check_rules(made.cues, kRules).size()) << seed;
    for (std::size_t i = 0; i < out.size(); ++i) {
      EXPECT_EQ(out[i].lines, made.cues[i].lines);
      EXPECT_LE(std::chrono::abs(out[i].span.begin - made.cues[i].span.begin), 500ms);
      EXPECT_LE(std::chrono::abs(out[i].span.end - made.cues[i].span.end), 580ms);
      moves += out[i].span != made.cues[i].span;
      if (i == 0) continue;
      EXPECT_GE(out[i].span.begin - out[i - 1].span.end, 80ms) << seed;
    }
  }
  EXPECT_GT(moves, 200) << "there was something to break";
}

TEST(ShotSnap, TheOrderOfArrivalChangesNothing) {
  for (unsigned seed = 0; seed < 100; ++seed) {
    const Case made = any_case(seed);
    const auto expected = snapped(made.cues, made.shots);
    std::minstd_rand random(seed);
    ShotSnap snap;
    std::vector<Cue> out;
    std::size_t next_cue = 0;
    std::size_t next_shot = 0;
    while (next_cue < made.cues.size() || next_shot < made.shots.size()) {
      const bool takes_cue =
          next_cue < made.cues.size() && (next_shot == made.shots.size() || random() % 3 == 0);
      if (takes_cue) {
        // What is said of the text to come is true, and more or less helpful.
        const MediaTime begin = made.cues[next_cue].span.begin;
        if (random() % 2 == 0) snap.advance(begin - (random() % 3) * 1s);
        std::ranges::move(snap.take(), std::back_inserter(out));
        snap.add(made.cues[next_cue++], kRules);
      } else {
        snap.know_until(made.shots[next_shot] - (random() % 500) * 1ms);
        std::ranges::move(snap.take(), std::back_inserter(out));
        snap.add_shot(made.shots[next_shot++]);
      }
      std::ranges::move(snap.take(), std::back_inserter(out));
    }
    snap.end_cues();
    snap.end_shots();
    std::ranges::move(snap.take(), std::back_inserter(out));
    EXPECT_EQ(spans(out), expected) << seed;
  }
}

}  // namespace
}  // namespace subtide
