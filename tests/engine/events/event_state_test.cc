#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "engine/events/event_replay.h"
#include "engine/events/last_values.h"
#include "engine/events/state_protocol.h"
#include "tests/engine/events/bus_bench.h"

namespace subtide {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using namespace testing_support;

const std::string kSource = "/node/host/test/b00t";

/// Writes envelopes for jobs by name.
class Writer {
 public:
  std::string operator()(std::string_view job, EventBody body) {
    return to_json(source_.make_for_job(job, std::move(body)));
  }

 private:
  EventSource source_{"host", "test", "b00t"};
};

std::vector<std::string> names(const std::vector<std::string>& envelopes) {
  std::vector<std::string> all;
  for (const auto& json : envelopes) {
    const auto event = need(parse_envelope(json));
    all.push_back(event.name + " " + event.subject);
  }
  return all;
}

TEST(MemoryEventLog, KeepsTheNewestRows) {
  MemoryEventLog log(3);
  EXPECT_EQ(need(log.first_row()), 1U);
  EXPECT_EQ(need(log.last_row()), 0U);
  for (const char* json : {"a", "b", "c", "d", "e"}) need(log.append(json));
  EXPECT_EQ(need(log.first_row()), 3U);
  EXPECT_EQ(need(log.last_row()), 5U);
  const auto rows = need(log.read_from(1, 2));
  ASSERT_THAT(rows, SizeIs(2));
  EXPECT_EQ(rows[0].row, 3U);
  EXPECT_EQ(rows[1].json, "d");
  EXPECT_THAT(need(log.read_from(6, 2)), IsEmpty());
}

TEST(LastValues, KeepsTheLastOfEachTopicAndWhereEachFamilyStands) {
  Writer write;
  LastValues values(10);
  values.add({1, write("7", JobStarted{"a"})});
  values.add({2, write("7", SpeechStarted{})});
  values.add({3, write("8", JobStarted{"b"})});
  values.add({4, "no event"});
  values.add({5, write("7", JobStarted{"again"})});
  values.add({5, write("9", JobStarted{"repeated row"})});
  const EventSnapshot snapshot = values.snapshot();
  EXPECT_EQ(snapshot.row, 5U);
  EXPECT_THAT(snapshot.heads,
              ElementsAre(FamilyHead{kSource, "job", 3}, FamilyHead{kSource, "speech", 1}));
  EXPECT_THAT(names(snapshot.values),
              ElementsAre("speech.started job/7", "job.started job/8", "job.started job/7"));
  EXPECT_THAT(snapshot.values[2], HasSubstr("again"));
}

TEST(LastValues, ForgetsTheOldestOverItsBound) {
  Writer write;
  LastValues values(2);
  for (std::uint64_t row = 1; row <= 5; ++row) {
    values.add({row, write(fmt::format("{}", row), JobStarted{"a"})});
  }
  EXPECT_THAT(names(values.snapshot().values),
              ElementsAre("job.started job/4", "job.started job/5"));
  EXPECT_THAT(values.heads(), ElementsAre(FamilyHead{kSource, "job", 5}));
}

TEST(LastValues, ForgetsTheFamiliesThatWereSilentLongest) {
  LastValues values(2, 3);
  std::uint64_t row = 0;
  for (const char* boot : {"a", "b", "c", "a", "d"}) {
    EventSource source("host", "test", boot);
    values.add({++row, to_json(source.make_for_job("7", JobStarted{"a"}))});
  }
  EXPECT_THAT(values.heads(), ElementsAre(FamilyHead{"/node/host/test/a", "job", 1},
                                          FamilyHead{"/node/host/test/c", "job", 1},
                                          FamilyHead{"/node/host/test/d", "job", 1}));
}

TEST(StateProtocol, ReadsTheRequestsItWrites) {
  using Ask = StateRequest::Ask;
  for (const auto ask : {Ask::kSnapshot, Ask::kHeads}) {
    EXPECT_EQ(need(read_request(write_request({ask}))).ask, ask);
  }
  const auto replay = need(read_request(write_request({Ask::kReplay, 12, 500})));
  EXPECT_EQ(replay.ask, Ask::kReplay);
  EXPECT_EQ(replay.from, 12U);
  EXPECT_EQ(replay.limit, 500U);
}

TEST(StateProtocol, RefusesRequestsThatAskNothing) {
  for (const char* json :
       {"", "{", "[]", "{}", R"({"ask":7})", R"({"ask":"news"})", R"({"ask":"replay"})",
        R"({"ask":"replay","from":1})", R"({"ask":"replay","from":-1,"limit":5})",
        R"({"ask":"replay","from":1,"limit":0})", R"({"ask":"replay","from":"1","limit":5})"}) {
    const auto request = read_request(json);
    ASSERT_FALSE(request) << json;
    EXPECT_EQ(request.error().code, ErrorCode::kBadInput);
  }
}

TEST(StateProtocol, ReadsTheAnswersItWrites) {
  const EventSnapshot snapshot{17, {{kSource, "job", 9}}, {"{1}", "{2}"}};
  const auto read = need(read_snapshot(write_snapshot(snapshot)));
  EXPECT_EQ(read.row, 17U);
  EXPECT_EQ(read.heads, snapshot.heads);
  EXPECT_EQ(read.values, snapshot.values);
  const auto page = need(read_page(write_page({17, {{3, "{3}"}, {5, "{5}"}}})));
  EXPECT_EQ(page.last_row, 17U);
  ASSERT_THAT(page.events, SizeIs(2));
  EXPECT_EQ(page.events[1].row, 5U);
  EXPECT_EQ(page.events[1].json, "{5}");
}

TEST(StateProtocol, HandsOnTheErrorThatWasAnswered) {
  for (const auto code : {ErrorCode::kNotFound, ErrorCode::kIo}) {
    const auto page = read_page(write_error(make_error(code, "row 3 is gone")));
    ASSERT_FALSE(page);
    EXPECT_EQ(page.error().code, code);
    EXPECT_EQ(page.error().message, "row 3 is gone");
  }
  const auto odd = read_snapshot({R"({"error":"tired","message":"zzz"})"});
  ASSERT_FALSE(odd);
  EXPECT_EQ(odd.error().code, ErrorCode::kInternal);
}

TEST(StateProtocol, RefusesAnswersThatMakeNoSense) {
  for (const StateFrames& frames : {StateFrames{},
                                    {"x"},
                                    {"[]"},
                                    {"{}"},
                                    {R"({"error":7})"},
                                    {R"({"last_row":1})"},
                                    {R"({"last_row":1,"rows":[1]})"},
                                    {R"({"last_row":1,"rows":["1"]})", "{}"},
                                    {R"({"last_row":2,"rows":[2,1]})", "{}", "{}"},
                                    {R"({"last_row":-1,"rows":[]})"}}) {
    const auto page = read_page(frames);
    ASSERT_FALSE(page);
    EXPECT_EQ(page.error().code, ErrorCode::kBadInput);
  }
  for (const char* head :
       {"{}", R"({"row":1})", R"({"row":1,"heads":[7]})",
        R"({"row":1,"heads":[{"source":"a","family":"b"}]})", R"({"row":"1","heads":[]})"}) {
    EXPECT_FALSE(read_snapshot({head})) << head;
  }
}

EventReplay client_of(const BusBench& bus) {
  return need(EventReplay::connect(bus.endpoints.state, std::nullopt, milliseconds(10'000)));
}

TEST(EventStateServer, AnswersSnapshotAndHeadsAsTheLogGrows) {
  BusBench bus;
  Writer write;
  EventReplay replay = client_of(bus);
  EXPECT_EQ(need(replay.snapshot()).row, 0U);
  need(bus.log.append(write("7", JobStarted{"a"})));
  need(bus.log.append(write("7", JobCompleted{})));
  const auto snapshot = need(replay.snapshot());
  EXPECT_EQ(snapshot.row, 2U);
  EXPECT_THAT(names(snapshot.values), ElementsAre("job.started job/7", "job.completed job/7"));
  const auto heads = need(replay.heads());
  EXPECT_EQ(heads.row, 2U);
  EXPECT_THAT(heads.heads, ElementsAre(FamilyHead{kSource, "job", 2}));
  EXPECT_THAT(heads.values, IsEmpty());
}

TEST(EventStateServer, ReplaysFromARowInPages) {
  BusBench bus;
  Writer write;
  for (int i = 0; i < 1200; ++i) need(bus.log.append(write("7", JobStarted{"a"})));
  EventReplay replay = client_of(bus);
  std::uint64_t row = 3;
  for (const std::size_t expected : {500, 500, 198}) {
    const auto page = need(replay.read_from(row, 10'000));
    EXPECT_EQ(page.last_row, 1200U);
    ASSERT_THAT(page.events, SizeIs(expected));
    EXPECT_EQ(page.events.front().row, row);
    row = page.events.back().row + 1;
  }
  EXPECT_THAT(need(replay.read_from(row)).events, IsEmpty());
  EXPECT_EQ(need(replay.read_from(0, 1)).events[0].row, 1U);
}

TEST(EventStateServer, KeepsAnAnswerBelowItsBound) {
  BusBench bus;
  Writer write;
  const std::string large(400'000, 'x');
  for (int i = 0; i < 14; ++i) {
    need(bus.log.append(write(fmt::format("{}", i), JobStarted{large})));
  }
  EventReplay replay = client_of(bus);
  EXPECT_THAT(need(replay.read_from(1)).events, SizeIs(10));
  const auto values = names(need(replay.snapshot()).values);
  ASSERT_THAT(values, SizeIs(10));
  EXPECT_EQ(values.back(), "job.started job/13");
}

TEST(EventStateServer, SaysThatARowIsNoLongerKept) {
  BusBench bus({}, 5);
  Writer write;
  for (int i = 0; i < 9; ++i) need(bus.log.append(write("7", JobStarted{"a"})));
  EventReplay replay = client_of(bus);
  const auto page = replay.read_from(2);
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(page.error().message, HasSubstr("row 2 is no longer kept, the oldest is 5"));
  EXPECT_THAT(need(replay.read_from(5)).events, SizeIs(5));
}

TEST(EventStateServer, AnswersNonsenseWithAnErrorAndLivesOn) {
  BusBench bus;
  BusSocket vandal =
      need(BusSocket::connect(BusSocket::Kind::kDealer, bus.endpoints.state, std::nullopt));
  for (const auto& message :
       std::vector<BusSocket::Message>{{"alone"},
                                       {"1", "{}", "more"},
                                       BusSocket::Message(5000, "x"),
                                       {"2", std::string(std::size_t{1} << 20, '{')}}) {
    ASSERT_TRUE(vandal.send(message));
  }
  const auto answer = need(vandal.receive(milliseconds(10'000)));
  ASSERT_TRUE(answer);
  ASSERT_THAT(*answer, SizeIs(2));
  EXPECT_EQ((*answer)[0], "2");
  EXPECT_THAT((*answer)[1], HasSubstr("bad_input"));
  EventReplay replay = client_of(bus);
  EXPECT_EQ(need(replay.heads()).row, 0U);
}

TEST(EventReplay, SaysThatNobodyAnswered) {
  TemporaryFolder folder;
  const auto endpoints = need(bus_endpoints(folder / "bus"));
  EventReplay replay = need(EventReplay::connect(endpoints.state, std::nullopt, milliseconds(50)));
  const auto snapshot = replay.snapshot();
  ASSERT_FALSE(snapshot);
  EXPECT_EQ(snapshot.error().code, ErrorCode::kDeadline);
  EXPECT_THAT(snapshot.error().message, HasSubstr("no answer within 50 ms"));
}

TEST(EventReplay, PassesOverAnAnswerThatCameTooLate) {
  TemporaryFolder folder;
  const auto endpoints = need(bus_endpoints(folder / "bus"));
  BusSocket server =
      need(BusSocket::listen(BusSocket::Kind::kRouter, endpoints.state, std::nullopt));
  EventReplay replay = need(EventReplay::connect(endpoints.state, std::nullopt, milliseconds(400)));
  EXPECT_FALSE(replay.heads());
  const auto first = need(server.receive(milliseconds(10'000)));
  ASSERT_TRUE(first);
  std::jthread answering([&] {
    const auto second = need(server.receive(milliseconds(10'000)));
    const auto answer = [&](const BusSocket::Message& asked, std::uint64_t row) {
      BusSocket::Message reply = {asked[0], asked[1]};
      const StateFrames frames = write_snapshot({row, {}, {}});
      reply.insert(reply.end(), frames.begin(), frames.end());
      EXPECT_TRUE(server.send(reply));
    };
    answer(*first, 1);
    answer(second.value(), 2);
  });
  const auto heads = replay.heads();
  ASSERT_TRUE(heads) << heads.error().message;
  EXPECT_EQ(heads->row, 2U);
}

}  // namespace
}  // namespace subtide
