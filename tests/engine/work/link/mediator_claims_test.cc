#include <gtest/gtest.h>

#include <future>
#include <vector>

#include "engine/work/link/socket.h"
#include "tests/engine/work/link/thread_worker.h"
#include "tests/support/shared_files.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;
using testing_support::request_for;

/// The next message of this kind; other kinds are passed over.
template <typename Kind>
std::optional<Kind> next(WireSocket& socket) {
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  while (std::chrono::steady_clock::now() < deadline) {
    for (WireArrival& arrival : socket.wait(100ms)) {
      if (!arrival.message) continue;
      if (auto* found = std::get_if<Kind>(&*arrival.message)) return std::move(*found);
    }
  }
  return std::nullopt;
}

/// A worker says that it is done and claims in one breath; nothing else makes it claim again soon.
TEST(MediatorClaims, AResultMakesRoomForTheClaimThatCameWithIt) {
  constexpr int kTasks = 100;
  const TemporaryFolder folder;
  MediatorOptions options;
  options.endpoint = "ipc://" + (folder / "work").string();
  const auto mediator = Mediator::start(std::move(options)).value();
  mediator->open_job("job");
  const auto worker = WireSocket::connect(mediator->endpoint()).value();
  wire::Hello hello{"worker", "transcribe", {"fake:"}, {}, 1, 0, 0};
  hello.traits.spec = "fake:";
  worker->send(hello);
  std::vector<std::future<Result<WorkResult>>> answers;
  for (int i = 0; i < kTasks; ++i) {
    answers.push_back(std::async(std::launch::async, [&mediator, i] {
      return mediator->run(request_for(std::to_string(i)), {});
    }));
  }
  ASSERT_TRUE(next<wire::Announcement>(*worker));
  worker->send(wire::Claim{1});
  for (int i = 0; i < kTasks; ++i) {
    const auto lease = next<wire::Offer>(*worker);
    ASSERT_TRUE(lease) << "no lease after " << i;
    worker->send(wire::Answer{lease->task, lease->generation, "did " + lease->payload, {}});
    worker->send(wire::Claim{1});
  }
  for (int i = 0; i < kTasks; ++i) {
    EXPECT_EQ(answers[static_cast<std::size_t>(i)].get().value().json, "did " + std::to_string(i));
  }
}

}  // namespace
}  // namespace subtide
