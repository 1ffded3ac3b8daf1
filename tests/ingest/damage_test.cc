// Damaged streams, and sound that is gone or empty (F23, F24): nothing whole is moved.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <random>

#include "tests/ingest/ingest_run.h"
#include "tests/ingest/servers.h"
#include "tests/ingest/test_media.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;
using testing::SizeIs;

/// One packet in so many is spoilt: a bit turned, the sync byte lost, left out, or sent twice.
std::string damaged(std::string stream, double share, std::uint32_t seed) {
  constexpr std::size_t kPacket = 188;
  std::mt19937 random(seed);
  std::bernoulli_distribution is_hit(share);
  std::string result;
  for (std::size_t at = 0; at + kPacket <= stream.size(); at += kPacket) {
    std::string packet = stream.substr(at, kPacket);
    if (at > 20 * kPacket && is_hit(random)) {
      const auto kind = random() % 4;
      if (kind == 0) packet[random() % kPacket] = static_cast<char>(random());
      if (kind == 1) packet[0] = 'x';
      if (kind == 2) packet.clear();
      if (kind == 3) packet += packet;
    }
    result += packet;
  }
  return result;
}

std::vector<MediaTime> source_times(const IngestRun& run, const std::string& pad) {
  std::vector<MediaTime> times;
  for (const SeenItem& item : run.items(pad)) {
    for (const Epoch& epoch : run.epochs()) {
      if (!item.is_gap && epoch.number == item.epoch) times.push_back(epoch.to_source(item.begin));
    }
  }
  std::sort(times.begin(), times.end());
  return times;
}

TEST(Damage, OfATransportStreamMovesNothingThatIsWhole) {
  const TestFolder folder;
  SenderOptions options;
  options.seconds = is_long_form() ? 120 : 20;
  options.from = 1000s;
  const auto whole = make_media(folder / "whole.ts", options);
  std::ifstream stream(whole, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  IngestRun right(whole.string());
  ASSERT_TRUE(right.wait([&] { return right.has_ended(); }));
  const auto wanted = source_times(right, "pcm_0");
  for (const double share : {0.001, 0.01, 0.02, 0.05}) {
    const auto file = folder / "damaged.ts";
    std::ofstream(file, std::ios::binary) << damaged(bytes, share, 7);
    IngestRun run(file.string());
    ASSERT_TRUE(run.wait([&] { return run.has_ended(); })) << share;
    EXPECT_FALSE(run.error()) << run.error()->message;
    const auto got = source_times(run, "pcm_0");
    double worst = 0;
    for (const MediaTime time : got) {
      const auto next = std::lower_bound(wanted.begin(), wanted.end(), time);
      MediaDuration nearest = MediaDuration::max();
      if (next != wanted.end()) nearest = *next - time;
      if (next != wanted.begin()) nearest = std::min(nearest, time - *std::prev(next));
      worst = std::max(worst, to_seconds(nearest));
    }
    std::printf(
        "%.1f %% damaged packets: %zu of %zu sounds, %zu of %zu pictures, %zu epoch(s), "
        "furthest from a true time %.1f ms\n",
        share * 100, got.size(), wanted.size(), run.buffers("video_0"), right.buffers("video_0"),
        run.epochs().size(), worst * 1000);
    EXPECT_LE(worst, 0.05);
    EXPECT_GT(got.size(), wanted.size() / 3);
    run.check(20s);
  }
}

TEST(Sound, ThatIsGoneForAWhileIsToldAndFilled) {
  const TestFolder folder;
  // ffmpeg writes a sound's last packet late, in the midst of the pause.
  const int away = is_long_form() ? 20 : 12;
  SenderOptions options;
  options.seconds = away + 6;
  options.more = {"-af", "aselect='not(between(t,3," + std::to_string(3 + away) + "))'"};
  const auto file = make_media(folder / "a.ts", options);
  IngestRun run(file.string(), {{"as-live", "true"}});
  ASSERT_TRUE(run.wait([&] { return run.has_ended(); }));
  ASSERT_THAT(run.sounds(), SizeIs(2));
  EXPECT_EQ(run.sounds()[0].change, SoundChange::kMissing);
  EXPECT_EQ(run.sounds()[1].change, SoundChange::kRestored);
  const auto items = run.items("audio_0");
  std::printf("sound gone for %d s: told after %.2f s, %zu GAPs\n", away,
              to_seconds(run.sounds()[0].since), gaps_of(items));
  EXPECT_GE(gaps_of(items), 5U);
  EXPECT_THAT(run.epochs(), SizeIs(1));
  EXPECT_NEAR(to_seconds(items.back().begin), away + 6, 0.3);
  EXPECT_EQ(run.buffers("video_0"), static_cast<std::size_t>(away + 6) * 25);
}

TEST(Sound, ThatHoldsNothingIsTold) {
  const TestFolder folder;
  SenderOptions options;
  options.seconds = 12;
  options.is_silent = true;
  const auto file = make_media(folder / "a.ts", options);
  IngestRun run(file.string());
  ASSERT_TRUE(run.wait([&] { return run.has_ended(); }));
  ASSERT_THAT(run.sounds(), SizeIs(1));
  EXPECT_EQ(run.sounds()[0].change, SoundChange::kSilent);
}

}  // namespace
}  // namespace subtide
