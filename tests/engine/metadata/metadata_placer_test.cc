#include "engine/metadata/metadata_placer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/engine/metadata/item_samples.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;
using namespace testing_support;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Kind = MarkerTime::Kind;

class MetadataPlacerTest : public testing::Test {
 protected:
  Status ask(const std::string& id, MarkerTime when) { return placer_.add({when, json_item(id)}); }
  Status ask_at(const std::string& id, MediaTime at) { return ask(id, {Kind::kMedia, at, {}}); }

  /// Ids on the access unit, "!" before late ones.
  std::vector<std::string> on(TimeSpan shown, std::optional<MediaTime> decoded = std::nullopt) {
    std::vector<std::string> ids;
    for (const PlacedMetadata& placed :
         placer_.take(shown, decoded.value_or(shown.begin), unresolved_)) {
      EXPECT_GE(placed.item.at, shown.begin);
      EXPECT_LT(placed.item.at, shown.end);
      ids.push_back((placed.is_late() ? "!" : "") + placed.item.id);
    }
    return ids;
  }

  MetadataPlacer placer_{8};
  std::vector<TimedMetadata> unresolved_;
};

TEST_F(MetadataPlacerTest, GivesAnItemToTheUnitThatCoversIt) {
  ASSERT_TRUE(ask_at("b", 40ms) && ask_at("a", 39ms) && ask_at("c", 95ms));
  EXPECT_TRUE(placer_.has_due({0ms, 40ms}));
  EXPECT_THAT(on({0ms, 40ms}), ElementsAre("a"));
  EXPECT_THAT(on({40ms, 80ms}), ElementsAre("b"));
  EXPECT_THAT(on({80ms, 120ms}), ElementsAre("c"));
  EXPECT_FALSE(placer_.has_due({120ms, 160ms}));
}

TEST_F(MetadataPlacerTest, GivesALateItemToTheNextUnit) {
  on({1s, 1040ms});
  ASSERT_TRUE(ask_at("late", 500ms));
  EXPECT_THAT(on({1040ms, 1080ms}), ElementsAre("!late"));
}

TEST_F(MetadataPlacerTest, WaitsForUnitsThatAreShownEarlier) {
  // decoding order I P B B: the item belongs to the second B
  ASSERT_TRUE(ask_at("b2", 90ms));
  EXPECT_THAT(on({0ms, 40ms}, -80ms), IsEmpty());
  EXPECT_THAT(on({120ms, 160ms}, -40ms), IsEmpty());
  EXPECT_THAT(on({40ms, 80ms}, 0ms), IsEmpty());
  EXPECT_THAT(on({80ms, 120ms}, 40ms), ElementsAre("b2"));
}

TEST_F(MetadataPlacerTest, FindsAPlaceBetweenRoundedTimes) {
  ASSERT_TRUE(ask_at("hole", MediaTime(33'333'333)));
  EXPECT_THAT(on({MediaTime(0), MediaTime(33'333'333)}, -66ms), IsEmpty());
  EXPECT_THAT(on({MediaTime(33'333'334), MediaTime(66'666'667)}, -33ms), ElementsAre("hole"));
}

TEST_F(MetadataPlacerTest, CountsFromNow) {
  ASSERT_TRUE(ask("first", {Kind::kFromNow, 50ms, {}}));
  ASSERT_TRUE(ask("now", {}));
  EXPECT_THAT(on({10s, 10s + 40ms}), ElementsAre("now"));
  ASSERT_TRUE(ask("second", {Kind::kFromNow, 50ms, {}}));  // from 10.04 s
  EXPECT_THAT(on({10s + 40ms, 10s + 80ms}), ElementsAre("first"));
  EXPECT_THAT(on({10s + 80ms, 10s + 120ms}), ElementsAre("second"));
}

TEST_F(MetadataPlacerTest, AsksTheEpochForTheWallClock) {
  const WallTime noon = WallTime(std::chrono::hours(12));
  ASSERT_TRUE(ask("early", {Kind::kWall, 0s, noon}));
  EXPECT_THAT(on({0ms, 40ms}), IsEmpty());
  ASSERT_EQ(unresolved_.size(), 1U);
  EXPECT_EQ(unresolved_[0].id, "early");
  placer_.set_epoch({0, 0s, 0s, noon, "start"});
  ASSERT_TRUE(ask("early", {Kind::kWall, 0s, noon + 100ms}));
  EXPECT_THAT(on({40ms, 80ms}), IsEmpty());
  EXPECT_THAT(on({80ms, 120ms}), ElementsAre("early"));
}

TEST_F(MetadataPlacerTest, TakesTheSameIdForTheSameEvent) {
  ASSERT_TRUE(ask_at("a", 10ms) && ask_at("a", 10ms));
  EXPECT_EQ(placer_.waiting(), 1U);
  EXPECT_THAT(on({0ms, 40ms}), ElementsAre("a"));
  ASSERT_TRUE(ask_at("a", 50ms));
  EXPECT_THAT(on({40ms, 80ms}), IsEmpty());
}

TEST_F(MetadataPlacerTest, RefusesWhatHasNoRoomAndSaysWhatToDo) {
  for (int i = 0; i < 8; ++i) ASSERT_TRUE(ask_at(fmt::format("{}", i), 1s));
  const Status status = ask_at("ninth", 1s);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(status.error().message, HasSubstr("8 items wait already, ninth is refused"));
  placer_.set_capacity(9);
  EXPECT_TRUE(ask_at("ninth", 1s));
  on({1s, 2s});
  EXPECT_TRUE(ask_at("tenth", 2s));
}

TEST_F(MetadataPlacerTest, GivesBackWhatStillWaits) {
  ASSERT_TRUE(ask_at("a", 10s) && ask("b", {}));
  EXPECT_EQ(placer_.take_all().size(), 2U);
  EXPECT_EQ(placer_.waiting(), 0U);
  ASSERT_TRUE(ask_at("a", 0s));
  EXPECT_THAT(on({0ms, 40ms}), ElementsAre("a"));
  placer_.clear();
  ASSERT_TRUE(ask_at("a", 50ms));
  EXPECT_THAT(on({40ms, 80ms}), ElementsAre("a"));
}

TEST(MetadataPlacer, PlacesAThousandMarkersOnceAndInTime) {
  MetadataPlacer placer(1000);
  for (const TimedMetadata& item : many_items(1000, 40ms)) {
    ASSERT_TRUE(placer.add({{Kind::kMedia, item.at + 7ms, {}}, item}));
  }
  std::set<std::string> found;
  std::vector<TimedMetadata> unresolved;
  for (MediaTime at{0}; at < 40s; at += 40ms) {
    for (const PlacedMetadata& placed : placer.take({at, at + 40ms}, at, unresolved)) {
      EXPECT_TRUE(found.insert(placed.item.id).second);
      EXPECT_EQ(placed.item.at, at + 7ms);
    }
  }
  EXPECT_EQ(found.size(), 1000U);
}

}  // namespace
}  // namespace subtide
