#include "engine/work/store/effect_store.h"

#include <atomic>
#include <set>
#include <thread>

#include "tests/engine/work/store/store_testing.h"
#include "tests/support/shared_files.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;

EffectStore open_store(const fs::path& folder) {
  auto database = SharedDatabase::open(folder);
  EXPECT_TRUE(database.has_value()) << (database ? "" : database.error().message);
  auto store = EffectStore::create(std::move(*database));
  EXPECT_TRUE(store.has_value());
  return std::move(*store);
}

TEST(EffectStoreTest, FindsWhatWasPut) {
  const TemporaryFolder folder;
  EffectStore store = open_store(folder / "deep/store");
  EXPECT_FALSE(store.find(key_of(1)).value().has_value());
  EXPECT_EQ(store.put(make_effect(1, "{\"text\":\"é\"}")).value(), PutOutcome::kNew);
  const auto found = open_store(folder / "deep/store").find(key_of(1)).value();
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->json, "{\"text\":\"é\"}");
  EXPECT_EQ(found->stage, "transcribe");
  EXPECT_EQ(found->model, "whisper");
  EXPECT_EQ(found->job, "job-a");
  EXPECT_EQ(found->input, key_of(7));
  EXPECT_EQ(found->time, wall(1));
}

TEST(EffectStoreTest, TheFirstResultStays) {
  const TemporaryFolder folder;
  EffectStore store = open_store(folder.path());
  ASSERT_EQ(store.put(make_effect(1, "first")).value(), PutOutcome::kNew);
  EXPECT_EQ(store.put(make_effect(1, "second")).value(), PutOutcome::kHadIt);
  EXPECT_EQ(store.find(key_of(1)).value()->json, "first");
}

TEST(EffectStoreTest, PutsManyAtOnce) {
  const TemporaryFolder folder;
  EffectStore store = open_store(folder.path());
  ASSERT_TRUE(store.put(make_effect(2)).has_value());
  const std::vector<Effect> effects = {make_effect(1), make_effect(2), make_effect(3),
                                       make_effect(3)};
  EXPECT_EQ(store.put(effects).value(), (std::vector{PutOutcome::kNew, PutOutcome::kHadIt,
                                                     PutOutcome::kNew, PutOutcome::kHadIt}));
  EXPECT_EQ(store.totals().value().count, 3U);
}

TEST(EffectStoreTest, ADamagedResultCountsAsMissingAndIsRemoved) {
  const TemporaryFolder folder;
  EffectStore store = open_store(folder.path());
  ASSERT_TRUE(store.put(make_effect(1, "right")).has_value());
  run_sql(folder / "effects.db", "UPDATE effects SET json = 'wrong'");
  EXPECT_FALSE(store.find(key_of(1)).value().has_value());
  EXPECT_EQ(store.damaged(), 1U);
  EXPECT_EQ(store.totals().value().count, 0U);
  EXPECT_EQ(store.put(make_effect(1, "again")).value(), PutOutcome::kNew);
}

TEST(EffectStoreTest, ADamagedResultMakesWayForANewOne) {
  const TemporaryFolder folder;
  EffectStore store = open_store(folder.path());
  ASSERT_TRUE(store.put(make_effect(1, "right")).has_value());
  run_sql(folder / "effects.db", "UPDATE effects SET stage = 'translate'");
  EXPECT_EQ(store.put(make_effect(1, "again")).value(), PutOutcome::kNew);
  EXPECT_EQ(store.find(key_of(1)).value()->json, "again");
  EXPECT_EQ(store.damaged(), 1U);
}

TEST(EffectStoreTest, ForgetsByJobOrInput) {
  const TemporaryFolder folder;
  EffectStore store = open_store(folder.path());
  std::vector<Effect> effects = {make_effect(1), make_effect(2), make_effect(3)};
  effects[1].job = "job-b";
  effects[2].job = "other_%";
  effects[2].input = key_of(8);
  ASSERT_TRUE(store.put(effects).has_value());
  EXPECT_EQ(store.forget(EffectStore::Field::kJob, "%").value(), 0U);
  EXPECT_EQ(store.forget(EffectStore::Field::kJob, "job-b").value(), 1U);
  EXPECT_EQ(store.forget(EffectStore::Field::kInput, key_of(8)).value(), 1U);
  EXPECT_EQ(store.forget(EffectStore::Field::kInput, "000").value(), 1U);
  const auto all = store.forget(EffectStore::Field::kJob, "");
  ASSERT_FALSE(all.has_value());
  EXPECT_EQ(all.error().code, ErrorCode::kInvalidArgument);
}

TEST(EffectStoreTest, CountsByStage) {
  const TemporaryFolder folder;
  EffectStore store = open_store(folder.path());
  EXPECT_FALSE(store.totals().value().oldest.has_value());
  std::vector<Effect> effects = {make_effect(5, "12345"), make_effect(3, "1é"),
                                 make_effect(9, "123")};
  effects[2].stage = "translate";
  ASSERT_TRUE(store.put(effects).has_value());
  const EffectTotals totals = store.totals().value();
  EXPECT_EQ(totals.count, 3U);
  EXPECT_EQ(totals.bytes, 11U);
  EXPECT_EQ(totals.oldest, wall(3));
  ASSERT_EQ(totals.stages.size(), 2U);
  EXPECT_EQ(totals.stages[0].stage, "transcribe");
  EXPECT_EQ(totals.stages[0].count, 2U);
  EXPECT_EQ(totals.stages[0].bytes, 8U);
  EXPECT_EQ(totals.stages[1].stage, "translate");
}

TEST(EffectStoreTest, TrimsTheOldestByAgeAndSize) {
  const TemporaryFolder folder;
  EffectStore store = open_store(folder.path());
  for (std::size_t i = 1; i <= 6; ++i) {
    ASSERT_TRUE(store.put(make_effect(i, std::string(100, 'x'))).has_value());
  }
  EXPECT_EQ(store.trim({std::nullopt, wall(3)}).value(), 2U);
  EXPECT_FALSE(store.find(key_of(2)).value().has_value());
  EXPECT_TRUE(store.find(key_of(3)).value().has_value());
  EXPECT_EQ(store.trim({250, std::nullopt}).value(), 2U);
  EXPECT_FALSE(store.find(key_of(4)).value().has_value());
  EXPECT_TRUE(store.find(key_of(5)).value().has_value());
  EXPECT_EQ(store.trim({}).value(), 0U);
  EXPECT_EQ(store.trim({0, std::nullopt}).value(), 2U);
}

TEST(EffectStoreTest, TwoProcessesWritingAtOnceAcceptEachKeyOnce) {
  const TemporaryFolder folder;
  constexpr std::size_t kKeys = 120;
  const auto work = [&](std::size_t offset, const Say& say) {
    EffectStore store = open_store(folder / "store");
    for (std::size_t i = 0; i < kKeys; ++i) {
      const std::size_t number = 1 + (i + offset) % kKeys;
      const auto put = store.put(make_effect(number, fmt::format("by {}", offset)));
      if (!put) return say(put.error().message);
      if (*put == PutOutcome::kNew) say(fmt::format("{} by {}", number, offset));
    }
  };
  // Neither the folder nor the file is there when they start.
  Child one([&](const Say& say) { work(0, say); });
  Child two([&](const Say& say) { work(7, say); });
  Child three([&](const Say& say) { work(60, say); });
  std::set<std::string> new_ones;
  for (Child* child : {&one, &two, &three}) {
    const ChildEnd end = child->wait();
    EXPECT_EQ(end.exit_status, 0);
    new_ones.insert(end.lines.begin(), end.lines.end());
  }
  EXPECT_EQ(new_ones.size(), kKeys);
  EffectStore store = open_store(folder / "store");
  for (std::size_t number = 1; number <= kKeys; ++number) {
    const auto found = store.find(key_of(number)).value();
    ASSERT_TRUE(found.has_value()) << number;
    EXPECT_EQ(new_ones.count(fmt::format("{} {}", number, found->json)), 1U) << number;
  }
}

TEST(EffectStoreTest, ManyThreadsMayShareOne) {
  const TemporaryFolder folder;
  EffectStore store = open_store(folder.path());
  std::atomic<int> accepted{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (std::size_t number = 1; number <= 10; ++number) {
          const auto put = store.put(make_effect(number));
          if (put && *put == PutOutcome::kNew) ++accepted;
          (void)store.find(key_of(number));
        }
      });
    }
  }
  EXPECT_EQ(accepted, 10);
}

class SharedDamageTest : public testing::Test {
 protected:
  void SetUp() override {
    EffectStore store = open_store(folder_ / "whole");
    for (std::size_t i = 1; i <= 40; ++i) {
      ASSERT_TRUE(store.put(make_effect(i, std::string(500, 'x'))).has_value());
    }
  }
  fs::path copy() {
    fs::remove_all(folder_ / "copy");
    fs::copy(folder_ / "whole", folder_ / "copy");
    return folder_ / "copy";
  }
  TemporaryFolder folder_;
};

TEST_F(SharedDamageTest, ServesNoWrongResultWhateverBitsAreFlipped) {
  int refused = 0;
  int missing = 0;
  for (unsigned seed = 1; seed <= 40; ++seed) {
    const fs::path target = copy();
    flip_bits(target / "effects.db", 1 + static_cast<int>(seed % 5), seed);
    const auto database = SharedDatabase::open(target);
    if (!database) {
      EXPECT_NE(database.error().message.find("effects.db"), std::string::npos);
      EXPECT_NE(database.error().message.find("move it away"), std::string::npos);
      ++refused;
      continue;
    }
    auto store = EffectStore::create(*database);
    ASSERT_TRUE(store.has_value());
    for (std::size_t i = 1; i <= 40; ++i) {
      const auto found = store->find(key_of(i));
      if (found && *found) {
        EXPECT_EQ((*found)->json, std::string(500, 'x'));
      }
      if (found && !*found) ++missing;
    }
  }
  EXPECT_GT(refused + missing, 0);
}

TEST_F(SharedDamageTest, RefusesWhatIsNoDatabaseAndNewerOnes) {
  const fs::path target = copy();
  run_sql(target / "effects.db", "PRAGMA user_version=9");
  EXPECT_EQ(SharedDatabase::open(target).error().code, ErrorCode::kUnsupported);
  fs::create_directory(folder_ / "text");
  write_bytes(folder_ / "text/effects.db", "these are my notes, not a database at all");
  EXPECT_EQ(SharedDatabase::open(folder_ / "text").error().code, ErrorCode::kBadInput);
}

}  // namespace
}  // namespace subtide
