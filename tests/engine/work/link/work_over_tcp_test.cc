// Workers on another machine: TCP with CURVE keys, and who is let in.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "engine/work/link/socket.h"
#include "tests/engine/work/link/thread_worker.h"
#include "tests/support/shared_files.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::SizeIs;
using testing_support::echo;
using testing_support::request_for;
using testing_support::ThreadWorker;

/// A mediator on loopback that lets in one worker's key.
class WorkOverTcp : public testing::Test {
 protected:
  WorkOverTcp() {
    MediatorOptions options;
    options.endpoint = "tcp://127.0.0.1:*";
    options.keys = CurveListener{server_, {friend_.public_key}};
    mediator_ = Mediator::start(std::move(options)).value();
    mediator_->open_job("job");
  }
  CurveClient client(const CurveKeys& own) const { return {own, server_.public_key}; }

  const CurveKeys server_ = make_curve_keys().value();
  const CurveKeys friend_ = make_curve_keys().value();
  std::unique_ptr<Mediator> mediator_;
};

TEST_F(WorkOverTcp, AWorkerWithAnAllowedKeyJoinsAndWorks) {
  const ThreadWorker worker(mediator_->endpoint(), "far", echo, {.keys = client(friend_)});
  const auto traits = mediator_->traits_of("transcribe", "fake:", 20s, {});
  ASSERT_TRUE(traits) << traits.error().message;
  EXPECT_EQ(mediator_->run(request_for("x"), {}).value().json, "did x");
}

TEST_F(WorkOverTcp, AWorkerWhoseKeyIsNotOnTheListIsRefused) {
  const ThreadWorker stranger(mediator_->endpoint(), "stranger", echo,
                              {.keys = client(make_curve_keys().value())});
  const auto traits = mediator_->traits_of("transcribe", "fake:", 300ms, {});
  ASSERT_FALSE(traits) << "somebody came in";
  std::stop_source stop;
  auto answer = std::async(std::launch::async,
                           [&] { return mediator_->run(request_for("x"), stop.get_token()); });
  EXPECT_EQ(answer.wait_for(300ms), std::future_status::timeout) << "the stranger got work";
  const ThreadWorker worker(mediator_->endpoint(), "far", echo, {.keys = client(friend_)});
  EXPECT_EQ(answer.get().value().json, "did x");
}

TEST_F(WorkOverTcp, AWorkerThatExpectsAnotherServerGetsNoWork) {
  const ThreadWorker fooled(mediator_->endpoint(), "fooled", echo,
                            {.keys = CurveClient{friend_, make_curve_keys()->public_key}});
  EXPECT_FALSE(mediator_->traits_of("transcribe", "fake:", 300ms, {}));
}

std::string refusal(const std::string& endpoint, const std::optional<CurveListener>& keys) {
  const auto socket = WireSocket::listen(endpoint, keys);
  return socket ? "" : socket.error().message;
}

TEST(WorkEndpoint, PlainTcpIsRefusedWithTheWayOut) {
  for (const char* endpoint : {"tcp://192.0.2.7:7400", "tcp://0.0.0.0:7400", "tcp://127.0.0.1:*"}) {
    EXPECT_THAT(refusal(endpoint, std::nullopt), HasSubstr("give keys, or use ipc://")) << endpoint;
  }
  const auto worker = WireSocket::connect("tcp://192.0.2.7:7400");
  ASSERT_FALSE(worker);
  EXPECT_EQ(worker.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(worker.error().message, HasSubstr("give keys, or use ipc://"));
}

TEST(WorkEndpoint, EvenWithKeysOnlyNearAddressesAreListenedOn) {
  const CurveListener keys{make_curve_keys().value(), {}};
  EXPECT_THAT(refusal("tcp://192.0.2.7:7400", keys), HasSubstr("private addresses only"));
  EXPECT_THAT(refusal("tcp://0.0.0.0:7400", keys), HasSubstr("private addresses only"));
  EXPECT_EQ(refusal("tcp://127.0.0.1:*", keys), "");
}

TEST(WorkEndpoint, AFolderThatOthersMayEnterIsRefused) {
  TemporaryFolder folder;
  std::filesystem::create_directory(folder / "open");
  std::filesystem::permissions(folder / "open", std::filesystem::perms::all);
  EXPECT_THAT(refusal("ipc://" + (folder / "open/work").string(), std::nullopt),
              HasSubstr("chmod 700"));
}

TEST(WireSocket, SaysWhoSentWhatAndThatAPeerIsNotThere) {
  TemporaryFolder folder;
  const std::string endpoint = "ipc://" + (folder / "work").string();
  const auto mediator = WireSocket::listen(endpoint).value();
  const auto worker = WireSocket::connect(endpoint).value();
  EXPECT_TRUE(worker->send(wire::Claim{2}));
  const auto arrived = mediator->wait(10s);
  ASSERT_THAT(arrived, SizeIs(1));
  ASSERT_TRUE(arrived[0].message);
  EXPECT_EQ(std::get<wire::Claim>(*arrived[0].message).count, 2);
  EXPECT_TRUE(mediator->send(arrived[0].peer, wire::HelloWanted{}));
  EXPECT_THAT(worker->wait(10s), SizeIs(1));
  EXPECT_FALSE(mediator->send("nobody", wire::HelloWanted{}));
}

TEST(WireSocket, TheBellEndsAWaitOnce) {
  TemporaryFolder folder;
  const auto socket = WireSocket::listen("ipc://" + (folder / "work").string()).value();
  std::jthread ringer([&] { socket->ring(); });
  EXPECT_THAT(socket->wait(60s), SizeIs(0));
  ringer.join();
  const auto before = std::chrono::steady_clock::now();
  socket->wait(20ms);
  EXPECT_GE(std::chrono::steady_clock::now() - before, 19ms) << "the bell still rings";
}

TEST(WireSocket, RefusesFramesThatAreNoMessage) {
  TemporaryFolder folder;
  const std::string endpoint = "ipc://" + (folder / "work").string();
  const auto mediator = WireSocket::listen(endpoint).value();
  auto liar = BusSocket::connect(BusSocket::Kind::kDealer, endpoint, std::nullopt).value();
  ASSERT_TRUE(liar.send({"claim"}));
  const auto arrived = mediator->wait(10s);
  ASSERT_THAT(arrived, SizeIs(1));
  EXPECT_THAT(arrived[0].message.error().message, HasSubstr("1 frames"));
}

}  // namespace
}  // namespace subtide
