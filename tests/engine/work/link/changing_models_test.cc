// A mediator whose workers change their model, and one that is to stop.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <mutex>

#include "engine/work/store/effect_key.h"
#include "engine/work/store/shared_database.h"
#include "tests/engine/work/link/thread_worker.h"
#include "tests/support/shared_files.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing_support::echo;
using testing_support::fake_traits;
using testing_support::request_for;
using testing_support::ThreadWorker;

/// Writes down what became of models and leases.
class Told : public WorkListener {
 public:
  std::vector<LogRow> to_log(const work::EventHappened& event) override {
    const std::lock_guard lock(mutex_);
    if (event.kind == work::WorkEventKind::kTaskCompleted) {
      lines_.push_back(event.effect_key + " by " + event.model);
    } else if (event.kind == work::WorkEventKind::kLeaseExpired) {
      lines_.push_back("expired: " + event.reason);
    }
    return {};
  }
  std::vector<LogRow> to_log_of_model(const ModelHappened& event) override {
    const std::lock_guard lock(mutex_);
    if (event.news.what == wire::ModelNews::What::kUnloaded) {
      lines_.push_back(event.worker + " unloaded " + event.news.model.spec);
      unloaded_.set_value();
    }
    return {};
  }
  void on_logged(std::span<const LogRow>) override {}
  void on_dead(const Task&, const TaskProgress&) override {}
  void on_kill(pid_t, const std::string&) override {}

  std::vector<std::string> lines() {
    const std::lock_guard lock(mutex_);
    return lines_;
  }
  void wait_for_unload() { unloaded_.get_future().wait(); }

 private:
  std::mutex mutex_;
  std::vector<std::string> lines_;
  std::promise<void> unloaded_;
};

/// Holds work up until it is let go.
class Gate {
 public:
  Result<std::string> pass(const LaneWork& work) {
    begun_.set_value();
    open_.get_future().wait_for(60s);
    return "did " + work.lease.payload;
  }
  void wait_until_begun() { begun_.get_future().wait(); }
  void open() { open_.set_value(); }

 private:
  std::promise<void> begun_;
  std::promise<void> open_;
};

class ChangingModels : public testing::Test {
 protected:
  ChangingModels() {
    effects_ = std::make_shared<EffectStore>(
        EffectStore::create(SharedDatabase::open(folder_ / "store").value()).value());
    MediatorOptions options;
    options.endpoint = "ipc://" + (folder_ / "work").string();
    options.listener = told_;
    options.effects = effects_;
    options.stop = stop_.get_token();
    mediator_ = Mediator::start(std::move(options)).value();
    mediator_->open_job("job");
  }

  std::future<Result<WorkResult>> ask(const std::string& payload, std::stop_token stop = {}) const {
    return std::async(std::launch::async, [this, payload, stop = std::move(stop)] {
      return mediator_->run(request_for(payload), stop);
    });
  }
  std::string kept(const std::string& payload, const std::string& spec) const {
    const auto key = effect_key("key-" + payload, made_by(fake_traits(spec)).identity);
    const auto found = effects_->find(key);
    return found && *found ? (*found)->json + " by " + (*found)->model : "";
  }

  const TemporaryFolder folder_;
  std::shared_ptr<EffectStore> effects_;
  const std::shared_ptr<Told> told_ = std::make_shared<Told>();
  std::stop_source stop_;
  std::unique_ptr<Mediator> mediator_;
};

TEST_F(ChangingModels, OldLeasesFinishOnTheOldModelAndNewOnesGoToTheNew) {
  Gate gate;
  const auto models = std::make_shared<WorkerModels>([&](const std::string& spec) {
    LaneFunction work = echo;
    if (spec == "old") work = [&](const LaneWork& lease) { return gate.pass(lease); };
    return Result<StageModel>(StageModel{fake_traits(spec), {"fake:"}, std::move(work)});
  });
  ASSERT_TRUE(models->load("old"));
  const ThreadWorker worker(mediator_->endpoint(), "a", models, {.lanes = 2});
  auto first = ask("first");
  gate.wait_until_begun();
  ASSERT_TRUE(models->load("new"));
  const auto second = ask("second").get();
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(second->model.spec, "new");
  EXPECT_THAT(mediator_->models_of("transcribe", "fake:"), SizeIs(1)) << "no new lease for the old";
  gate.open();
  const auto finished = first.get();
  ASSERT_TRUE(finished) << finished.error().message;
  EXPECT_EQ(finished->model.spec, "old");
  told_->wait_for_unload();
  EXPECT_EQ(kept("first", "old"), "did first by old");
  EXPECT_EQ(kept("first", "new"), "") << "an effect under the key of another model";
  EXPECT_EQ(kept("second", "new"), "did second by new");
  const auto key = effect_key("key-second", made_by(fake_traits("new")).identity);
  EXPECT_THAT(told_->lines(), testing::Contains(key + " by new"));
  EXPECT_THAT(told_->lines(), testing::Contains("a unloaded old"));
}

TEST_F(ChangingModels, AWorkerSaysHelloBeforeItsModelIsLoaded) {
  const auto models = std::make_shared<WorkerModels>([](const std::string& spec) {
    return Result<StageModel>(StageModel{fake_traits(spec), {"fake:"}, echo});
  });
  const ThreadWorker worker(mediator_->endpoint(), "a", models);
  auto answer = ask("x");
  while (mediator_->counts().workers == 0) std::this_thread::yield();
  EXPECT_FALSE(mediator_->traits_of("transcribe", "fake:", 1ms, {}));
  EXPECT_EQ(mediator_->counts().leased, 0U);
  ASSERT_TRUE(models->load("late"));
  EXPECT_EQ(answer.get().value().model.spec, "late");
}

TEST_F(ChangingModels, AStoppedEngineLetsLeasesFinishAndGivesOutNoOthers) {
  Gate gate;
  const ThreadWorker worker(mediator_->endpoint(), "a",
                            [&](const LaneWork& lease) { return gate.pass(lease); });
  auto leased = ask("leased", stop_.get_token());
  gate.wait_until_begun();
  auto waiting = ask("waiting", stop_.get_token());
  stop_.request_stop();
  EXPECT_EQ(leased.get().error().message, "stopped");
  EXPECT_EQ(waiting.get().error().message, "stopped");
  auto drained = std::async(std::launch::async, [&] { return mediator_->drain(60s); });
  gate.open();
  EXPECT_EQ(drained.get(), 0U);
  EXPECT_EQ(mediator_->counts().tasks, 0U);
  mediator_.reset();  // the store is written beside it
  EXPECT_EQ(kept("leased", "fake:"), "did leased by fake:");
  EXPECT_EQ(kept("waiting", "fake:"), "");
}

TEST_F(ChangingModels, WhatTakesTooLongWhenTheEngineStopsIsGivenBack) {
  Gate gate;
  const ThreadWorker worker(mediator_->endpoint(), "a",
                            [&](const LaneWork& lease) { return gate.pass(lease); });
  auto leased = ask("leased", stop_.get_token());
  gate.wait_until_begun();
  stop_.request_stop();
  EXPECT_FALSE(leased.get());
  EXPECT_EQ(mediator_->drain(10ms), 1U);
  EXPECT_EQ(mediator_->counts().tasks, 0U);
  EXPECT_THAT(told_->lines(), ElementsAre("expired: stopped"));
  gate.open();
}

TEST_F(ChangingModels, AWorkerThatIsToStopFinishesWhatItHas) {
  Gate gate;
  ThreadWorker worker(mediator_->endpoint(), "a",
                      [&](const LaneWork& lease) { return gate.pass(lease); }, {.drain = 60s});
  auto answer = ask("x");
  gate.wait_until_begun();
  auto stopped = std::async(std::launch::async, [&] { worker.stop(); });
  EXPECT_EQ(stopped.wait_for(20ms), std::future_status::timeout);
  gate.open();
  EXPECT_EQ(answer.get().value().json, "did x");
  stopped.get();
}

}  // namespace
}  // namespace subtide
