#include "engine/events/event.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "engine/base/atomic_file.h"
#include "tests/engine/events/one_of_each.h"
#include "tests/support/json_schema.h"
#include "tests/support/shared_files.h"

namespace subtide {
namespace {

using Json = nlohmann::json;
using testing::ElementsAre;
using testing_support::one_of_each;

std::chrono::system_clock::time_point fixed_time() {
  return std::chrono::system_clock::time_point(std::chrono::microseconds(1'700'000'000'000'042));
}

EventSource test_source() { return {"host", "subtitle", "b00t", fixed_time}; }

std::filesystem::path schema_folder() { return source_root() / "engine/events/schema"; }

Json load_json(const std::filesystem::path& file) {
  const auto text = read_file(file, 1 << 20);
  EXPECT_TRUE(text) << text.error().message;
  return text ? Json::parse(*text) : Json();
}

TEST(Event, EveryTypeMeetsItsSchemaAndTheEnvelopes) {
  const Json envelope = load_json(schema_folder() / "envelope.json");
  EventSource source = test_source();
  for (const auto& body : one_of_each()) {
    const std::string name(name_of(body));
    const Json event = Json::parse(to_json(source.make_for_job("7", body)));
    EXPECT_EQ(first_breach(envelope, event), "") << event.dump();
    EXPECT_EQ(event["type"], "io.subtide." + name + ".v1");
    EXPECT_EQ(first_breach(load_json(schema_folder() / (name + ".v1.json")), event["data"]), "")
        << event.dump();
  }
}

TEST(Event, TheListAboveHoldsEveryTypeAndEverySchemaHasAType) {
  std::set<std::string> names;
  for (const auto& body : one_of_each()) names.insert(std::string(name_of(body)) + ".v1.json");
  EXPECT_EQ(names.size(), std::variant_size_v<EventBody>);
  std::set<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(schema_folder())) {
    files.insert(entry.path().filename());
  }
  files.erase("envelope.json");
  EXPECT_EQ(names, files);
}

TEST(Event, SchemasRefuseWhatIsNotMeant) {
  const Json schema = load_json(schema_folder() / "speech.ended.v1.json");
  EXPECT_EQ(first_breach(schema, Json{{"start", 1.0}, {"end", 2.0}, {"reason", "silence"}}), "");
  EXPECT_NE(first_breach(schema, Json{{"start", 1.0}, {"end", 2.0}, {"reason", "tired"}}), "");
  EXPECT_NE(first_breach(schema, Json{{"start", 1.0}, {"reason", "silence"}}), "");
}

TEST(Event, CarriesTimeInUtcMicroseconds) {
  EventSource source = test_source();
  const Json event = Json::parse(to_json(source.make_for_job("7", JobStarted{"a"})));
  EXPECT_EQ(event["time"], "2023-11-14T22:13:20.000042Z");
  EXPECT_EQ(event["source"], "/node/host/subtitle/b00t");
  EXPECT_EQ(event["subject"], "job/7");
  EXPECT_EQ(event["correlationid"], "7");
}

TEST(Event, NumbersFactsByFamilyAndTelemetryNotAtAll) {
  EventSource source = test_source();
  std::vector<std::string> sequences;
  const std::vector<EventBody> bodies = {JobStarted{"a"}, JobProgress{}, SpeechStarted{},
                                         JobFailed{"a", "io", "m", {}}, SpeechEnded{}};
  for (const auto& body : bodies) {
    const Json event = Json::parse(to_json(source.make_for_job("7", body)));
    sequences.push_back(event.value("sequence", "none"));
  }
  EXPECT_THAT(sequences, ElementsAre("00000000000000000001", "none", "00000000000000000001",
                                     "00000000000000000002", "00000000000000000002"));
}

TEST(Event, NamesWhatItIsAbout) {
  EventSource source = test_source();
  const auto written = [&](EventSubject subject) {
    const Json event = Json::parse(to_json(source.make(std::move(subject), JobProgress{})));
    EXPECT_EQ(first_breach(load_json(schema_folder() / "envelope.json"), event), "");
    return event["subject"].get<std::string>() + " " + event.value("correlationid", "none");
  };
  EXPECT_EQ(written(EventSubject::job("7")), "job/7 7");
  EXPECT_EQ(written(EventSubject::stream("a")), "stream/a a");
  EXPECT_EQ(written(EventSubject::worker("asr-1")), "worker/asr-1 none");
  EXPECT_EQ(written(EventSubject::node("host")), "node/host none");
}

TEST(Event, NamesTheEventThatLedToIt) {
  EventSource source = test_source();
  Event event = source.make_for_job("7", JobStarted{"a"});
  event.causation_id = "41";
  const Json written = Json::parse(to_json(event));
  EXPECT_EQ(written["causationid"], "41");
  EXPECT_EQ(first_breach(load_json(schema_folder() / "envelope.json"), written), "");
}

TEST(Event, KnowsTheClassByNameAsByType) {
  for (const auto& body : one_of_each()) EXPECT_EQ(class_of(name_of(body)), class_of(body));
  EXPECT_EQ(class_of("job.progress"), EventClass::kTelemetry);
  EXPECT_EQ(class_of("work.available"), EventClass::kTelemetry);
  EXPECT_EQ(class_of("worker.heartbeat"), EventClass::kTelemetry);
  EXPECT_EQ(class_of("bus.gap"), EventClass::kTelemetry);
  EXPECT_EQ(class_of("task.dead"), EventClass::kFact);
  EXPECT_EQ(class_of("job.progres"), std::nullopt);
}

TEST(Event, LeavesOutWhatIsNotKnownOfAModelOrARetry) {
  EventSource source = test_source();
  const Json loaded =
      Json::parse(to_json(source.make_for_job("7", ModelLoaded{{"vad", "energy", ""}})));
  EXPECT_EQ(first_breach(load_json(schema_folder() / "model.loaded.v1.json"), loaded["data"]), "");
  EXPECT_FALSE(loaded["data"].contains("sha256"));
  const TaskFailed last{{7, "transcribe", "9f", 1, 4, "w"}, {"crash", "signal 11"}, {}, {}};
  const Json failed = Json::parse(to_json(source.make_for_job("7", last)));
  EXPECT_EQ(first_breach(load_json(schema_folder() / "task.failed.v1.json"), failed["data"]), "");
  EXPECT_FALSE(failed["data"].contains("retry_in_ms"));
}

TEST(Event, IdsAreUniqueInTheSource) {
  EventSource source = test_source();
  std::set<std::string> ids;
  for (int i = 0; i < 50; ++i) ids.insert(source.make_for_job("7", JobProgress{}).id);
  EXPECT_EQ(ids.size(), 50U);
}

TEST(Event, IsOneLineWhateverTheText) {
  EventSource source = test_source();
  const std::string odd = std::string("line\nfeed \"quote\" \xff\xfe") + '\0' + "tail";
  const std::string line = to_json(source.make_for_job("7", JobStarted{odd}));
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_TRUE(Json::accept(line)) << line;
}

}  // namespace
}  // namespace subtide
