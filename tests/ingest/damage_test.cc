// Damaged streams, and sound that is gone or empty (F23, F24): nothing whole is moved.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <memory>
#include <random>

#include "engine/metadata/ts_packet.h"

#include "tests/ingest/ingest_run.h"
#include "tests/ingest/servers.h"
#include "tests/ingest/test_media.h"
#include "tests/ingest/ts_tables.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::SizeIs;

/// One packet in so many is spoilt: a bit turned, the sync byte lost, left out, or sent twice.
std::string damaged(std::string stream, double share, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::bernoulli_distribution is_hit(share);
  std::string result;
  for (std::size_t at = 0; at + kTsPacketSize <= stream.size(); at += kTsPacketSize) {
    std::string packet = stream.substr(at, kTsPacketSize);
    if (at > 20 * kTsPacketSize && is_hit(random)) {
      const auto kind = random() % 4;
      if (kind == 0) packet[random() % kTsPacketSize] = static_cast<char>(random());
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

/// A whole stream, and runs of what was made of it beside its own.
class Damage : public testing::Test {
 protected:
  void SetUp() override {
    SenderOptions options;
    options.seconds = is_long_form() ? 120 : 20;
    options.from = 1000s;
    const auto whole = make_media(folder_ / "whole.ts", options);
    std::ifstream stream(whole, std::ios::binary);
    bytes_.assign(std::istreambuf_iterator<char>(stream), {});
    right_ = std::make_unique<IngestRun>(whole.string());
    ASSERT_TRUE(right_->wait([&] { return right_->has_ended(); }));
    EXPECT_EQ(right_->damage(), DamageNotice{}) << "nothing is wrong with it";
    wanted_ = source_times(*right_, "pcm_0");
  }

  /// Plays `stream` to its end, and prints what came of it. Gives the share of the sounds.
  double play(const std::string& name, const std::string& stream) {
    const auto file = folder_ / "damaged.ts";
    std::ofstream(file, std::ios::binary) << stream;
    run_ = std::make_unique<IngestRun>(file.string());
    EXPECT_TRUE(run_->wait([&] { return run_->has_ended(); })) << name;
    EXPECT_FALSE(run_->error()) << run_->error()->message;
    run_->check(20s);
    const auto got = source_times(*run_, "pcm_0");
    const double worst = furthest(got);
    const DamageNotice said = run_->damage();
    std::printf(
        "%s: %zu of %zu sounds, %zu of %zu pictures, %zu epoch(s), furthest from a true time %.1f "
        "ms; told: of %llu packets %llu missing, %llu broken\n",
        name.c_str(), got.size(), wanted_.size(), run_->buffers("video_0"),
        right_->buffers("video_0"), run_->epochs().size(), worst * 1000,
        static_cast<unsigned long long>(said.packets),
        static_cast<unsigned long long>(said.missing),
        static_cast<unsigned long long>(said.broken));
    EXPECT_LE(worst, 0.05);
    return static_cast<double>(got.size()) / static_cast<double>(wanted_.size());
  }

  /// How far from the true sounds the furthest of these is, in seconds.
  double furthest(const std::vector<MediaTime>& times) const {
    double worst = 0;
    for (const MediaTime time : times) {
      const auto next = std::lower_bound(wanted_.begin(), wanted_.end(), time);
      MediaDuration nearest = MediaDuration::max();
      if (next != wanted_.end()) nearest = *next - time;
      if (next != wanted_.begin()) nearest = std::min(nearest, time - *std::prev(next));
      worst = std::max(worst, to_seconds(nearest));
    }
    return worst;
  }

  const TestFolder folder_;
  std::string bytes_;
  std::unique_ptr<IngestRun> right_;
  std::unique_ptr<IngestRun> run_;
  std::vector<MediaTime> wanted_;
};

TEST_F(Damage, OfATransportStreamMovesNothingThatIsWhole) {
  for (const double share : {0.001, 0.01, 0.02, 0.05}) {
    const std::string stream = damaged(bytes_, share, 7);
    EXPECT_GT(play(fmt::format("{:.1f} % damaged packets", share * 100), stream), 0.33);
    // Of the four kinds of damage a changed byte and a packet sent twice show nowhere.
    const DamageNotice said = run_->damage();
    EXPECT_GT(said.missing, 0U);
    const double told = static_cast<double>(said.missing) / static_cast<double>(said.packets);
    EXPECT_GT(told, share / 5);
    EXPECT_LT(told, share * 2);
  }
}

TEST_F(Damage, OfTheTablesMovesNothing) {
  const std::size_t tables = count_tables(bytes_);
  ASSERT_GT(tables, 40U);
  const auto spoil = [tables](std::string packet, std::size_t number) {
    if (number > tables / 2 && number < tables * 3 / 4) return std::string();
    if (number % 4 < 2) packet[12] = static_cast<char>(packet[12] ^ 0x55);
    return packet;
  };
  EXPECT_GT(play("tables broken and gone", with_tables(bytes_, spoil)), 0.95);
  EXPECT_THAT(run_->epochs(), SizeIs(1));
}

TEST_F(Damage, AStreamWithoutATableIsRefused) {
  const auto leave_out = [](const std::string&, std::size_t) { return std::string(); };
  const auto file = folder_ / "bare.ts";
  std::ofstream(file, std::ios::binary) << with_tables(bytes_, leave_out);
  IngestRun run(file.string());
  ASSERT_TRUE(run.wait([&] { return run.error().has_value(); }));
  EXPECT_THAT(run.error()->message, HasSubstr("holds no stream"));
}

TEST_F(Damage, TablesThatLieForAWhileCostThatWhile) {
  const std::size_t tables = count_tables(bytes_);
  const auto lie = [tables](const std::string& packet, std::size_t number) {
    const bool lies = number > tables * 2 / 5 && number < tables * 3 / 5;
    return lies ? with_swapped_streams(packet, 1) : packet;
  };
  EXPECT_GT(play("tables that swap the streams", with_tables(bytes_, lie)), 0.6);
}

TEST_F(Damage, StreamsThatSwapTheirPidsGoOn) {
  const std::size_t middle = bytes_.size() / kTsPacketSize / 2 * kTsPacketSize;
  const auto swap = [](const std::string& packet, std::size_t) {
    return with_swapped_streams(packet, 1);
  };
  const std::string after = with_tables(with_swapped_pids(bytes_.substr(middle)), swap);
  EXPECT_GT(play("streams that swapped their PIDs", bytes_.substr(0, middle) + after), 0.8);
  EXPECT_GT(source_times(*run_, "pcm_0").back(), wanted_.back() - 1s) << "to its end";
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

TEST(Sound, ThatChangesItsFormTwiceIsOneEpochEach) {
  const TestFolder folder;
  std::string stream;
  double from = 10;
  for (const char* form : {"48000:2", "44100:1", "48000:6"}) {
    SenderOptions options;
    options.audio = form;
    options.seconds = 3;
    options.from = from_seconds(from);
    std::ifstream part(make_media(folder / "part.ts", options), std::ios::binary);
    stream.append(std::istreambuf_iterator<char>(part), {});
    from += 3;
  }
  std::ofstream(folder / "a.ts", std::ios::binary) << stream;
  IngestRun run((folder / "a.ts").string());
  ASSERT_TRUE(run.wait([&] { return run.has_ended(); }));
  run.check(500ms);
  EXPECT_THAT(run.epochs(), SizeIs(3));
  EXPECT_THAT(run.caps("pcm_0").back(), HasSubstr("channels=(int)6"));
  const auto formats = run.formats();
  ASSERT_THAT(formats, SizeIs(2));
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(formats[i].kind, "audio");
    EXPECT_EQ(formats[i].epoch, i + 1);
  }
  EXPECT_THAT(formats[1].to, HasSubstr("rate 48000, channels 6"));
  const auto items = run.items("pcm_0");
  std::printf("48 kHz stereo -> 44.1 kHz mono -> 5.1: %zu epochs, sound up to %.2f of 9 s\n",
              run.epochs().size(), to_seconds(items.back().begin));
  EXPECT_NEAR(to_seconds(items.back().begin), 9, 0.3);
}

TEST(Sound, ThatAppearsLateIsTakenInAtItsTime) {
  const TestFolder folder;
  SenderOptions options;
  options.seconds = 12;
  options.from = 50s;
  options.more = {"-af", "aselect='gt(t,6)'"};
  const auto file = make_media(folder / "a.ts", options);
  IngestRun run(file.string(), {{"as-live", "true"}});
  ASSERT_TRUE(run.wait([&] { return run.has_ended(); }));
  EXPECT_FALSE(run.error()) << run.error()->message;
  EXPECT_EQ(run.buffers("video_0"), 300U);
  run.check(500ms);
  const auto times = source_times(run, "pcm_0");
  ASSERT_FALSE(times.empty());
  std::printf("sound that appears after 6 s: first at %.3f s, %zu epoch(s), %zu pictures\n",
              to_seconds(times.front() - MediaTime(50s)), run.epochs().size(),
              run.buffers("video_0"));
  EXPECT_NEAR(to_seconds(times.front()), 56, 0.15);
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
