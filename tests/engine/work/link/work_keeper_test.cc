#include "engine/work/link/work_keeper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "engine/work/store/shared_database.h"
#include "tests/engine/work/store/store_testing.h"
#include "tests/support/shared_files.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

/// A keeper with both stores, and what it says.
class WorkKeeperTest : public testing::Test {
 protected:
  void start(std::chrono::milliseconds patience = 30s) {
    store_ = std::make_shared<RunStore>(RunStore::open(folder_.path()).value());
    const auto database = SharedDatabase::open(folder_ / "store").value();
    effects_ = std::make_shared<EffectStore>(EffectStore::create(database).value());
    KeeperOptions options;
    options.store = store_;
    options.effects = effects_;
    options.patience = patience;
    options.on_logged = [this](const std::vector<LogRow>& rows) {
      const std::lock_guard lock(mutex_);
      for (const LogRow& row : rows) logged_.push_back(row.sequence);
    };
    options.on_store_lost = [this](const Error&) { lost_ = true; };
    keeper_ = std::make_unique<WorkKeeper>(std::move(options));
  }
  std::vector<std::uint64_t> logged() {
    const std::lock_guard lock(mutex_);
    return logged_;
  }
  static WorkTurn turn_with_event(std::uint64_t sequence) {
    WorkTurn turn;
    turn.batch.events.push_back(make_event(sequence, "job.started"));
    return turn;
  }
  static WorkTurn large_turn(const std::string& job) {
    WorkTurn turn;
    turn.batch.jobs.push_back(make_job(job));
    turn.batch.jobs.back().request = std::string(1 << 20, 'x');
    return turn;
  }
  void keep_and_wait(WorkTurn turn) {
    std::promise<void> kept;
    keeper_->keep(std::move(turn), [&] { kept.set_value(); });
    ASSERT_EQ(kept.get_future().wait_for(60s), std::future_status::ready);
  }

  const TemporaryFolder folder_;
  std::shared_ptr<RunStore> store_;
  std::shared_ptr<EffectStore> effects_;
  std::mutex mutex_;
  std::vector<std::uint64_t> logged_;
  std::atomic<bool> lost_ = false;
  std::unique_ptr<WorkKeeper> keeper_;
};

TEST_F(WorkKeeperTest, KeepsEffectsAndBatchesAndSaysSo) {
  start();
  WorkTurn turn = turn_with_event(1);
  turn.effects.push_back(make_effect(7));
  turn.batch.jobs.push_back(make_job("job"));
  keep_and_wait(std::move(turn));
  EXPECT_EQ(store_->last_event(), 1U);
  EXPECT_EQ(store_->load()->jobs.size(), 1U);
  EXPECT_TRUE((*effects_->find(key_of(7))).has_value());
  EXPECT_THAT(logged(), ElementsAre(1));
}

TEST_F(WorkKeeperTest, KeepsTurnsInOrderAndTheLastOnesBeforeItEnds) {
  start();
  std::atomic<int> told = 0;
  std::vector<std::uint64_t> expected;
  for (std::uint64_t i = 1; i <= 200; ++i) {
    keeper_->keep(turn_with_event(i), [&] { ++told; });
    expected.push_back(i);
  }
  keeper_->finish();
  EXPECT_EQ(told, 200);
  EXPECT_EQ(logged(), expected);
  EXPECT_EQ(store_->last_event(), 200U);
  keeper_->keep(turn_with_event(201), [&] { ++told; });
  EXPECT_EQ(told, 201) << "after its end it keeps at once";
  EXPECT_EQ(store_->last_event(), 201U);
}

TEST_F(WorkKeeperTest, AFullDiskIsWaitedForInMemory) {
  start();
  ASSERT_TRUE(store_->limit_pages(60));
  keep_and_wait(large_turn("large"));
  keep_and_wait(turn_with_event(1));
  EXPECT_EQ(store_->last_event(), 0U);
  EXPECT_TRUE(logged().empty()) << "told before it is kept";
  EXPECT_FALSE(lost_);
  ASSERT_TRUE(store_->limit_pages(1'000'000));
  keep_and_wait(turn_with_event(2));
  EXPECT_THAT(logged(), ElementsAre(1, 2));
  EXPECT_EQ(store_->load()->jobs.size(), 1U);
}

TEST_F(WorkKeeperTest, AnIdleKeeperTriesAFullDiskAgainByItself) {
  start();
  ASSERT_TRUE(store_->limit_pages(60));
  keep_and_wait(large_turn("large"));
  ASSERT_TRUE(store_->limit_pages(1'000'000));
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  while (store_->load()->jobs.empty() && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(20ms);
  }
  EXPECT_EQ(store_->load()->jobs.size(), 1U);
}

TEST_F(WorkKeeperTest, AStoreThatStaysFullIsGivenUpOnce) {
  start(0ms);
  ASSERT_TRUE(store_->limit_pages(60));
  keep_and_wait(large_turn("large"));
  EXPECT_TRUE(lost_);
  lost_ = false;
  keep_and_wait(turn_with_event(1));
  EXPECT_FALSE(lost_);
  EXPECT_THAT(logged(), ElementsAre(1)) << "subscribers still hear";
  EXPECT_EQ(store_->last_event(), 0U);
}

TEST(WorkKeeper, WithoutStoresItOnlyTells) {
  WorkKeeper keeper({});
  std::promise<void> told;
  keeper.keep({}, [&] { told.set_value(); });
  EXPECT_EQ(told.get_future().wait_for(60s), std::future_status::ready);
}

}  // namespace
}  // namespace subtide
