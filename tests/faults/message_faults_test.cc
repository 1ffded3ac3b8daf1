// F11: messages between the mediator and its workers come twice, in another order, or not at all.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "engine/work/link/socket.h"
#include "engine/work/store/effect_key.h"
#include "engine/work/store/shared_database.h"
#include "tests/engine/work/link/thread_worker.h"
#include "tests/support/shared_files.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using testing_support::request_for;
using testing_support::ThreadWorker;

bool is_long() { return std::getenv("SUBTIDE_LONG") != nullptr; }

/// Of what a ThreadWorker's model made of the work.
std::string kept_key(const std::string& work_key) {
  return effect_key(work_key, made_by(testing_support::fake_traits("fake:")).identity);
}

/// What the relay does to messages in either direction.
enum class Mischief { kNone, kDoubleAndSwap, kLoseAnnouncements };

using Sink = std::function<void(const BusSocket::Message&)>;

/// One direction of one worker's messages.
class Lane {
 public:
  /// Each message goes on twice, behind its successor.
  void double_and_swap(BusSocket::Message message, const Sink& sink) {
    if (!held_) {
      held_ = std::move(message);
      since_ = Clock::now();
      return;
    }
    for (int i = 0; i < 2; ++i) sink(message);
    flush(sink);
  }
  /// Nothing is held for long.
  void flush_old(const Sink& sink) {
    if (held_ && Clock::now() - since_ > 3ms) flush(sink);
  }

 private:
  void flush(const Sink& sink) {
    for (int i = 0; i < 2; ++i) sink(*held_);
    held_.reset();
  }

  std::optional<BusSocket::Message> held_;
  Clock::time_point since_;
};

/// Stands between workers and the mediator.
class Relay {
 public:
  Relay(std::string mediator, const std::string& endpoint, Mischief mischief)
      : mediator_(std::move(mediator)),
        mischief_(mischief),
        workers_(BusSocket::listen(BusSocket::Kind::kRouter, endpoint, std::nullopt).value()),
        thread_([this](const std::stop_token& stop) { carry(stop); }) {}

  const std::string& endpoint() const { return workers_.endpoint(); }
  int carried() const { return carried_; }
  int lost() const { return lost_; }

 private:
  struct Link {
    BusSocket socket;
    Lane up;
    Lane down;
  };

  void carry(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      if (auto message = workers_.receive(1ms); message && *message) take_up(std::move(**message));
      for (auto& [peer, link] : links_) {
        while (true) {
          auto message = link.socket.receive(0ms);
          if (!message || !*message) break;
          pass(link.down, std::move(**message), to_worker(peer));
        }
        link.up.flush_old(to_mediator(link));
        link.down.flush_old(to_worker(peer));
      }
    }
  }

  void take_up(BusSocket::Message message) {
    const std::string peer = message.front();
    message.erase(message.begin());
    auto found = links_.find(peer);
    if (found == links_.end()) {
      auto socket = BusSocket::connect(BusSocket::Kind::kDealer, mediator_, std::nullopt).value();
      found = links_.emplace(peer, Link{std::move(socket), {}, {}}).first;
    }
    pass(found->second.up, std::move(message), to_mediator(found->second));
  }

  void pass(Lane& lane, BusSocket::Message message, const Sink& sink) {
    ++carried_;
    if (mischief_ == Mischief::kDoubleAndSwap)
      return lane.double_and_swap(std::move(message), sink);
    const bool is_hint = mischief_ == Mischief::kLoseAnnouncements && message.front() == "work";
    lost_ += is_hint ? 1 : 0;
    if (!is_hint) sink(message);
  }

  static Sink to_mediator(Link& link) {
    return [&link](const BusSocket::Message& message) {
      static_cast<void>(link.socket.send(message));
    };
  }
  Sink to_worker(const std::string& peer) {
    return [this, peer](const BusSocket::Message& message) {
      BusSocket::Message addressed{peer};
      addressed.insert(addressed.end(), message.begin(), message.end());
      static_cast<void>(workers_.send(addressed));
    };
  }

  const std::string mediator_;
  const Mischief mischief_;
  BusSocket workers_;
  std::map<std::string, Link> links_;
  std::atomic<int> carried_ = 0;
  std::atomic<int> lost_ = 0;
  std::jthread thread_;
};

/// Counts what the mediator tells of each piece of work.
class Told final : public WorkListener {
 public:
  std::vector<LogRow> to_log(const work::EventHappened& event) override {
    const std::lock_guard lock(mutex_);
    if (event.kind == work::WorkEventKind::kTaskCompleted) ++completed_[event.task];
    return {};
  }
  void on_logged(std::span<const LogRow> /*rows*/) override {}
  void on_dead(const Task& task, const TaskProgress& progress) override {
    ADD_FAILURE() << task.payload << " was given up: " << progress.reason;
  }
  void on_kill(pid_t /*pid*/, const std::string& /*reason*/) override {}

  std::map<TaskId, int> completed() {
    const std::lock_guard lock(mutex_);
    return completed_;
  }

 private:
  std::mutex mutex_;
  std::map<TaskId, int> completed_;
};

class MessageFaults : public testing::Test {
 protected:
  void start(Mischief mischief) {
    const auto database = SharedDatabase::open(folder_ / "store").value();
    effects_ = std::make_shared<EffectStore>(EffectStore::create(database).value());
    MediatorOptions options;
    options.endpoint = "ipc://" + (folder_ / "work").string();
    options.listener = told_;
    options.effects = effects_;
    mediator_ = Mediator::start(std::move(options)).value();
    mediator_->open_job("job");
    relay_ = std::make_unique<Relay>(mediator_->endpoint(), "ipc://" + (folder_ / "relay").string(),
                                     mischief);
  }

  const TemporaryFolder folder_;
  const std::shared_ptr<Told> told_ = std::make_shared<Told>();
  std::shared_ptr<EffectStore> effects_;
  std::unique_ptr<Mediator> mediator_;
  std::unique_ptr<Relay> relay_;
};

TEST_F(MessageFaults, DoubledAndSwappedMessagesGiveOneAcceptedResultForEachPieceOfWork) {
  const int count = is_long() ? 20'000 : 400;
  start(Mischief::kDoubleAndSwap);
  std::atomic<int> runs = 0;
  // Each run's result tells which it was: were two accepted, it would show.
  const auto work = [&](const LaneWork& lease) {
    const int run = ++runs;
    std::this_thread::sleep_for(1ms);
    return Result<std::string>("did " + lease.lease.payload + " in run " + std::to_string(run));
  };
  std::vector<std::unique_ptr<ThreadWorker>> workers;
  for (const char* name : {"a", "b", "c"}) {
    workers.push_back(std::make_unique<ThreadWorker>(relay_->endpoint(), name, work,
                                                     testing_support::ThreadWorkerOptions{2}));
  }
  constexpr int kCallers = 16;
  std::vector<std::future<std::vector<std::string>>> callers;
  for (int caller = 0; caller < kCallers; ++caller) {
    callers.push_back(std::async(std::launch::async, [&, caller] {
      std::vector<std::string> results;
      for (int i = caller; i < count; i += kCallers) {
        results.push_back(mediator_->run(request_for(std::to_string(i)), {}).value().json);
      }
      return results;
    }));
  }
  int answered = 0;
  for (int caller = 0; caller < kCallers; ++caller) {
    int i = caller;
    for (const std::string& result : callers[static_cast<std::size_t>(caller)].get()) {
      const std::string begin = "did " + std::to_string(i) + " in run ";
      EXPECT_EQ(result.substr(0, begin.size()), begin);
      const auto kept = effects_->find(kept_key("key-" + std::to_string(i)));
      ASSERT_TRUE(kept && *kept) << i;
      EXPECT_EQ((*kept)->json.substr(0, begin.size()), begin);
      ++answered;
      i += kCallers;
    }
  }
  EXPECT_EQ(answered, count);
  const auto completed = told_->completed();
  EXPECT_EQ(completed.size(), static_cast<std::size_t>(count));
  for (const auto& [task, times] : completed) EXPECT_EQ(times, 1) << "task " << task;
  EXPECT_EQ(effects_->totals()->count, static_cast<std::uint64_t>(count));
  std::printf("%d messages, each twice and swapped: %d tasks, %d runs, one result each\n",
              relay_->carried(), count, runs.load());
}

/// The hint is always lost: workers ask on their own.
TEST_F(MessageFaults, WithoutAnyHintWorkWaitsASecondAtMost) {
  const int count = is_long() ? 100 : 8;
  start(Mischief::kLoseAnnouncements);
  const ThreadWorker worker(relay_->endpoint(), "a", testing_support::echo,
                            {.claim_pause = WorkerLinkOptions().claim_pause});
  ASSERT_TRUE(mediator_->traits_of("transcribe", "fake:", 20s, {}));
  std::vector<Clock::duration> waits;
  for (int i = 0; i < count; ++i) {
    // Not right after a result, when the worker claims anyway.
    std::this_thread::sleep_for(std::chrono::milliseconds(30 + 17 * (i % 10)));
    const auto asked = Clock::now();
    EXPECT_EQ(mediator_->run(request_for(std::to_string(i)), {}).value().json,
              "did " + std::to_string(i));
    waits.push_back(Clock::now() - asked);
  }
  const double longest = std::chrono::duration<double>(*std::ranges::max_element(waits)).count();
  EXPECT_GT(relay_->lost(), 0);
  EXPECT_LT(longest, 5.0);
  std::printf("%d hints lost, longest wait for work %.2f s\n", relay_->lost(), longest);
}

TEST_F(MessageFaults, TheRelayItselfChangesNothing) {
  start(Mischief::kNone);
  const ThreadWorker worker(relay_->endpoint(), "a", testing_support::echo);
  EXPECT_EQ(mediator_->run(request_for("x"), {}).value().json, "did x");
  EXPECT_EQ(relay_->lost(), 0);
}

}  // namespace
}  // namespace subtide
