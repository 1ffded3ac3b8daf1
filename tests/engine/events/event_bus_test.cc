#include "engine/events/event_bus.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/events/bus_bench.h"

namespace subtide {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;
using namespace testing_support;

using Clock = std::chrono::steady_clock;

TEST(EventBus, BringsAllFactsInOrderToEverySubscriber) {
  BusBench bus;
  Speaker speaker(bus.publisher(), nullptr);
  EventSubscriber first = bus.subscriber();
  EventSubscriber second = bus.subscriber({"job.*"});
  settle(speaker, first);
  settle(speaker, second);
  std::vector<std::string> expected;
  for (int i = 1; i <= 300; ++i) {
    speaker.say(JobStarted{"talk.mp4"});
    expected.push_back(fmt::format("job.started {}", i));
  }
  EXPECT_EQ(hear(second, 300), expected);
  EXPECT_EQ(hear_facts(first, 300), expected);
}

TEST(EventBus, KeepsSourcesApart) {
  BusBench bus;
  Speaker one(bus.publisher(), nullptr, "one");
  Speaker two(bus.publisher(), nullptr, "two");
  EventSubscriber subscriber = bus.subscriber({"job.started"});
  settle(one, subscriber);
  settle(two, subscriber);
  for (int i = 0; i < 3; ++i) {
    one.say(JobStarted{"a"});
    two.say(JobStarted{"b"});
  }
  EXPECT_THAT(hear(subscriber, 6),
              testing::UnorderedElementsAre("job.started 1", "job.started 1", "job.started 2",
                                            "job.started 2", "job.started 3", "job.started 3"));
}

TEST(EventBus, GivesOnlyWhatWasAskedForAndCallsTheRestNoGap) {
  BusBench bus;
  Speaker speaker(bus.publisher(), nullptr);
  EventSubscriber subscriber = bus.subscriber({"job.started", "speech.*"});
  settle(speaker, subscriber);
  for (int i = 0; i < 2; ++i) {
    speaker.say(JobStarted{"a"});
    speaker.say(JobProgress{});
    speaker.say(JobCompleted{});
    speaker.say(SpeechStarted{});
    speaker.say(MediaInfo{});
  }
  EXPECT_THAT(hear(subscriber, 4), ElementsAre("job.started 1", "speech.started 1", "job.started 3",
                                               "speech.started 2"));
}

TEST(EventBus, TellsAGapOnceAndIgnoresRepeatedFacts) {
  BusBench bus;
  Speaker speaker(bus.publisher(), nullptr);
  EventSubscriber subscriber = bus.subscriber();
  settle(speaker, subscriber);
  std::vector<Event> events;
  for (int i = 0; i < 6; ++i) events.push_back(speaker.note(JobStarted{"a"}));
  for (const std::size_t i : {0, 1, 1, 4, 0, 5}) {
    ASSERT_TRUE(speaker.publisher().publish(events[i]));
  }
  EXPECT_THAT(hear(subscriber, 5), ElementsAre("job.started 1", "job.started 2", "gap job 3-5 none",
                                               "job.started 5", "job.started 6"));
}

TEST(EventBus, TakesTheFirstNumberItSeesAsTheBeginning) {
  BusBench bus;
  Speaker speaker(bus.publisher(), nullptr);
  for (int i = 0; i < 9; ++i) speaker.note(JobStarted{"a"});
  EventSubscriber subscriber = bus.subscriber();
  settle(speaker, subscriber);
  speaker.say(JobStarted{"a"});
  EXPECT_THAT(hear(subscriber, 1), ElementsAre("job.started 10"));
}

TEST(EventBus, RefusesGarbageAndGoesOn) {
  BusBench bus;
  Speaker speaker(bus.publisher(), nullptr);
  BusSocket vandal =
      need(BusSocket::connect(BusSocket::Kind::kPublish, bus.endpoints.publish, std::nullopt));
  EventSubscriber subscriber = bus.subscriber();
  settle(speaker, subscriber);
  const std::string good = to_json(speaker.source().make_for_job("7", JobProgress{}));
  const std::string other_topic = "job.completed/job/8";
  const auto deadline = Clock::now() + std::chrono::seconds(20);
  while (true) {  // until the vandal is connected, too
    ASSERT_LT(Clock::now(), deadline);
    ASSERT_TRUE(vandal.send({"job.progress/job/7", good}));
    const auto heard = subscriber.receive(milliseconds(20));
    ASSERT_TRUE(heard);
    if (*heard) break;
  }
  while (need(subscriber.receive(milliseconds(50)))) {  // the other probes
  }
  const std::vector<BusSocket::Message> garbage = {
      {"job.started/job/7"},
      {"job.started/job/7", "{\"broken\": "},
      {"job.started/job/7", std::string(std::size_t{1} << 20, 'x')},
      {"job.started/job/7", "[]"},
      {other_topic, good},
      {"job.progress/job/7", good, "more"},
      BusSocket::Message(5000, "x")};
  for (const auto& message : garbage) {
    ASSERT_TRUE(vandal.send(message));
    const auto heard = subscriber.receive(milliseconds(10'000));
    ASSERT_FALSE(heard) << message[0];
    EXPECT_EQ(heard.error().code, ErrorCode::kBadInput);
    EXPECT_THAT(heard.error().message, HasSubstr("refused"));
  }
  speaker.say(JobStarted{"a"});
  EXPECT_THAT(hear(subscriber, 1), ElementsAre("job.started 1"));
}

/// F25: one subscriber does not read at all.
TEST(EventBus, ASlowSubscriberLosesItsOwnEventsAndHoldsUpNobody) {
  BusLimits proxy_limits;
  proxy_limits.high_water_mark = 100;
  BusBench bus(proxy_limits);
  Speaker speaker(bus.publisher(), nullptr);
  BusLimits ten;
  ten.high_water_mark = 10;
  EventSubscriber slow = bus.subscriber({"*"}, ten);
  settle(speaker, slow);
  EventSubscriber quick = bus.subscriber({"job.started"});
  settle(speaker, quick);
  const std::string kilobyte(1000, 'x');
  Clock::duration longest{0};
  std::uint64_t last = 0;
  for (int batch = 0; batch < 60; ++batch) {
    for (int i = 0; i < 50; ++i) {
      const auto before = Clock::now();
      speaker.say(JobStarted{kilobyte});
      longest = std::max(longest, Clock::now() - before);
    }
    for (int i = 0; i < 50; ++i) {
      const auto heard = need(quick.receive(milliseconds(10'000)));
      ASSERT_TRUE(heard);
      ASSERT_EQ(short_text(*heard), fmt::format("job.started {}", ++last));
    }
  }
  EXPECT_LT(longest, milliseconds(200) * kSlowness);
  std::size_t events = 0;
  std::string gap;
  const auto deadline = Clock::now() + std::chrono::seconds(20);
  while (gap.empty() && Clock::now() < deadline) {
    speaker.say(JobStarted{"so that the gap shows"});
    const auto heard = need(slow.receive(milliseconds(10)));
    if (!heard) continue;
    ++events;
    if (std::holds_alternative<BusGap>(*heard)) gap = short_text(*heard);
  }
  EXPECT_THAT(gap, StartsWith("gap job "));
  EXPECT_LT(events, 3000U);
}

TEST(EventBus, AnnouncingWithoutABusNeitherFailsNorHangs) {
  TemporaryFolder folder;
  const BusEndpoints endpoints = need(bus_endpoints(folder / "bus"));
  const auto start = Clock::now();
  {
    EventPublisher publisher = need(EventPublisher::connect(endpoints.publish, std::nullopt));
    EventSource source("host", "test", "b00t");
    for (int i = 0; i < 2000; ++i) {
      EXPECT_TRUE(publisher.publish(source.make_for_job("7", JobStarted{"a"})));
    }
  }
  EXPECT_LT(Clock::now() - start, std::chrono::seconds(1) * kSlowness);
}

TEST(EventBus, SaysThatThereIsNoRoomWhenTheBusWentAway) {
  auto bus = std::make_unique<BusBench>();
  Speaker speaker(bus->publisher(), nullptr);
  auto subscriber = std::make_unique<EventSubscriber>(bus->subscriber());
  settle(speaker, *subscriber);
  const auto start = Clock::now();
  bus.reset();
  EXPECT_LT(Clock::now() - start, std::chrono::seconds(1) * kSlowness)
      << "closing with peers connected";
  Status last = ok();
  Clock::duration longest{0};
  for (int i = 0; i < 3000 && last; ++i) {
    const auto before = Clock::now();
    last = speaker.publisher().publish(speaker.note(JobStarted{"a"}));
    longest = std::max(longest, Clock::now() - before);
  }
  ASSERT_FALSE(last);
  EXPECT_EQ(last.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(last.error().message, HasSubstr("no room"));
  EXPECT_LT(longest, milliseconds(300) * kSlowness);
  EXPECT_EQ(need(subscriber->receive(milliseconds(1))), std::nullopt);
}

TEST(EventBus, RefusesToSendAnEventThatNobodyWouldAccept) {
  BusBench bus;
  EventPublisher publisher = bus.publisher();
  const auto sent =
      publisher.publish("job.started", "job/7", std::string(kLongestEnvelope + 1, 'x'));
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(sent.error().message, HasSubstr("job.started of job/7 not sent"));
}

TEST(EventBus, ASecondBusInTheSameFolderIsRefused) {
  BusBench bus;
  const auto second = EventProxy::listen(bus.endpoints, std::nullopt);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kAlreadyExists);
}

TEST(EventBus, TakesOverTheSocketsThatADeadProcessLeft) {
  TemporaryFolder folder;
  const BusEndpoints endpoints = need(bus_endpoints(folder / "bus"));
  { EventProxy first = need(EventProxy::listen(endpoints, std::nullopt)); }
  EXPECT_TRUE(EventProxy::listen(endpoints, std::nullopt));
}

/// A bus on loopback, as between machines.
struct TcpBus {
  TcpBus() : server_keys(need(make_curve_keys())), friend_keys(need(make_curve_keys())) {
    const CurveListener listener{server_keys, {friend_keys.public_key}};
    proxy.emplace(
        need(EventProxy::listen({"tcp://127.0.0.1:*", "tcp://127.0.0.1:*", ""}, listener)));
  }
  CurveClient client(const CurveKeys& own) const { return {own, server_keys.public_key}; }

  CurveKeys server_keys;
  CurveKeys friend_keys;
  std::optional<EventProxy> proxy;
};

TEST(EventBusOverTcp, AnAllowedKeyHearsAndSpeaks) {
  TcpBus bus;
  const auto& endpoints = bus.proxy->endpoints();
  Speaker speaker(need(EventPublisher::connect(endpoints.publish, bus.client(bus.friend_keys))),
                  nullptr);
  EventSubscriber subscriber =
      need(EventSubscriber::connect(endpoints.subscribe, wanted(), bus.client(bus.friend_keys)));
  settle(speaker, subscriber);
  speaker.say(JobStarted{"a"});
  EXPECT_THAT(hear(subscriber, 1), ElementsAre("job.started 1"));
}

TEST(EventBusOverTcp, AnUnknownKeyHearsNothingAndIsNotHeard) {
  TcpBus bus;
  const auto& endpoints = bus.proxy->endpoints();
  const CurveClient stranger = bus.client(need(make_curve_keys()));
  EventSubscriber spy = need(EventSubscriber::connect(endpoints.subscribe, wanted(), stranger));
  EventPublisher liar = need(EventPublisher::connect(endpoints.publish, stranger));
  Speaker speaker(need(EventPublisher::connect(endpoints.publish, bus.client(bus.friend_keys))),
                  nullptr);
  EventSubscriber subscriber =
      need(EventSubscriber::connect(endpoints.subscribe, wanted(), bus.client(bus.friend_keys)));
  settle(speaker, subscriber);
  EventSource lies("host", "liar", "b00t");
  for (int i = 0; i < 10; ++i) {
    speaker.say(JobStarted{"a"});
    EXPECT_TRUE(liar.publish(lies.make_for_job("666", JobFailed{"a", "io", "m", {}})));
    EXPECT_EQ(need(spy.receive(milliseconds(20))), std::nullopt);
  }
  for (const auto& text : hear(subscriber, 10)) EXPECT_THAT(text, StartsWith("job.started"));
  EXPECT_EQ(need(subscriber.receive(milliseconds(50))), std::nullopt);
}

TEST(EventBusOverTcp, AWrongServerKeyHearsNothing) {
  TcpBus bus;
  const auto& endpoints = bus.proxy->endpoints();
  const CurveClient fooled{bus.friend_keys, need(make_curve_keys()).public_key};
  EventSubscriber subscriber =
      need(EventSubscriber::connect(endpoints.subscribe, wanted(), fooled));
  Speaker speaker(need(EventPublisher::connect(endpoints.publish, bus.client(bus.friend_keys))),
                  nullptr);
  for (int i = 0; i < 10; ++i) {
    speaker.say(JobProgress{});
    EXPECT_EQ(need(subscriber.receive(milliseconds(20))), std::nullopt);
  }
}

}  // namespace
}  // namespace subtide
