// Sources by chance: whatever they do, engine time goes on, and sound stays with the pictures.
#include <gtest/gtest.h>

#include <cstdio>
#include <random>

#include "tests/engine/ingest/simulated_source.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;

constexpr MediaDuration kAllowed = 40ms;

TEST(TimelineProperty, AWrapIsNoEpoch) {
  SimulatedSource source(1);
  source.set_offset(wraps(1) - 10s);
  source.play(20s);
  source.end();
  EXPECT_EQ(source.mapper().epochs().size(), 1U);
  EXPECT_EQ(source.dropped(), 0U);
  EXPECT_EQ(source.worst_offset_error().count() / 1000, 0);
}

TEST(TimelineProperty, JitterStaysWithinTheClamp) {
  SimulatedSource source(2);
  source.set_jitter(15ms);
  source.set_offset(500s);
  source.play(600s);
  source.end();
  EXPECT_EQ(source.mapper().epochs().size(), 1U);
  EXPECT_LE(source.worst_offset_error(), kAllowed);
}

/// Whether times that differ by that much, seen through 33 bits, must be told apart.
bool is_jump(MediaDuration difference) {
  TimestampUnwrapper unwrapper;
  unwrapper.believe(0s);
  const MediaDuration seen = unwrapper.unwrap(difference);
  return seen > 5'100ms || seen < -240ms;
}

/// Jumps, reconnects, pauses of the sound and wraps, in an order by chance.
void play_by_chance(std::uint32_t seed) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto any = [&random](int from, int to) {
    return std::uniform_int_distribution<int>(from, to)(random);
  };
  SimulatedSource source(seed);
  source.set_jitter(std::chrono::milliseconds(any(0, 10)));
  source.set_offset(std::chrono::seconds(any(0, 95'000)));
  source.play(std::chrono::seconds(any(3, 10)));
  std::size_t epochs = 1;
  const auto jump_to = [&](MediaTime offset) {
    if (!is_jump(offset - source.offset())) return;
    source.set_offset(offset);
    ++epochs;
  };
  for (int step = 0; step < 12; ++step) {
    const int what = any(0, 4);
    if (what == 0) jump_to(source.offset() + std::chrono::seconds(any(6, 40'000)));
    if (what == 1) jump_to(source.offset() - std::chrono::milliseconds(any(250, 40'000'000)));
    if (what == 2) jump_to(wraps(1) - source.programme() - std::chrono::seconds(any(1, 3)));
    if (what == 3) source.lose_for(std::chrono::milliseconds(any(500, 60'000)));
    if (what == 3) ++epochs;
    source.pause_audio(what == 4);
    source.play(std::chrono::milliseconds(any(3'000, 12'000)));
  }
  source.end();
  EXPECT_EQ(source.mapper().epochs().size(), epochs);
  EXPECT_LE(source.worst_offset_error(), kAllowed);
  EXPECT_LT(source.dropped(), source.kept() / 20 + 20);
}

TEST(TimelineProperty, SourcesByChanceKeepSoundWithPictures) {
  for (std::uint32_t seed = 0; seed < 300 && !testing::Test::HasFailure(); ++seed) {
    play_by_chance(seed);
  }
}

TEST(TimelineProperty, DamagedTimesMoveNothing) {
  MediaDuration worst{0};
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    SimulatedSource source(seed);
    source.set_offset(10s);
    source.play(2s);
    source.damage_one_in(20);
    source.play(60s);
    source.end();
    EXPECT_EQ(source.mapper().epochs().size(), 1U) << seed;
    worst = std::max(worst, source.worst_offset_error());
  }
  EXPECT_LE(worst, kAllowed);
}

TEST(TimelineProperty, ADamagedBeginningFindsTheRightEpoch) {
  for (std::uint32_t seed = 0; seed < 50; ++seed) {
    SimulatedSource source(seed);
    source.set_offset(10s);
    source.damage_one_in(5);
    source.play(10s);
    source.end();
    EXPECT_EQ(source.mapper().epochs().size(), 1U) << seed;
  }
}

TEST(TimelineProperty, ADayAndAWrapInFastTime) {
  SimulatedSource source(3);
  source.set_offset(1h);
  source.set_jitter(5ms);
  source.play(26h + 30min);
  source.end();
  std::printf("26.5 h: %zu buffers, %zu dropped, %zu epoch(s), worst offset %.1f ms\n",
              source.kept(), source.dropped(), source.mapper().epochs().size(),
              to_seconds(source.worst_offset_error()) * 1000);
  EXPECT_EQ(source.mapper().epochs().size(), 1U);
  EXPECT_LE(source.worst_offset_error(), kAllowed);
  EXPECT_EQ(source.dropped(), 0U);
}

}  // namespace
}  // namespace subtide
