#include "engine/work/link/mediator.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <mutex>
#include <thread>

#include "engine/work/store/effect_key.h"
#include "engine/work/store/shared_database.h"
#include "tests/engine/work/link/thread_worker.h"
#include "tests/support/shared_files.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing_support::echo;
using testing_support::request_for;
using Worker = testing_support::ThreadWorker;

/// Writes down what the mediator tells.
class Told : public WorkListener {
 public:
  std::vector<LogRow> to_log(const work::EventHappened& event) override {
    const std::lock_guard lock(mutex_);
    events_.emplace_back(to_string(event.kind));
    return {};
  }
  void on_logged(std::span<const LogRow>) override {}
  void on_dead(const Task& task, const TaskProgress& progress) override {
    const std::lock_guard lock(mutex_);
    dead_.push_back(task.payload + ": " + progress.reason);
  }
  void on_kill(pid_t, const std::string&) override {}

  std::vector<std::string> dead() {
    const std::lock_guard lock(mutex_);
    return dead_;
  }
  std::ptrdiff_t count(const std::string& event) {
    const std::lock_guard lock(mutex_);
    return std::ranges::count(events_, event);
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> events_;
  std::vector<std::string> dead_;
};

class MediatorTest : public testing::Test {
 protected:
  std::unique_ptr<Mediator> start(std::shared_ptr<EffectStore> effects = nullptr) const {
    MediatorOptions options;
    options.endpoint = "ipc://" + (folder_ / "work").string();
    options.listener = told_;
    options.effects = std::move(effects);
    options.limits.back_off = {1ms, 1ms, 1ms, 1ms};
    options.check = [](const std::string&, const std::string& result) {
      return result == "garbage" ? Status(make_error(ErrorCode::kBadInput, "garbage")) : ok();
    };
    auto mediator = Mediator::start(std::move(options));
    EXPECT_TRUE(mediator) << mediator.error().message;
    (*mediator)->open_job("job");
    return std::move(*mediator);
  }

  const TemporaryFolder folder_;
  const std::shared_ptr<Told> told_ = std::make_shared<Told>();
};

TEST_F(MediatorTest, SpreadsWorkOverWorkersAndBringsBackEachResult) {
  const auto mediator = start();
  std::atomic<int> first = 0;
  std::atomic<int> second = 0;
  const auto count = [](std::atomic<int>& counter) {
    return [&counter](const LaneWork& work) {
      ++counter;
      std::this_thread::sleep_for(1ms);
      return echo(work);
    };
  };
  const Worker a(mediator->endpoint(), "a", count(first), {.lanes = 2});
  const Worker b(mediator->endpoint(), "b", count(second), {.lanes = 2});
  std::vector<std::future<Result<WorkResult>>> answers;
  for (int i = 0; i < 200; ++i) {
    answers.push_back(std::async(std::launch::async, [&mediator, i] {
      return mediator->run(request_for(std::to_string(i)), {});
    }));
  }
  for (int i = 0; i < 200; ++i)
    EXPECT_EQ(answers[static_cast<std::size_t>(i)].get().value().json, "did " + std::to_string(i));
  EXPECT_EQ(first + second, 200);
  EXPECT_GT(first, 0);
  EXPECT_GT(second, 0);
  EXPECT_EQ(told_->count("task.completed"), 200);
}

TEST_F(MediatorTest, TellsTheModelOfTheFirstWorker) {
  const auto mediator = start();
  EXPECT_FALSE(mediator->traits_of("transcribe", "fake:", 1ms, {}));
  const Worker worker(mediator->endpoint(), "a", echo);
  const auto traits = mediator->traits_of("transcribe", "fake:", 10s, {});
  ASSERT_TRUE(traits) << traits.error().message;
  EXPECT_EQ(traits->spec, "fake:");
}

TEST_F(MediatorTest, AResultIsKeptUnderTheKeyOfTheModelThatMadeIt) {
  const auto database = SharedDatabase::open(folder_ / "store");
  ASSERT_TRUE(database) << database.error().message;
  const auto effects = std::make_shared<EffectStore>(EffectStore::create(*database).value());
  const auto mediator = start(effects);
  const Worker worker(mediator->endpoint(), "a", echo);
  const auto result = mediator->run(request_for("x"), {});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->model.spec, "fake:");
  const auto kept = effects->find(effect_key("key-x", result->model.identity));
  ASSERT_TRUE(kept && *kept);
  EXPECT_EQ((*kept)->json, "did x");
  EXPECT_EQ((*kept)->model, "fake:");
  EXPECT_EQ(mediator->models_of("transcribe", "fake:").size(), 1U);
  EXPECT_EQ(told_->count("task.completed"), 1);
}

TEST_F(MediatorTest, TriesAgainWhatMayGoBetter) {
  const auto mediator = start();
  std::atomic<int> tries = 0;
  const Worker worker(mediator->endpoint(), "a", [&](const LaneWork& work) -> Result<std::string> {
    if (++tries < 3) return make_error(ErrorCode::kInternal, "hiccup");
    return echo(work);
  });
  EXPECT_EQ(mediator->run(request_for("x"), {}).value().json, "did x");
  EXPECT_EQ(tries, 3);
  EXPECT_THAT(told_->dead(), IsEmpty());
}

TEST_F(MediatorTest, DoesNotTryAgainWhatIsUseless) {
  const auto mediator = start();
  std::atomic<int> tries = 0;
  const Worker worker(mediator->endpoint(), "a", [&](const LaneWork&) -> Result<std::string> {
    ++tries;
    return make_error(ErrorCode::kUnsupported, "no such language");
  });
  const auto result = mediator->run(request_for("x"), {});
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, HasSubstr("no such language"));
  EXPECT_EQ(tries, 1);
  EXPECT_THAT(told_->dead(), SizeIs(1));
}

TEST_F(MediatorTest, GarbageIsNoResultAndEndsAsADeadLetter) {
  const auto mediator = start();
  const Worker worker(mediator->endpoint(), "a",
                      [](const LaneWork&) -> Result<std::string> { return "garbage"; });
  const auto result = mediator->run(request_for("x"), {});
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, HasSubstr("after 4 attempts: bad_result"));
  EXPECT_THAT(told_->dead(), SizeIs(1));
  EXPECT_EQ(told_->dead()[0], "x: bad_result");
}

TEST_F(MediatorTest, AWorkerThatLeavesGivesItsWorkToTheNext) {
  const auto mediator = start();
  std::promise<void> begun;
  Worker first(mediator->endpoint(), "a", [&](const LaneWork& work) -> Result<std::string> {
    begun.set_value();
    while (!work.stop.stop_requested()) std::this_thread::sleep_for(1ms);
    return make_error(ErrorCode::kUnavailable, "stopped");
  });
  auto answer =
      std::async(std::launch::async, [&one = *mediator] { return one.run(request_for("x"), {}); });
  begun.get_future().wait();
  first.stop();
  const Worker second(mediator->endpoint(), "b", echo);
  EXPECT_EQ(answer.get().value().json, "did x");
}

TEST_F(MediatorTest, AStoppedCallEndsAtOnceAndItsWorkIsRevoked) {
  const auto mediator = start();
  std::promise<void> begun;
  std::promise<void> revoked;
  const Worker worker(mediator->endpoint(), "a", [&](const LaneWork& work) -> Result<std::string> {
    begun.set_value();
    while (!work.stop.stop_requested()) std::this_thread::sleep_for(1ms);
    revoked.set_value();
    return make_error(ErrorCode::kUnavailable, "stopped");
  });
  std::stop_source stop;
  auto answer = std::async(std::launch::async,
                           [&] { return mediator->run(request_for("x"), stop.get_token()); });
  begun.get_future().wait();
  stop.request_stop();
  EXPECT_EQ(answer.get().error().message, "stopped");
  EXPECT_EQ(revoked.get_future().wait_for(10s), std::future_status::ready);
}

TEST_F(MediatorTest, ASecondWorkerOfTheSameNameIsSentAway) {
  const auto mediator = start();
  std::atomic<int> seconds = 0;
  const Worker first(mediator->endpoint(), "a", echo);
  ASSERT_EQ(mediator->run(request_for("1"), {}).value().json, "did 1");
  const Worker second(mediator->endpoint(), "a", [&seconds](const LaneWork& work) {
    ++seconds;
    return echo(work);
  });
  for (int i = 2; i <= 30; ++i) {
    EXPECT_EQ(mediator->run(request_for(std::to_string(i)), {}).value().json,
              fmt::format("did {}", i));
    std::this_thread::sleep_for(2ms);
  }
  EXPECT_EQ(seconds, 0);
}

class FullStoreTest : public MediatorTest {
 protected:
  std::unique_ptr<Mediator> start_over_full_store(std::chrono::seconds patience) {
    MediatorOptions options;
    options.endpoint = "ipc://" + (folder_ / "work").string();
    options.listener = told_;
    store_ = std::make_shared<RunStore>(RunStore::open(folder_.path()).value());
    EXPECT_TRUE(store_->limit_pages(1));
    options.store = store_;
    options.store_patience = patience;
    options.on_store_lost = [this](const Error& error) { lost_.set_value(error); };
    auto mediator = Mediator::start(std::move(options));
    EXPECT_TRUE(mediator) << mediator.error().message;
    (*mediator)->open_job("job");
    return std::move(*mediator);
  }

  /// Too large for what is left of the pages there are.
  static WorkRequest large(const std::string& name) {
    WorkRequest made = request_for(name);
    made.payload = name + std::string(100'000, 'x');
    return made;
  }

  std::shared_ptr<RunStore> store_;
  std::promise<Error> lost_;
};

TEST_F(FullStoreTest, WorkGoesOnInMemoryAndIsKeptOnceThereIsRoom) {
  auto mediator = start_over_full_store(60s);
  const Worker worker(mediator->endpoint(), "a", [](const LaneWork&) { return "done"; });
  EXPECT_EQ(mediator->run(large("1"), {}).value().json, "done");
  EXPECT_TRUE(store_->load()->tasks.empty()) << "the disk was not full";
  EXPECT_TRUE(store_->limit_pages(1'000'000));
  EXPECT_EQ(mediator->run(large("2"), {}).value().json, "done");
  const auto work = store_->load();
  ASSERT_THAT(work->tasks, SizeIs(2));
  EXPECT_EQ(work->tasks[0].progress.state, TaskState::kDone);
  mediator->close_job("job", true);
  EXPECT_THAT(store_->load()->jobs, IsEmpty()) << "its end is kept when close_job() answers";
}

TEST_F(FullStoreTest, AStoreThatStaysFullIsTold) {
  const auto mediator = start_over_full_store(0s);
  const Worker worker(mediator->endpoint(), "a", [](const LaneWork&) { return "done"; });
  EXPECT_EQ(mediator->run(large("1"), {}).value().json, "done");
  auto lost = lost_.get_future();
  ASSERT_EQ(lost.wait_for(30s), std::future_status::ready);
  EXPECT_EQ(lost.get().code, ErrorCode::kNoSpace);
}

TEST_F(MediatorTest, GoingAwayAnswersEverybody) {
  auto mediator = start();
  auto answer =
      std::async(std::launch::async, [&one = *mediator] { return one.run(request_for("x"), {}); });
  EXPECT_EQ(answer.wait_for(20ms), std::future_status::timeout) << "nobody works for it";
  mediator.reset();
  EXPECT_THAT(answer.get().error().message, HasSubstr("stopping"));
}

}  // namespace
}  // namespace subtide
