#include "engine/events/received_event.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "engine/events/event.h"
#include "tests/engine/events/one_of_each.h"

namespace subtide {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

std::chrono::system_clock::time_point fixed_time() {
  return std::chrono::system_clock::time_point(std::chrono::microseconds(1'700'000'000'000'042));
}

Json started() {
  EventSource source("host", "subtitle", "b00t", fixed_time);
  return Json::parse(to_json(source.make_for_job("7", JobStarted{"talk.mp4"})));
}

/// A good envelope with one attribute changed; null takes it out.
std::string refusal(const std::string& attribute, const Json& value) {
  Json envelope = started();
  if (value.is_null()) {
    envelope.erase(attribute);
  } else {
    envelope[attribute] = value;
  }
  const auto read = parse_envelope(envelope.dump());
  EXPECT_FALSE(read) << envelope.dump();
  if (read) return "";
  EXPECT_EQ(read.error().code, ErrorCode::kBadInput);
  return read.error().message;
}

TEST(ReceivedEvent, ReadsWhatTheEngineWrites) {
  EventSource source("host", "subtitle", "b00t", fixed_time);
  for (const auto& body : testing_support::one_of_each()) {
    const Event event = source.make_for_job("7", body);
    const std::string json = to_json(event);
    const auto read = parse_envelope(json);
    ASSERT_TRUE(read) << read.error().message << json;
    EXPECT_EQ(read->name, name_of(body));
    EXPECT_EQ(read->source, "/node/host/subtitle/b00t");
    EXPECT_EQ(read->subject, "job/7");
    EXPECT_EQ(read->id, event.id);
    EXPECT_EQ(read->time, "2023-11-14T22:13:20.000042Z");
    EXPECT_EQ(read->sequence, event.sequence);
    EXPECT_EQ(read->correlation_id, "7");
    EXPECT_EQ(Json::parse(read->data), Json::parse(json)["data"]);
    EXPECT_EQ(read->json, json);
  }
}

TEST(ReceivedEvent, AcceptsANameOfANewerEngine) {
  Json envelope = started();
  envelope["type"] = "io.subtide.weather.changed.much.v1";
  EXPECT_TRUE(parse_envelope(envelope.dump()));
  envelope.erase("sequence");
  EXPECT_TRUE(parse_envelope(envelope.dump()));
}

TEST(ReceivedEvent, RefusesWhatTheEnvelopeDoesNotAllow) {
  EXPECT_THAT(refusal("specversion", "0.3"), HasSubstr("specversion"));
  EXPECT_THAT(refusal("specversion", nullptr), HasSubstr("specversion"));
  for (const char* type : {"job.started", "io.subtide..v1", "io.subtide.v1", "io.subtide.job.v1",
                           "io.subtide.job..started.v1", "io.subtide.Job.started.v1"}) {
    EXPECT_THAT(refusal("type", type), HasSubstr("type")) << type;
  }
  for (const char* from : {"host", "/node/host", "/node/a/b/c/d", "/node//b/c", "/node/a/b/"}) {
    EXPECT_THAT(refusal("source", from), HasSubstr("source")) << from;
  }
  for (const char* subject : {"7", "job/", "cat/7"}) {
    EXPECT_THAT(refusal("subject", subject), HasSubstr("subject")) << subject;
  }
  EXPECT_THAT(refusal("time", "2023-11-14T22:13:20Z"), HasSubstr("time"));
  EXPECT_THAT(refusal("id", nullptr), HasSubstr("id"));
  EXPECT_THAT(refusal("id", ""), HasSubstr("id"));
  EXPECT_THAT(refusal("id", 7), HasSubstr("id"));
  EXPECT_THAT(refusal("data", nullptr), HasSubstr("data"));
  EXPECT_THAT(refusal("data", "text"), HasSubstr("data"));
  EXPECT_THAT(refusal("datacontenttype", "text/xml"), HasSubstr("datacontenttype"));
  EXPECT_THAT(refusal("colour", "red"), HasSubstr("colour"));
}

TEST(ReceivedEvent, ReadsWhatOtherWritersMayWrite) {
  Json envelope = started();
  envelope["correlationid"] = "caf\u00e9 \"7\"";
  envelope["data"] = {{"input", "}\"{\\"}, {"more", {{"deep", {1, 2.5, nullptr}}}}};
  for (const int indent : {-1, 2}) {
    const auto read = parse_envelope(envelope.dump(indent));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->correlation_id, "caf\u00e9 \"7\"");
    EXPECT_EQ(Json::parse(read->data), envelope["data"]);
  }
}

TEST(ReceivedEvent, RefusesBrokenJsonWhereverItBreaks) {
  const std::string whole = started().dump();
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_FALSE(parse_envelope(whole.substr(0, length))) << length;
  }
  const auto with = [&](const std::string& part, const std::string& other) {
    std::string text = whole;
    return text.replace(text.find(part), part.size(), other);
  };
  EXPECT_TRUE(parse_envelope(with("{", " {")));
  for (const std::string& text :
       {whole + "}", whole + "x", with("{", "{,"), with("\"id\":", "\"id\""),
        with("\"id\":", "\"id\":\"1\",\"id\":"), with("\"data\":{", "\"data\":{,"),
        with("\"job/7\"", "\"job/\xff\""), with("\"job/7\"", "\"job/\n\""),
        with("\"job/7\"", "\"job/\\q\"")}) {
    EXPECT_FALSE(parse_envelope(text)) << text;
  }
}

TEST(ReceivedEvent, RefusesAFactWithoutItsNumberAndTelemetryWithOne) {
  EXPECT_THAT(refusal("sequence", nullptr), HasSubstr("job.started has no sequence"));
  EXPECT_THAT(refusal("type", "io.subtide.job.progress.v1"), HasSubstr("has a sequence"));
  for (const char* sequence :
       {"1", "0000000000000000000x", "00000000000000000000", "99999999999999999999"}) {
    EXPECT_THAT(refusal("sequence", sequence), HasSubstr("sequence")) << sequence;
  }
}

TEST(ReceivedEvent, RefusesWhatIsNoEnvelopeAtAll) {
  for (const std::string& text :
       {std::string(), std::string("[]"), std::string("7"), std::string("{"),
        std::string("\xff\xfe"), std::string("null"), std::string(100'000, '[')}) {
    const auto read = parse_envelope(text);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, ErrorCode::kBadInput);
  }
  const auto large = parse_envelope(std::string(kLongestEnvelope + 1, ' '));
  ASSERT_FALSE(large);
  EXPECT_THAT(large.error().message, HasSubstr("524289 bytes"));
}

}  // namespace
}  // namespace subtide
