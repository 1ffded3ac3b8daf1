// ID3 tags, emsg boxes and SEI NAL units: bytes written down from the specifications, and items
// through each carrier and back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "engine/metadata/access_unit.h"
#include "engine/metadata/emsg.h"
#include "engine/metadata/id3.h"
#include "engine/metadata/sei.h"
#include "tests/engine/metadata/item_samples.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;
using namespace testing_support;
using testing::HasSubstr;

std::string hex_of(std::string_view text) { return to_hex(as_bytes(text)); }

TEST(Id3, WritesTheBytesOfTheSpecification) {
  const std::string json = R"({"team":"home"})";                               // 15 bytes
  const std::string item = R"({"id":"goal-1","duration":5.0,"kind":"json"})";  // 44 bytes
  const std::string expected =
      // header: version 4.0, no flags, 10 + 33 + 10 + 61 = 114 bytes follow
      "4944330400"
      "00"
      "00000072"
      // TXXX, 1 + 16 + 1 + 15 = 33 bytes, no flags, UTF-8
      + hex_of("TXXX") +
      "00000021"
      "0000"
      "03" +
      hex_of("com.example.goal") + "00" +
      hex_of(json)
      // TXXX, 1 + 15 + 1 + 44 = 61 bytes
      + hex_of("TXXX") +
      "0000003D"
      "0000"
      "03" +
      hex_of("io.subtide.item") + "00" + hex_of(item);
  EXPECT_EQ(to_hex(write_id3(json_item())), expected);
}

TEST(Id3, WritesSizesWithSevenBitsInEachByte) {
  TimedMetadata item = binary_item();
  item.payload.assign(300, 7);
  const Bytes tag = write_id3(item);
  // PRIV: 18 bytes of owner, a zero, 300 bytes: 319 = 2 * 128 + 63
  EXPECT_EQ(to_hex(ByteView(tag).subspan(10, 10)), hex_of("PRIV") +
                                                       "0000023F"
                                                       "0000");
  EXPECT_EQ(id3_size(tag), tag.size());
}

TEST(Id3, GivesBackEachKindOfItem) {
  for (const TimedMetadata& item : one_of_each()) {
    const auto read = read_id3(write_id3(item));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, item);
  }
}

TEST(Id3, LeavesAForeignTagAsItIs) {
  // TXXX "title" = "Ode", as another writer puts it, with a zero at the end and padding
  const Bytes foreign = hex("4944330400000000001E" + hex_of("TXXX") +
                            "0000000B"
                            "0000"
                            "03" +
                            hex_of("title") + "00" + hex_of("Ode") +
                            "00"
                            "000000000000000000");
  const auto read = read_id3(foreign);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->kind, PayloadKind::kId3);
  EXPECT_EQ(read->class_name, "title");
  EXPECT_EQ(read->id, "");
  EXPECT_EQ(write_id3(*read), foreign);
}

TEST(Id3, RefusesWhatIsCutOrNoTag) {
  const Bytes tag = write_id3(json_item());
  for (std::size_t size = 0; size < tag.size(); ++size) {
    EXPECT_FALSE(read_id3(ByteView(tag).first(size))) << size;
  }
  Bytes longer = tag;
  longer[17] = 0x7F;  // the first frame's size
  EXPECT_THAT(read_id3(longer).error().message, HasSubstr("longer than the tag"));
}

TEST(Emsg, WritesTheBoxOfTheSpecification) {
  EventMessage message;
  message.scheme = kId3Scheme;
  message.value = "v";
  message.timescale = 90'000;
  message.time = 0x1234567890;
  message.id = 0xE40C292C;
  message.message = {1, 2, 3};
  const std::string expected = "00000042" + hex_of("emsg") +
                               "01000000"
                               "00015F90"
                               "0000001234567890"
                               "FFFFFFFF"
                               "E40C292C" +
                               hex_of("https://aomedia.org/emsg/ID3") + "00" + hex_of("v") +
                               "00"
                               "010203";
  EXPECT_EQ(to_hex(write_emsg(message)), expected);
  EXPECT_EQ(read_emsg(write_emsg(message)).value(), message);
}

TEST(Emsg, ReadsVersionZero) {
  const std::string body = hex_of("emsg") + "00000000" +
                           hex_of("https://developer.apple.com/streaming/emsg-id3") +
                           "00"
                           "00"
                           "000003E8"
                           "000001F4"
                           "000007D0"
                           "00000007" +
                           to_hex(write_id3(json_item()));
  const Bytes box = hex(fmt::format("{:08X}", body.size() / 2 + 4) + body);
  const auto message = read_emsg(box);
  ASSERT_TRUE(message) << message.error().message;
  EXPECT_EQ(message->version, 0);
  EXPECT_EQ(message->id, 7U);
  EXPECT_EQ(read_item(*message, 10s).value(), json_item("goal-1", 10'500ms));
}

TEST(Emsg, CarriesEachItemWithTimeAndDuration) {
  for (TimedMetadata item : one_of_each()) {
    item.at = 100s;
    const EventMessage message = make_event_message(item, 100s, 1000);
    EXPECT_EQ(message.duration, item.duration
                                    ? static_cast<std::uint32_t>(to_milliseconds(*item.duration))
                                    : kUnknownDuration);
    EXPECT_EQ(read_item(read_emsg(write_emsg(message)).value(), 0s).value(), item);
  }
}

TEST(Emsg, RefusesWhatIsDamagedOrForeign) {
  const Bytes box = write_emsg(make_event_message(json_item(), 0s, 1000));
  for (std::size_t size = 0; size < box.size(); ++size) {
    EXPECT_FALSE(read_emsg(ByteView(box).first(size))) << size;
  }
  EventMessage foreign = read_emsg(box).value();
  foreign.scheme = "urn:scte:scte35:2013:bin";
  EXPECT_EQ(read_item(foreign, 0s).error().code, ErrorCode::kUnsupported);
  foreign.timescale = 0;
  EXPECT_FALSE(read_emsg(write_emsg(foreign)));
}

TEST(Sei, WritesTheNalUnitsOfTheSpecifications) {
  // user data unregistered (5) of 17 bytes; 00 00 01 inside becomes 00 00 03 01
  SeiMessage message{5, Bytes(17, 0xAA)};
  message.payload[3] = message.payload[4] = 0;
  message.payload[5] = 1;
  const std::string body = "0511AAAAAA00000301AAAAAAAAAAAAAAAAAAAAAA80";
  EXPECT_EQ(to_hex(write_sei(VideoCodec::kH264, message)), "06" + body);
  EXPECT_EQ(to_hex(write_sei(VideoCodec::kH265, message)), "4E01" + body);
  for (const VideoCodec codec : {VideoCodec::kH264, VideoCodec::kH265}) {
    EXPECT_THAT(read_sei(codec, write_sei(codec, message)).value(), testing::ElementsAre(message));
  }
}

TEST(Sei, WritesCaptionsAsA53Says) {
  const std::vector<CaptionPair> pairs = {{CaptionType::kField1, {0x94, 0x20}},
                                          {CaptionType::kField2, {0x80, 0x80}, false}};
  const SeiMessage message = make_caption_sei(pairs);
  EXPECT_EQ(to_hex(message.payload),
            "B50031"
            "47413934"
            "03"
            "C2"
            "FF"
            "FC9420"
            "F98080"
            "FF");
  EXPECT_EQ(captions_of(message), pairs);
  const std::vector<CaptionPair> many(40, pairs[0]);
  EXPECT_EQ(captions_of(make_caption_sei(many))->size(), kMostCaptionPairs);
  EXPECT_FALSE(captions_of({4, Bytes(message.payload.begin(), message.payload.end() - 4)}));
}

TEST(Sei, KeepsEveryByteApartFromStartCodes) {
  for (std::size_t zeros = 0; zeros < 600; zeros += 7) {
    Bytes payload(zeros, 0);
    payload.insert(payload.end(), {1, 0, 0, 3, 0, 0, 2, 0, 0});
    const SeiMessage message{300, payload};
    const Bytes nal = write_sei(VideoCodec::kH264, message);
    for (const char* code : {"000000", "000001", "000002"}) {
      const Bytes found = hex(code);
      EXPECT_TRUE(std::ranges::search(nal, found).empty()) << zeros;
    }
    EXPECT_THAT(read_sei(VideoCodec::kH264, nal).value(), testing::ElementsAre(message));
  }
}

TEST(Sei, GivesBackEachItemWithItsTime) {
  for (TimedMetadata item : one_of_each()) {
    item.at = MediaTime(3'000'000'007);
    const Bytes nal = write_sei(VideoCodec::kH265, make_item_sei(item));
    EXPECT_EQ(item_of(read_sei(VideoCodec::kH265, nal).value().at(0)), item);
  }
  EXPECT_FALSE(item_of({5, Bytes(40, 1)}));
  EXPECT_FALSE(item_of({4, make_item_sei(json_item()).payload}));
}

TEST(Sei, RefusesAMessageBeyondItsEnd) {
  EXPECT_FALSE(read_sei(VideoCodec::kH264, hex("0605FF80")));
  EXPECT_FALSE(read_sei(VideoCodec::kH264, hex("6505018080")));
  EXPECT_FALSE(read_sei(VideoCodec::kH265, hex("4E")));
}

TEST(AccessUnit, PutsSeiInFrontOfTheFirstSlice) {
  const NalFraming framing;
  // delimiter, SPS, PPS, IDR slice; three and four byte start codes
  const Bytes unit =
      hex("0000000109F0"
          "000001674200"
          "00000168CE"
          "0000000165888000");
  EXPECT_EQ(sei_place(unit, framing), 17U);
  const Bytes prefixed =
      hex("000000010E40"
          "0000016588");
  EXPECT_EQ(sei_place(prefixed, framing), 0U);
  EXPECT_FALSE(sei_place(hex("0000000109F0"), framing));
  EXPECT_FALSE(sei_place({}, framing));
  EXPECT_FALSE(sei_place(hex("FFFFFFFF"), framing));
}

TEST(AccessUnit, KnowsLengthsInFrontOfUnits) {
  const NalFraming avc{VideoCodec::kH264, 4};
  EXPECT_EQ(sei_place(hex("0000000209F0"
                          "000000026588"),
                      avc),
            6U);
  EXPECT_FALSE(sei_place(hex("0000000209F0"
                             "000000036588"),
                         avc));
  const NalFraming hevc{VideoCodec::kH265, 2};
  EXPECT_EQ(sei_place(hex("00034601FF"
                          "0003260180"),
                      hevc),
            5U);
  EXPECT_EQ(to_hex(frame_nal(avc, {6, 5}).value()), "000000020605");
  EXPECT_EQ(to_hex(frame_nal(hevc, {6, 5}).value()), "00020605");
  EXPECT_EQ(to_hex(frame_nal({}, {6, 5}).value()), "000000010605");
  EXPECT_FALSE(frame_nal({VideoCodec::kH264, 1}, Bytes(256)));
  EXPECT_FALSE(frame_nal(hevc, Bytes(65'536)));
}

TEST(AccessUnit, SeesCaptionsThatAreThere) {
  const SeiMessage captions = make_caption_sei({{CaptionType::kField1, {0x80, 0x80}}});
  Bytes unit = frame_nal({}, write_sei(VideoCodec::kH264, captions)).value();
  const Bytes slice = hex("0000000165888000");
  EXPECT_FALSE(has_captions(slice, {}));
  unit.insert(unit.end(), slice.begin(), slice.end());
  EXPECT_TRUE(has_captions(unit, {}));
}

TEST(AccessUnit, ReadsTheSizeOfLengthsFromTheRecord) {
  EXPECT_EQ(nal_length_size(VideoCodec::kH264, hex("01640028FF")), 4U);
  EXPECT_EQ(nal_length_size(VideoCodec::kH264, hex("01640028FD")), 2U);
  EXPECT_FALSE(nal_length_size(VideoCodec::kH264, hex("01640028FE")));
  EXPECT_FALSE(nal_length_size(VideoCodec::kH264, hex("01640028")));
  Bytes hvcc(23, 0);
  hvcc[21] = 0x0F;
  EXPECT_EQ(nal_length_size(VideoCodec::kH265, hvcc), 4U);
}

TEST(Carriers, FindEachOfAThousandMarkersOnce) {
  const std::vector<TimedMetadata> items = many_items(1000);
  std::set<std::uint32_t> event_ids;
  std::set<std::string> in_emsg;
  std::set<std::string> in_sei;
  for (const TimedMetadata& item : items) {
    const Bytes box = write_emsg(make_event_message(item, item.at, 90'000));
    const auto message = read_emsg(box);
    ASSERT_TRUE(message);
    event_ids.insert(message->id);
    ASSERT_EQ(read_item(*message, 0s).value(), item);
    in_emsg.insert(item.id);
    const Bytes nal = write_sei(VideoCodec::kH264, make_item_sei(item));
    const auto found = item_of(read_sei(VideoCodec::kH264, nal).value().at(0));
    ASSERT_EQ(found, item);
    in_sei.insert(found->id);
  }
  EXPECT_EQ(in_emsg.size(), 1000U);
  EXPECT_EQ(in_sei.size(), 1000U);
  EXPECT_EQ(event_ids.size(), 1000U);
}

}  // namespace
}  // namespace subtide
