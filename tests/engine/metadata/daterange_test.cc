#include "engine/metadata/daterange.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/engine/metadata/item_samples.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;
using namespace testing_support;
using testing::ElementsAre;
using testing::HasSubstr;

/// 2026-11-21T22:39:08Z at ten seconds.
const Epoch kEpoch{0, 10s, 0s, WallTime(std::chrono::seconds(1'795'300'748)), "start"};

TimedMetadata with_payload(std::string_view json) {
  TimedMetadata item = json_item("a", 10s);
  item.payload.assign(json.begin(), json.end());
  item.duration.reset();
  return item;
}

std::string line_of(const TimedMetadata& item) {
  return to_line(DateRangeWriter().add(item, kEpoch));
}

std::string value_of(const DateRange& range, std::string_view name) {
  for (const TagAttribute& attribute : range) {
    if (attribute.name == name) return attribute.value;
  }
  return "";
}

TEST(DateRange, HoldsTheItemAsOneLine) {
  EXPECT_EQ(line_of(json_item("goal-1", 12'480ms)),
            "#EXT-X-DATERANGE:ID=\"goal-1\",CLASS=\"com.example.goal\","
            "START-DATE=\"2026-11-21T22:39:10.480Z\",DURATION=5.000,"
            "X-COM-EXAMPLE-GOAL-TEAM=\"home\"");
}

TEST(DateRange, WritesEachKindOfMemberAsThePlaylistAllows) {
  const DateRange range = DateRangeWriter().add(
      with_payload(R"({"n":1.5,"neg":-2,"yes":true,"quote":"a\"b","list":[1],"a_b":"1","a.b":2})"),
      kEpoch);
  EXPECT_EQ(value_of(range, "X-COM-EXAMPLE-GOAL-N"), "1.5");
  EXPECT_EQ(value_of(range, "X-COM-EXAMPLE-GOAL-NEG"), "\"-2\"");
  EXPECT_EQ(value_of(range, "X-COM-EXAMPLE-GOAL-YES"), "\"true\"");
  EXPECT_EQ(value_of(range, "X-COM-EXAMPLE-GOAL-QUOTE"), "0x22615C226222");
  EXPECT_EQ(value_of(range, "X-COM-EXAMPLE-GOAL-LIST"), "0x5B315D");
  EXPECT_EQ(value_of(range, "X-COM-EXAMPLE-GOAL-A-B"), "\"1\"");
  EXPECT_EQ(value_of(range, "X-COM-EXAMPLE-GOAL-A-B-2"), "2");
}

TEST(DateRange, WritesOtherPayloadsWhole) {
  EXPECT_THAT(line_of(with_payload("\"Second half\"")),
              HasSubstr("X-COM-EXAMPLE-GOAL-PAYLOAD=\"Second half\""));
  EXPECT_THAT(line_of(with_payload("no json")),
              HasSubstr("X-COM-EXAMPLE-GOAL-PAYLOAD=0x6E6F206A736F6E"));
  EXPECT_THAT(line_of(binary_item()), HasSubstr("X-COM-EXAMPLE-SENSOR-PAYLOAD=0x000001FFFFFE00"));
}

TEST(DateRange, KeepsQuotesAndLineBreaksOutOfTheLine) {
  TimedMetadata item = json_item("a\"b\nc", 10s);
  EXPECT_THAT(line_of(item), HasSubstr("ID=\"a b c\""));
}

TEST(DateRange, EndsChaptersOnTheNext) {
  DateRangeWriter writer({{"com.example.goal"}});
  const DateRange range = writer.add(json_item(), kEpoch);
  EXPECT_EQ(value_of(range, "END-ON-NEXT"), "YES");
  EXPECT_EQ(value_of(range, "DURATION"), "");
  EXPECT_EQ(value_of(range, "END-DATE"), "");
}

TEST(DateRange, GivesOutAndInOfABreakOneId) {
  DateRangeWriter writer;
  const TimedMetadata out = splice_item(true, 12s);
  const TimedMetadata in = splice_item(false, 43'500ms);
  EXPECT_THAT(
      writer.add(out, kEpoch),
      ElementsAre(TagAttribute{"ID", "\"break-out\""}, TagAttribute{"CLASS", "\"com.example.ad\""},
                  TagAttribute{"START-DATE", "\"2026-11-21T22:39:10.000Z\""},
                  TagAttribute{"PLANNED-DURATION", "30.000"},
                  TagAttribute{"SCTE35-OUT", "0x" + to_hex(out.payload)}));
  EXPECT_THAT(
      writer.add(in, kEpoch),
      ElementsAre(TagAttribute{"ID", "\"break-out\""}, TagAttribute{"CLASS", "\"com.example.ad\""},
                  TagAttribute{"START-DATE", "\"2026-11-21T22:39:10.000Z\""},
                  TagAttribute{"END-DATE", "\"2026-11-21T22:39:41.500Z\""},
                  TagAttribute{"DURATION", "31.500"},
                  TagAttribute{"SCTE35-IN", "0x" + to_hex(in.payload)}));
}

TEST(DateRange, BeginsEachBreakWithAnIdOfItsOwn) {
  DateRangeWriter writer;
  TimedMetadata second = splice_item(true, 100s);
  second.id = "break-2";
  writer.add(splice_item(true, 12s), kEpoch);
  writer.add(splice_item(false, 40s), kEpoch);
  writer.add(second, kEpoch);
  EXPECT_EQ(value_of(writer.add(splice_item(false, 130s), kEpoch), "ID"), "\"break-2\"");
  EXPECT_EQ(value_of(writer.add(splice_item(false, 140s), kEpoch), "ID"), "\"break-in\"");
}

TEST(DateRange, CarriesOtherSectionsAsCommands) {
  TimedMetadata item = splice_item(true, 10s);
  item.payload = {0xFC, 0x00};
  EXPECT_THAT(line_of(item), HasSubstr("SCTE35-CMD=0xFC00"));
  item.payload = write_time_signal({});
  EXPECT_THAT(line_of(item), HasSubstr("SCTE35-CMD=0xFC30"));
}

TEST(DateRange, RemembersOnlySoManyBreaks) {
  DateRangeWriter writer;
  for (std::uint32_t i = 0; i < 100; ++i) {
    SpliceSection splice;
    splice.event_id = i;
    splice.direction = SpliceDirection::kOut;
    TimedMetadata item = splice_item(true, 10s);
    item.id = fmt::format("out-{}", i);
    item.payload = write_splice_insert(splice);
    writer.add(item, kEpoch);
  }
  const auto end_of = [&](std::uint32_t event) {
    SpliceSection splice;
    splice.event_id = event;
    splice.direction = SpliceDirection::kIn;
    TimedMetadata item = splice_item(false, 20s);
    item.payload = write_splice_insert(splice);
    return value_of(writer.add(item, kEpoch), "ID");
  };
  EXPECT_EQ(end_of(99), "\"out-99\"");
  EXPECT_EQ(end_of(0), "\"break-in\"");
}

TEST(DateRange, GivesAThousandMarkersAThousandIds) {
  DateRangeWriter writer;
  std::set<std::string> ids;
  for (TimedMetadata item : many_items(1000)) {
    item.kind = PayloadKind::kBinary;
    ids.insert(value_of(writer.add(item, kEpoch), "ID"));
  }
  EXPECT_EQ(ids.size(), 1000U);
}

}  // namespace
}  // namespace subtide
