#include "engine/ingest/ts_health.h"

#include <gtest/gtest.h>

#include <random>

#include "engine/metadata/ts_packet.h"

namespace subtide {
namespace {

constexpr std::uint16_t kPid = 0x100;

/// `count` packets with payload, their counters beginning at `counter`.
Bytes stream(std::size_t count, std::uint8_t counter = 0, std::uint16_t pid = kPid) {
  Bytes bytes;
  for (std::size_t i = 0; i < count; ++i) {
    Bytes packet(kTsPacketSize, static_cast<std::uint8_t>(0x80 + i % 0x70));
    packet[0] = kTsSyncByte;
    packet[1] = static_cast<std::uint8_t>(pid >> 8);
    packet[2] = static_cast<std::uint8_t>(pid);
    packet[3] = static_cast<std::uint8_t>(0x10 | (counter++ & 0x0F));
    bytes.insert(bytes.end(), packet.begin(), packet.end());
  }
  return bytes;
}

Bytes operator+(Bytes first, const Bytes& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

Bytes without(const Bytes& bytes, std::size_t packet) {
  Bytes rest = bytes;
  const auto at = rest.begin() + static_cast<std::ptrdiff_t>(packet * kTsPacketSize);
  rest.erase(at, at + kTsPacketSize);
  return rest;
}

/// What is found in all of it, given in pieces of that size.
TsDamage found_in(const Bytes& bytes, std::size_t piece = 1316) {
  TsHealth health;
  TsDamage sum;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    sum += health.add(ByteView(bytes).subspan(at, std::min(piece, bytes.size() - at)));
  }
  return sum;
}

TEST(TsHealth, FindsNothingInAWholeStream) {
  EXPECT_EQ(found_in(stream(100)), (TsDamage{100, 0, 0}));
  EXPECT_FALSE(found_in(stream(100)).is_any());
}

TEST(TsHealth, PiecesMayHaveAnySize) {
  const Bytes bytes = without(stream(100), 50);
  for (const std::size_t piece : {1U, 7U, 187U, 188U, 189U, 1000U, 100'000U}) {
    EXPECT_EQ(found_in(bytes, piece), (TsDamage{99, 1, 0})) << piece;
  }
}

TEST(TsHealth, CountsMissingPacketsOfEachPidByItself) {
  const Bytes one = stream(3, 0, 0x100) + stream(3, 7, 0x101);
  const Bytes two = stream(3, 5, 0x100) + stream(3, 10, 0x101);
  EXPECT_EQ(found_in(one + two), (TsDamage{12, 2, 0}));
}

TEST(TsHealth, APacketSentTwiceIsNone) {
  EXPECT_EQ(found_in(stream(5) + stream(5, 4)), (TsDamage{10, 0, 0}));
}

TEST(TsHealth, ACounterThatIsSaidToBeginAnewIsNone) {
  Bytes jump = stream(1, 9);
  jump[3] |= 0x20;
  jump[4] = 1;
  jump[5] = 0x80;
  EXPECT_EQ(found_in(stream(5) + jump), (TsDamage{6, 0, 0}));
}

TEST(TsHealth, PacketsWithoutPayloadAndNullPacketsAreNotCounted) {
  Bytes clock = stream(1, 4);
  clock[3] = 0x24;
  EXPECT_EQ(
      found_in(stream(5) + clock + stream(1, 9, kNullPid) + stream(1, 0, kNullPid) + stream(2, 5)),
      (TsDamage{10, 0, 0}));
}

TEST(TsHealth, AMarkedPacketIsBroken) {
  Bytes bytes = stream(10);
  bytes[5 * kTsPacketSize + 1] |= 0x80;
  const TsDamage found = found_in(bytes);
  EXPECT_EQ(found.broken, 1U);
  EXPECT_EQ(found.missing, 1U);
}

TEST(TsHealth, FindsItsStepAgainAfterALostSyncByteOrStrayBytes) {
  Bytes bytes = stream(20);
  bytes[5 * kTsPacketSize] = 'x';
  TsDamage found = found_in(bytes);
  EXPECT_EQ(found.packets, 20U);
  EXPECT_EQ(found.broken, 1U);
  bytes = stream(20);
  bytes.insert(bytes.begin() + 7 * kTsPacketSize, 33, 0x11);
  found = found_in(bytes);
  EXPECT_EQ(found.broken, 1U);
  EXPECT_EQ(found.missing, 0U);
  EXPECT_EQ(found.packets, 21U);
}

TEST(TsHealth, AnyBytesWillDo) {
  std::mt19937 random(11);
  Bytes noise(100'000);
  for (auto& byte : noise) byte = static_cast<std::uint8_t>(random());
  for (std::size_t i = 0; i < noise.size(); i += 97) noise[i] = kTsSyncByte;
  const TsDamage found = found_in(noise, 777);
  EXPECT_LE(found.packets, noise.size() / kTsPacketSize * 3);
  EXPECT_EQ(found_in({}), TsDamage{});
}

}  // namespace
}  // namespace subtide
