#include "engine/metadata/cue_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>

#include "engine/metadata/bytes.h"
#include "tests/engine/metadata/item_samples.h"
#include "tests/support/json_schema.h"
#include "tests/support/shared_files.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;
using namespace testing_support;
using testing::AllOf;
using testing::HasSubstr;
using Json = nlohmann::json;
using Kind = MarkerTime::Kind;

/// 2026-11-21T22:39:08Z
const WallTime kEvening = WallTime(std::chrono::seconds(1'795'300'748));

std::string text_of(const std::filesystem::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

TEST(MarkerTime, IsWhatAPersonWrites) {
  EXPECT_EQ(parse_marker_time("now").value(), (MarkerTime{}));
  EXPECT_EQ(parse_marker_time("12.480").value(), (MarkerTime{Kind::kMedia, 12'480ms, {}}));
  EXPECT_EQ(parse_marker_time("-0.5").value(), (MarkerTime{Kind::kMedia, -500ms, {}}));
  EXPECT_EQ(parse_marker_time("+2s").value(), (MarkerTime{Kind::kFromNow, 2s, {}}));
  EXPECT_EQ(parse_marker_time("+1.5s").value(), (MarkerTime{Kind::kFromNow, 1500ms, {}}));
  EXPECT_EQ(parse_marker_time("+250ms").value(), (MarkerTime{Kind::kFromNow, 250ms, {}}));
  EXPECT_EQ(parse_marker_time("2026-11-21T22:39:08Z").value(),
            (MarkerTime{Kind::kWall, 0s, kEvening}));
  EXPECT_EQ(parse_marker_time("2026-11-21t23:39:08.250+01:00").value(),
            (MarkerTime{Kind::kWall, 0s, kEvening + 250ms}));
  EXPECT_EQ(parse_marker_time("2026-11-21 20:09:08-02:30").value().wall, kEvening);
}

TEST(MarkerTime, RefusesWhatIsNoTime) {
  for (const char* text : {"",
                           "soon",
                           "+",
                           "+2",
                           "2s",
                           "+2m",
                           "+-2s",
                           "1.",
                           ".5",
                           "1e3",
                           "9999999999",
                           "--1",
                           "12:30",
                           "2026-11-21",
                           "2026-02-30T00:00:00Z",
                           "2026-11-21T24:00:00Z",
                           "2026-11-21T22:39Z",
                           "2026-11-21T22:39:08",
                           "2026-11-21T22:39:08.Z",
                           "2026-11-21T22:39:08+0100",
                           "0001-01-01T00:00:00Z",
                           "2026-11-21T22:39:08Zx"}) {
    EXPECT_FALSE(parse_marker_time(text)) << text;
  }
}

TEST(MarkerTime, BecomesMediaTime) {
  const Epoch epoch{1, 100s, 5s, kEvening, "start"};
  EXPECT_EQ(resolve({}, 70s, epoch), 70s);
  EXPECT_EQ(resolve({Kind::kFromNow, 2s, {}}, 70s, epoch), 72s);
  EXPECT_EQ(resolve({Kind::kMedia, 12s, {}}, 70s, epoch), 12s);
  EXPECT_EQ(resolve({Kind::kWall, 0s, kEvening + 3s}, 70s, epoch), 103s);
}

TEST(MarkerTime, IsWrittenAsUtcMilliseconds) {
  EXPECT_EQ(format_wall_time(kEvening + 123'499us), "2026-11-21T22:39:08.123Z");
  EXPECT_EQ(format_wall_time(kEvening + 999'500us), "2026-11-21T22:39:09.000Z");
}

TEST(CueLine, IsReadWithAllItsFields) {
  const auto request = parse_metadata_request(
      R"({"at":"12.480","id":"goal-1","class":"com.example.goal","duration":5.0,)"
      R"("payload":{"team":"home"}})",
      "HTTP");
  ASSERT_TRUE(request) << request.error().message;
  TimedMetadata expected = json_item();
  expected.origin = "";
  EXPECT_EQ(request->item, expected);
  EXPECT_EQ(request->when, (MarkerTime{Kind::kMedia, 12'480ms, {}}));
}

TEST(CueLine, TakesNumbersBytesAndKinds) {
  const auto request = parse_metadata_request(
      R"({"at":31.5,"id":"s","class":"c","payload_base64":"AAEC","kind":"klv"})", "HTTP");
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->when.offset, 31'500ms);
  EXPECT_EQ(request->item.kind, PayloadKind::kKlv);
  EXPECT_EQ(request->item.payload, (Bytes{0, 1, 2}));
}

struct Wrong {
  const char* json;
  const char* message;
};

const Wrong kWrong[] = {
    {"[]", "expected one JSON object"},
    {"{", "not valid JSON"},
    {R"({"id":"a","class":"c"})", "\"at\" is missing"},
    {R"({"at":"now","class":"c"})", "\"id\" is missing"},
    {R"({"at":"now","id":"a"})", "\"class\" is missing"},
    {R"({"at":"now","id":"a","class":"c","when":1})", "\"when\" is not known"},
    {R"({"at":"later","id":"a","class":"c"})", "\"at\" must be media seconds"},
    {R"({"at":true,"id":"a","class":"c"})", "\"at\" must be"},
    {R"({"at":1e300,"id":"a","class":"c"})", "\"at\" is too far away"},
    {R"({"at":"now","id":"","class":"c"})", "\"id\" must have"},
    {R"({"at":"now","id":"a\n","class":"c"})", "\"id\" must have"},
    {R"({"at":"now","id":7,"class":"c"})", "\"id\" must be a string"},
    {R"({"at":"now","id":"a","class":"a b"})", "\"class\" must have"},
    {R"({"at":"now","id":"a","class":"c","duration":-1})", "\"duration\" must be seconds"},
    {R"({"at":"now","id":"a","class":"c","duration":"1"})", "\"duration\" must be seconds"},
    {R"({"at":"now","id":"a","class":"c","payload":1,"payload_base64":""})", "exclude each other"},
    {R"({"at":"now","id":"a","class":"c","payload_base64":"*"})", "is not base64"},
    {R"({"at":"now","id":"a","class":"c","payload":1,"kind":"klv"})", "\"kind\" is only for"},
    {R"({"at":"now","id":"a","class":"c","payload_base64":"","kind":"json"})", "\"kind\" must be"},
    {R"({"at":"now","id":"a","class":"c","payload_base64":"AAAA","kind":"id3"})", "no ID3 tag"},
    {R"({"at":"now","id":"a","class":"c","payload_base64":"AAAA","kind":"scte35"})",
     "does not begin with 0xFC"},
};

TEST(CueLine, NamesThePlaceTheFieldAndWhatWasExpected) {
  for (const auto& [json, message] : kWrong) {
    const auto request = parse_metadata_request(json, "cue file goals.jsonl, line 3");
    ASSERT_FALSE(request) << json;
    EXPECT_EQ(request.error().code, ErrorCode::kBadInput);
    EXPECT_THAT(request.error().message,
                AllOf(HasSubstr("cue file goals.jsonl, line 3: "), HasSubstr(message)))
        << json;
  }
}

TEST(CueLine, RefusesAPayloadThatNoCarrierHolds) {
  const std::string text(kLargestPayload, 'x');
  const std::string json = R"({"at":"now","id":"a","class":"c","payload":")" + text + R"("})";
  EXPECT_THAT(parse_metadata_request(json, "x").error().message, HasSubstr("40,000 bytes"));
}

TEST(CueLine, ReadsBackWhatItWrites) {
  for (TimedMetadata item : one_of_each()) {
    item.at = MediaTime(12'480'000'001);
    const auto request = parse_metadata_request(write_cue_line(item), "line");
    ASSERT_TRUE(request) << request.error().message;
    TimedMetadata read = request->item;
    read.at = resolve(request->when, 0s, {});
    read.origin = item.origin;
    EXPECT_EQ(read, item) << write_cue_line(item);
  }
}

TEST(CueLine, IsWrittenInOneOrder) {
  EXPECT_EQ(write_cue_line(json_item("goal-1", -1500ms)),
            R"({"at":"-1.500000000","id":"goal-1","class":"com.example.goal","duration":5.0,)"
            R"("payload":{"team":"home"}})");
}

TEST(CueFile, ReadsTheSample) {
  const auto requests = parse_cue_file(text_of(source_root() / "samples/cues.jsonl"), "cues.jsonl");
  ASSERT_TRUE(requests) << requests.error().message;
  ASSERT_EQ(requests->size(), 6U);
  EXPECT_EQ(requests->front().item.origin, "file");
  EXPECT_EQ(requests->back().item.kind, PayloadKind::kScte35);
  EXPECT_EQ(format_wall_time((*requests)[3].when.wall), "2026-11-21T19:15:00.500Z");
}

TEST(CueFile, CountsEmptyLinesAndNamesTheWrongOne) {
  const std::string good = R"({"at":"now","id":"a","class":"c"})";
  EXPECT_EQ(parse_cue_file("\n" + good + "\r\n \n", "f").value().size(), 1U);
  EXPECT_THAT(parse_cue_file("\n" + good + "\n{}", "f").error().message,
              HasSubstr("cue file f, line 3: \"at\" is missing"));
  EXPECT_THAT(parse_cue_file(good + "\n\n" + good, "f").error().message,
              HasSubstr("cue file f, line 3: \"id\" is that of line 1"));
}

/// The schema beside the reader says the same as the reader, as far as a schema can.
TEST(CueSchema, AgreesWithTheReader) {
  const Json schema = Json::parse(text_of(source_root() / "engine/metadata/cue.schema.json"));
  const auto holds = [&](const Json& document) { return first_breach(schema, document).empty(); };
  for (const TimedMetadata& item : one_of_each()) {
    EXPECT_TRUE(holds(Json::parse(write_cue_line(item)))) << write_cue_line(item);
  }
  // What only the reader can see: sizes of numbers, control characters, what bytes are.
  const std::set<std::string_view> beyond = {"\"at\" is too far away", "\"id\" must have",
                                             "no ID3 tag", "does not begin with 0xFC"};
  for (const auto& [json, message] : kWrong) {
    const Json document = Json::parse(json, nullptr, false);
    if (document.is_discarded() || beyond.contains(message)) continue;
    EXPECT_FALSE(holds(document)) << json;
  }
}

}  // namespace
}  // namespace subtide
