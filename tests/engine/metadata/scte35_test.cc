#include "engine/metadata/scte35.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/metadata/ticks.h"
#include "tests/engine/metadata/item_samples.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;
using namespace testing_support;
using testing::HasSubstr;

/// The examples of ANSI/SCTE 35, section 14: a time_signal that begins a placement opportunity, and
/// a splice_insert.
const char* kTimeSignal =
    "FC3034000000000000FFFFF00506FE72BD0050001E021C435545494800008E7FCF0001A599B00808000000002CA0A1"
    "8A3402009AC9D17E";
const char* kSpliceInsert =
    "FC302F000000000000FFFFF014054800008F7FEFFE7369C02EFE0052CCF500000000000A000843554549000001356"
    "2DBA30A";

TEST(Scte35, ReadsTheSpliceInsertOfTheStandard) {
  const auto splice = read_splice(hex(kSpliceInsert));
  ASSERT_TRUE(splice) << splice.error().message;
  EXPECT_EQ(splice->command, SpliceCommand::kInsert);
  EXPECT_EQ(splice->event_id, 0x4800008FU);
  EXPECT_EQ(splice->direction, SpliceDirection::kOut);
  EXPECT_EQ(splice->pts, 0x07369C02EU);
  EXPECT_EQ(splice->duration, from_ticks(0x00052CCF5));  // 60.293 s
  EXPECT_TRUE(splice->returns_by_itself);
  EXPECT_FALSE(splice->is_immediate);
  EXPECT_TRUE(splice->segmentations.empty());
}

TEST(Scte35, ReadsTheTimeSignalOfTheStandard) {
  const auto splice = read_splice(hex(kTimeSignal));
  ASSERT_TRUE(splice) << splice.error().message;
  EXPECT_EQ(splice->command, SpliceCommand::kTimeSignal);
  EXPECT_EQ(splice->pts, 0x072BD0050U);
  ASSERT_EQ(splice->segmentations.size(), 1U);
  EXPECT_EQ(splice->segmentations[0].type_id, 0x34);
  EXPECT_EQ(splice->segmentations[0].number, 2);
  EXPECT_EQ(to_hex(splice->segmentations[0].upid), "000000002CA0A18A");
  EXPECT_EQ(splice->event_id, 0x4800008EU);
  EXPECT_EQ(splice->direction, SpliceDirection::kOut);
  EXPECT_EQ(splice->duration, from_ticks(0x0001A599B0));  // 307 s
}

TEST(Scte35, WritesTheTimeSignalOfTheStandardByteForByte) {
  const SpliceSection splice = read_splice(hex(kTimeSignal)).value();
  Bytes written = write_time_signal(splice);
  Bytes expected = hex(kTimeSignal);
  expected[32] = 0xFF;  // the standard's example restricts delivery, ours never does
  written.resize(written.size() - 4);
  expected.resize(expected.size() - 4);
  EXPECT_EQ(to_hex(written), to_hex(expected));
}

TEST(Scte35, AddsTheAdjustmentModuloTheWrap) {
  SpliceSection splice;
  splice.event_id = 1;
  splice.direction = SpliceDirection::kIn;
  splice.pts = 1000;
  for (const std::uint64_t adjustment : {std::uint64_t{0}, std::uint64_t{2000}, kTickMask}) {
    const Bytes section = write_splice_insert(splice, adjustment);
    EXPECT_EQ(read_splice(section).value().pts, 1000U) << adjustment;
  }
  // 4 to 8: the adjustment; 20 to 24: the time, 1000 - 2000 behind the wrap
  const Bytes section = write_splice_insert(splice, 2000);
  EXPECT_EQ(to_hex(ByteView(section).subspan(4, 5)), "00000007D0");
  EXPECT_EQ(to_hex(ByteView(section).subspan(20, 5)), "FFFFFFFC18");
}

TEST(Scte35, ReadsBackWhatItWrites) {
  SpliceSection splice;
  splice.command_type = 5;
  splice.command = SpliceCommand::kInsert;
  splice.event_id = 0xFFFFFFFF;
  splice.direction = SpliceDirection::kOut;
  splice.pts = kTickMask;
  splice.duration = 30s;
  splice.program_id = 7;
  splice.avail_number = 1;
  splice.avails_expected = 2;
  Segmentation segmentation{9, false, 1s, 9, {1, 2, 3}, 0x30, 1, 1};
  splice.segmentations = {segmentation, {10, true, {}, 0, {}, 0, 0, 0}};
  EXPECT_EQ(read_splice(write_splice_insert(splice)).value(), splice);
  splice.pts.reset();
  splice.is_immediate = true;
  EXPECT_EQ(read_splice(write_splice_insert(splice)).value(), splice);
}

TEST(Scte35, ReadsACancelledInsertAndANull) {
  SpliceSection splice;
  splice.event_id = 5;
  splice.is_cancelled = true;
  const auto cancelled = read_splice(write_splice_insert(splice));
  ASSERT_TRUE(cancelled);
  EXPECT_TRUE(cancelled->is_cancelled);
  EXPECT_EQ(cancelled->direction, SpliceDirection::kNone);
  Bytes null = hex("FC3011000000000000FFF000000000");
  null.resize(16, 0);
  const std::uint32_t crc = crc32_mpeg(null);
  for (int shift = 24; shift >= 0; shift -= 8)
    null.push_back(static_cast<std::uint8_t>(crc >> shift));
  const auto read = read_splice(null);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->command, SpliceCommand::kNull);
}

TEST(Scte35, TellsTheWayOfASegmentation) {
  const auto direction = [](std::uint8_t type) {
    Segmentation segmentation;
    segmentation.type_id = type;
    return segmentation.direction();
  };
  EXPECT_EQ(direction(0x36), SpliceDirection::kOut);
  EXPECT_EQ(direction(0x37), SpliceDirection::kIn);
  EXPECT_EQ(direction(0x10), SpliceDirection::kNone);  // a programme begins
}

TEST(Scte35, RefusesWhatIsDamaged) {
  const Bytes section = hex(kSpliceInsert);
  for (std::size_t size = 0; size < section.size(); ++size) {
    EXPECT_FALSE(read_splice(ByteView(section).first(size))) << size;
  }
  for (std::size_t at = 0; at < section.size(); ++at) {
    Bytes broken = section;
    broken[at] ^= 0x10;
    EXPECT_FALSE(read_splice(broken)) << at;
  }
  EXPECT_THAT(read_splice(hex("00")).error().message, HasSubstr("0xFC"));
}

}  // namespace
}  // namespace subtide
