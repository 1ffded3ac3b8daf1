#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "engine/events/bus_endpoint.h"
#include "engine/events/bus_socket.h"
#include "engine/events/event_filter.h"
#include "engine/events/sequence_watch.h"
#include "tests/engine/events/bus_bench.h"

namespace subtide {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using namespace testing_support;

ErrorCode code_of(const Status& status) {
  return status ? ErrorCode::kInternal : status.error().code;
}

TEST(BusEndpoint, RefusesAPathTooLongForASocket) {
  const auto endpoint = ipc_endpoint("/tmp/" + std::string(120, 'a'), "state");
  ASSERT_FALSE(endpoint);
  EXPECT_THAT(endpoint.error().message, HasSubstr("shorter folder"));
  EXPECT_EQ(need(ipc_endpoint("/run/subtide", "state")), "ipc:///run/subtide/state");
}

TEST(BusEndpoint, ListensWithKeysOnNearAddressesOnly) {
  const CurveListener keys{need(make_curve_keys()), {}};
  for (const char* fine : {"tcp://127.0.0.1:*", "tcp://10.1.2.3:5555", "tcp://192.168.0.9:1",
                           "tcp://172.31.0.1:1", "tcp://[::1]:5555", "tcp://[fd00::1]:5555"}) {
    EXPECT_TRUE(check_listen_endpoint(fine, keys)) << fine;
  }
  for (const char* wide : {"tcp://*:5555", "tcp://0.0.0.0:1", "tcp://8.8.8.8:1", "tcp://eth0:1",
                           "tcp://172.32.0.1:1", "tcp://[::]:1", "tcp://localhost:1", "tcp://",
                           "tcp://[2001:db8::1]:1", "tcp://127.0.0.1"}) {
    EXPECT_EQ(code_of(check_listen_endpoint(wide, keys)), ErrorCode::kDenied) << wide;
  }
}

TEST(BusEndpoint, RefusesTcpWithoutKeysAndKeysThatAreNone) {
  const CurveKeys good = need(make_curve_keys());
  EXPECT_EQ(code_of(check_listen_endpoint("tcp://127.0.0.1:*", std::nullopt)),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(code_of(check_connect_endpoint("tcp://127.0.0.1:1", std::nullopt)),
            ErrorCode::kInvalidArgument);
  for (const auto& keys :
       {CurveListener{{"short", good.secret_key}, {}}, CurveListener{{good.public_key, ""}, {}},
        CurveListener{good, {good.public_key, "friend"}}}) {
    const auto checked = check_listen_endpoint("tcp://127.0.0.1:*", keys);
    EXPECT_EQ(code_of(checked), ErrorCode::kInvalidArgument);
    EXPECT_THAT(checked.error().message, testing::Not(HasSubstr(good.secret_key)));
  }
  EXPECT_EQ(code_of(check_connect_endpoint("tcp://127.0.0.1:1", CurveClient{good, ""})),
            ErrorCode::kInvalidArgument);
  for (const char* odd : {"", "ipc://", "udp://1.2.3.4:5", "inproc://x"}) {
    EXPECT_EQ(code_of(check_connect_endpoint(odd, std::nullopt)), ErrorCode::kInvalidArgument);
    EXPECT_EQ(code_of(check_listen_endpoint(odd, std::nullopt)), ErrorCode::kInvalidArgument);
  }
}

TEST(BusEndpoint, MakesADifferentKeyPairEachTime) {
  const CurveKeys one = need(make_curve_keys());
  const CurveKeys two = need(make_curve_keys());
  EXPECT_EQ(one.public_key.size(), 40U);
  EXPECT_NE(one.public_key, two.public_key);
  EXPECT_NE(one.secret_key, two.secret_key);
}

TEST(BusSocket, CarriesFramesBothWays) {
  TemporaryFolder folder;
  const std::string endpoint = need(ipc_endpoint(folder / "bus", "state"));
  BusSocket server = need(BusSocket::listen(BusSocket::Kind::kRouter, endpoint, std::nullopt));
  BusSocket client = need(BusSocket::connect(BusSocket::Kind::kDealer, endpoint, std::nullopt));
  ASSERT_TRUE(client.send({"one", "", std::string(1000, '\0')}));
  auto asked = need(server.receive(milliseconds(1000)));
  ASSERT_TRUE(asked);
  ASSERT_EQ(asked->size(), 4U);
  EXPECT_EQ((*asked)[3], std::string(1000, '\0'));
  ASSERT_TRUE(server.send({(*asked)[0], "answer"}));
  EXPECT_THAT(need(client.receive(milliseconds(1000))), testing::Optional(ElementsAre("answer")));
  EXPECT_EQ(need(client.receive(milliseconds(0))), std::nullopt);
}

TEST(BusSocket, AFrameOverTheLimitDoesNotArrive) {
  TemporaryFolder folder;
  const std::string endpoint = need(ipc_endpoint(folder / "bus", "state"));
  BusSocket server = need(BusSocket::listen(BusSocket::Kind::kRouter, endpoint, std::nullopt));
  BusSocket client = need(BusSocket::connect(BusSocket::Kind::kDealer, endpoint, std::nullopt));
  ASSERT_TRUE(client.send({std::string(BusSocket::kLongestFrame + 1, 'x')}));
  EXPECT_EQ(need(server.receive(milliseconds(200))), std::nullopt);
}

TEST(BusSocket, AnInterruptEndsAWait) {
  TemporaryFolder folder;
  const std::string endpoint = need(ipc_endpoint(folder / "bus", "state"));
  BusSocket server = need(BusSocket::listen(BusSocket::Kind::kRouter, endpoint, std::nullopt));
  std::jthread waker([&] { server.interrupt(); });
  const auto heard = server.receive(std::chrono::minutes(1));
  ASSERT_FALSE(heard);
  EXPECT_EQ(heard.error().code, ErrorCode::kUnavailable);
}

TEST(BusSocket, SaysWhatIsWrongWithAnAddress) {
  const CurveListener keys{need(make_curve_keys()), {}};
  const auto socket = BusSocket::listen(BusSocket::Kind::kRouter, "tcp://127.0.0.1:banana", keys);
  ASSERT_FALSE(socket);
  EXPECT_EQ(socket.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(socket.error().message, HasSubstr("tcp://127.0.0.1:banana"));
  BusSocket first = need(BusSocket::listen(BusSocket::Kind::kRouter, "tcp://127.0.0.1:*", keys));
  const auto second = BusSocket::listen(BusSocket::Kind::kRouter, first.endpoint(), keys);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kAlreadyExists);
}

TEST(EventFilter, MatchesNamesByPattern) {
  EXPECT_TRUE(wanted({"cue.emitted"}).matches("cue.emitted"));
  EXPECT_FALSE(wanted({"cue.emitted"}).matches("cue.emitted.twice"));
  EXPECT_TRUE(wanted({"cue.*"}).matches("cue.emitted"));
  EXPECT_FALSE(wanted({"cue.*"}).matches("job.started"));
  EXPECT_TRUE(wanted({"*.failed"}).matches("job.failed"));
  EXPECT_FALSE(wanted({"*.failed"}).matches("job.failed_not"));
  EXPECT_TRUE(wanted({"*a*b*"}).matches("media.aabb.b"));
  EXPECT_TRUE(wanted({"job.completed*"}).matches("job.completed_degraded"));
  EXPECT_TRUE(wanted({"x.y", "*"}).matches("anything.at.all"));
}

TEST(EventFilter, SubscribesToWholeFamilies) {
  EXPECT_THAT(wanted({"cue.emitted", "cue.*", "job.started"}).prefixes(),
              ElementsAre("cue.", "job."));
  EXPECT_THAT(wanted({"*.failed"}).prefixes(), ElementsAre(""));
  EXPECT_THAT(wanted({"jo*"}).prefixes(), ElementsAre("jo"));
  EXPECT_TRUE(wanted({"job.started"}).covers("job.failed"));
  EXPECT_FALSE(wanted({"job.started"}).covers("jobs.failed"));
}

TEST(EventFilter, RefusesPatternsThatMatchNothing) {
  for (const auto& patterns :
       {std::vector<std::string>{}, {""}, {"Cue.*"}, {"cue/*"}, {"cue.*", "a b"}}) {
    const auto filter = EventFilter::create(patterns);
    ASSERT_FALSE(filter);
    EXPECT_EQ(filter.error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(SequenceWatch, SeesRepeatedAndMissingNumbers) {
  using Verdict = SequenceWatch::Verdict;
  SequenceWatch watch(SequenceWatch::FirstSeen::kAnyIsNext);
  EXPECT_EQ(watch.judge("a", "job", 5), Verdict::kNext);
  watch.advance("a", "job", 5);
  EXPECT_EQ(watch.judge("a", "job", 5), Verdict::kRepeated);
  EXPECT_EQ(watch.judge("a", "job", 6), Verdict::kNext);
  EXPECT_EQ(watch.judge("a", "job", 7), Verdict::kGap);
  EXPECT_EQ(watch.judge("a", "cue", 7), Verdict::kNext);
  EXPECT_EQ(watch.judge("b", "job", 7), Verdict::kNext);
  watch.advance("a", "job", 3);
  EXPECT_EQ(watch.last("a", "job"), 5U);
}

TEST(SequenceWatch, MayKnowThatEveryFamilyCountsFromOne) {
  using Verdict = SequenceWatch::Verdict;
  SequenceWatch watch(SequenceWatch::FirstSeen::kAnyIsNext);
  watch.set_first_seen(SequenceWatch::FirstSeen::kCountsFromOne);
  EXPECT_EQ(watch.judge("a", "job", 1), Verdict::kNext);
  EXPECT_EQ(watch.judge("a", "job", 2), Verdict::kGap);
  EXPECT_EQ(watch.last("a", "job"), 0U);
}

}  // namespace
}  // namespace subtide
