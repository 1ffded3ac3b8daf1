#include "engine/events/event_follower.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/events/bus_bench.h"

namespace subtide {
namespace {

using testing::ElementsAre;
using namespace testing_support;

using Clock = std::chrono::steady_clock;

using Origins = std::vector<std::pair<std::string, HeardEvent::Origin>>;

Origins hear_origins(EventFollower& follower, std::size_t count) {
  Origins all;
  while (all.size() < count) {
    const auto heard = need(follower.receive(milliseconds(10'000)));
    if (!heard) break;
    all.emplace_back(short_text(*heard), std::get<HeardEvent>(*heard).origin);
  }
  return all;
}

TEST(EventFollower, ALateJoinerGetsTheLastValuesAndThenWhatComes) {
  BusBench bus;
  Speaker speaker(bus.publisher(), &bus.log);
  for (int i = 0; i < 3; ++i) speaker.say(SpeechStarted{});
  speaker.say(JobStarted{"a"});
  EventFollower follower = follow(bus.endpoints);
  EXPECT_THAT(hear_origins(follower, 2),
              ElementsAre(std::pair("speech.started 3", HeardEvent::Origin::kSnapshot),
                          std::pair("job.started 1", HeardEvent::Origin::kSnapshot)));
  settle(speaker, follower);
  speaker.say(JobCompleted{});
  speaker.say(SpeechStarted{});
  EXPECT_THAT(hear_origins(follower, 2),
              ElementsAre(std::pair("job.completed 2", HeardEvent::Origin::kLive),
                          std::pair("speech.started 4", HeardEvent::Origin::kLive)));
}

TEST(EventFollower, StartsAtARowWhenTold) {
  BusBench bus;
  Speaker speaker(bus.publisher(), &bus.log);
  for (int i = 0; i < 700; ++i) speaker.note(JobStarted{"a"});
  speaker.note(SpeechStarted{});
  for (int i = 0; i < 3; ++i) speaker.note(JobStarted{"a"});
  FollowerOptions options = quick();
  options.from_row = 100;
  EventFollower follower = follow(bus.endpoints, options, {"job.*"});
  std::vector<std::string> expected;
  for (int i = 100; i <= 703; ++i) expected.push_back(fmt::format("job.started {}", i));
  EXPECT_EQ(hear(follower, expected.size()), expected);
}

/// A family that had nothing after the row may have lost its next fact, not its first.
TEST(EventFollower, SeesAGapInAFamilyThatWasSilentSinceTheRow) {
  BusBench bus;
  Speaker speaker(bus.publisher(), &bus.log);
  for (int i = 0; i < 4; ++i) speaker.note(SpeechStarted{});
  speaker.note(JobStarted{"a"});
  FollowerOptions options = quick();
  options.from_row = 5;
  EventFollower follower = follow(bus.endpoints, options);
  EXPECT_THAT(hear(follower, 1), ElementsAre("job.started 1"));
  settle(speaker, follower);
  speaker.note(SpeechStarted{});
  speaker.say(SpeechStarted{});
  EXPECT_THAT(hear(follower, 3),
              ElementsAre("gap speech 5-6 replay", "speech.started 5", "speech.started 6"));
}

TEST(EventFollower, HealsAGapOutOfTheLog) {
  BusBench bus;
  Speaker speaker(bus.publisher(), &bus.log);
  EventFollower follower = follow(bus.endpoints);
  settle(speaker, follower);
  speaker.say(JobStarted{"a"});
  speaker.note(JobStarted{"lost"});
  speaker.note(SpeechStarted{});
  speaker.say(JobStarted{"b"});
  speaker.say(JobStarted{"c"});
  EXPECT_THAT(hear(follower, 6), ElementsAre("job.started 1", "gap job 2-3 replay", "job.started 2",
                                             "speech.started 1", "job.started 3", "job.started 4"));
}

TEST(EventFollower, NoticesThatTheLastFactWasLost) {
  BusBench bus;
  Speaker speaker(bus.publisher(), &bus.log);
  EventFollower follower = follow(bus.endpoints);
  settle(speaker, follower);
  speaker.say(JobStarted{"a"});
  speaker.note(JobCompleted{});
  const auto start = Clock::now();
  EXPECT_THAT(hear(follower, 3),
              ElementsAre("job.started 1", "gap job 2-2 replay", "job.completed 2"));
  EXPECT_LT(Clock::now() - start, milliseconds(1200) * kSlowness);
}

TEST(EventFollower, TellsARepeatedFactOnce) {
  BusBench bus;
  Speaker speaker(bus.publisher(), &bus.log);
  EventFollower follower = follow(bus.endpoints);
  settle(speaker, follower);
  for (int i = 0; i < 3; ++i) {
    const Event event = speaker.note(JobStarted{"a"});
    for (int twice = 0; twice < 2; ++twice) ASSERT_TRUE(speaker.publisher().publish(event));
  }
  EXPECT_THAT(hear(follower, 3), ElementsAre("job.started 1", "job.started 2", "job.started 3"));
  EXPECT_EQ(need(follower.receive(milliseconds(300))), std::nullopt);
}

TEST(EventFollower, TakesASnapshotWhenTheLogNoLongerHasTheRows) {
  BusBench bus({}, 4);
  Speaker speaker(bus.publisher(), &bus.log);
  FollowerOptions options = quick();
  options.check_every = std::chrono::seconds(60);
  EventFollower follower = follow(bus.endpoints, options);
  settle(speaker, follower);
  speaker.say(JobStarted{"a"});
  for (int i = 0; i < 7; ++i) speaker.note(JobStarted{"lost"});
  speaker.say(JobCompleted{});
  EXPECT_THAT(hear(follower, 4), ElementsAre("job.started 1", "gap job 2-9 snapshot",
                                             "job.started 8", "job.completed 9"));
}

TEST(EventFollower, SaysWhatIsMissingWhenTheLogDoesNotHaveItEither) {
  BusBench bus;
  Speaker speaker(bus.publisher(), &bus.log);
  EventFollower follower = follow(bus.endpoints);
  settle(speaker, follower);
  speaker.source().make_for_job("7", JobStarted{"never logged"});
  speaker.say(JobStarted{"b"});
  EXPECT_THAT(hear(follower, 3),
              ElementsAre("gap job 1-2 replay", "gap job 1-2 none", "job.started 2"));
}

TEST(EventFollower, GoesOnWithTheGapWhenNobodyAnswers) {
  BusBench bus;
  Speaker speaker(bus.publisher(), &bus.log);
  FollowerOptions options = quick();
  options.answer_within = milliseconds(400);
  EventFollower follower = follow(bus.endpoints, options);
  settle(speaker, follower);
  bus.server.reset();
  speaker.note(JobStarted{"lost"});
  speaker.say(JobStarted{"b"});
  for (int i = 0; i < 3; ++i) {
    const auto heard = follower.receive(milliseconds(10'000));
    ASSERT_FALSE(heard);
    EXPECT_EQ(heard.error().code, ErrorCode::kDeadline);
  }
  EXPECT_THAT(hear(follower, 2), ElementsAre("gap job 1-2 none", "job.started 2"));
}

TEST(EventFollower, ALateJoinerNeedsTheServer) {
  BusBench bus;
  bus.server.reset();
  FollowerOptions options = quick();
  options.answer_within = milliseconds(50);
  for (const auto from_row : {std::optional<std::uint64_t>(), std::optional<std::uint64_t>(1)}) {
    options.from_row = from_row;
    const auto follower = EventFollower::connect(bus.endpoints, wanted(), options);
    ASSERT_FALSE(follower);
    EXPECT_EQ(follower.error().code, ErrorCode::kDeadline);
  }
}

TEST(EventFollower, FollowsOverTcpWithAnAllowedKeyOnly) {
  const CurveKeys server_keys = need(make_curve_keys());
  const CurveKeys friend_keys = need(make_curve_keys());
  const CurveListener listener{server_keys, {friend_keys.public_key}};
  MemoryEventLog log(100);
  EventProxy proxy =
      need(EventProxy::listen({"tcp://127.0.0.1:*", "tcp://127.0.0.1:*", ""}, listener));
  EventStateServer server = need(EventStateServer::listen("tcp://127.0.0.1:*", listener, log));
  BusEndpoints endpoints = proxy.endpoints();
  endpoints.state = server.endpoint();
  FollowerOptions options = quick();
  options.keys = CurveClient{friend_keys, server_keys.public_key};
  Speaker speaker(need(EventPublisher::connect(endpoints.publish, options.keys)), &log);
  EventFollower follower = follow(endpoints, options);
  settle(speaker, follower);
  speaker.note(JobStarted{"lost"});
  speaker.say(JobStarted{"b"});
  EXPECT_THAT(hear(follower, 3),
              ElementsAre("gap job 1-2 replay", "job.started 1", "job.started 2"));

  options.keys = CurveClient{need(make_curve_keys()), server_keys.public_key};
  options.answer_within = milliseconds(300);
  const auto stranger = EventFollower::connect(endpoints, wanted(), options);
  ASSERT_FALSE(stranger);
  EXPECT_EQ(stranger.error().code, ErrorCode::kDeadline);
}

}  // namespace
}  // namespace subtide
