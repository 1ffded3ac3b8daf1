#include "engine/app/space_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "tests/support/shared_files.h"

namespace subtide {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

template <typename Told>
bool tells(const std::optional<EventBody>& news) {
  return news && std::holds_alternative<Told>(*news);
}

TEST(SpaceLevels, TellEachChangeOnce) {
  constexpr std::uint64_t kMebibyte = 1U << 20U;
  SpaceLevels levels;
  EXPECT_FALSE(levels.look("/a", 300 * kMebibyte));
  EXPECT_TRUE(tells<StoreLowSpace>(levels.look("/a", 200 * kMebibyte)));
  EXPECT_FALSE(levels.look("/a", 100 * kMebibyte));
  EXPECT_TRUE(tells<StoreFull>(levels.look("/a", 1000)));
  EXPECT_FALSE(levels.look("/a", 0));
  EXPECT_TRUE(tells<StoreRecovered>(levels.look("/a", 2 * kMebibyte)));
  EXPECT_FALSE(levels.look("/a", 3 * kMebibyte));
  EXPECT_TRUE(tells<StoreRecovered>(levels.look("/a", 300 * kMebibyte)));
}

TEST(SpaceLevels, KeepFoldersApart) {
  SpaceLevels levels;
  EXPECT_TRUE(tells<StoreFull>(levels.look("/a", 0)));
  EXPECT_FALSE(levels.look("/b", SpaceLevels::kLow));
  const auto news = levels.look("/b", 5);
  ASSERT_TRUE(tells<StoreFull>(news));
  EXPECT_EQ(std::get<StoreFull>(*news).space.path, "/b");
}

TEST(SpaceWatch, MeasuresWhatIsThereAndLeavesOutWhatIsNot) {
  const TemporaryFolder folder;
  EXPECT_GT(free_bytes(folder.path()).value_or(0), 0U);
  EXPECT_FALSE(free_bytes(folder / "none").has_value());
}

TEST(SpaceWatch, LooksAtOnceAndEndsAtOnce) {
  // A process file system has no room at all.
  std::promise<EventBody> told;
  const SpaceWatch watch({"/no/such/folder", "/proc"},
                         [&told](EventBody body) { told.set_value(std::move(body)); });
  auto news = told.get_future();
  ASSERT_EQ(news.wait_for(std::chrono::seconds(20)), std::future_status::ready);
  const EventBody body = news.get();
  EXPECT_TRUE(std::holds_alternative<StoreFull>(body));
  EXPECT_THAT(line_of(body), HasSubstr("/proc has 0.0 MiB left"));
}

TEST(SpaceWatch, HasALineForEachOfItsEvents) {
  EXPECT_THAT(line_of(StoreLowSpace{{"/a", 1U << 20U, 2}}), HasSubstr("/a has 1.0 MiB left"));
  EXPECT_THAT(line_of(StoreRecovered{{"/a", 1U << 20U, 2}}), HasSubstr("enough"));
  EXPECT_THAT(line_of(JobStarted{"talk.wav"}), IsEmpty());
}

}  // namespace
}  // namespace subtide
