#include "engine/speech/load_shedder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace subtide {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> names(const std::vector<ShedChange>& changes) {
  std::vector<std::string> all;
  for (const ShedChange& change : changes) {
    all.push_back((change.is_entered ? "+" : "-") +
                  std::string(to_string(change.is_entered ? *change.to : *change.from)));
  }
  return all;
}

LoadShedder shedder(ShedOptions options = {}) { return *LoadShedder::create(std::move(options)); }

TEST(LoadShedder, EntersRungAfterRungAsTheOldestWindowAges) {
  LoadShedder shed = shedder();
  EXPECT_THAT(names(shed.observe(0s, 4s)), IsEmpty());
  EXPECT_THAT(names(shed.observe(1s, 4100ms)), ElementsAre("+partials_stopped"));
  EXPECT_THAT(names(shed.observe(2s, 5100ms)), ElementsAre("+larger_step"));
  EXPECT_THAT(names(shed.observe(3s, 6100ms)), ElementsAre("+smaller_model"));
  EXPECT_THAT(names(shed.observe(4s, 7100ms)), ElementsAre("+shorter_beam"));
  EXPECT_THAT(names(shed.observe(5s, 8s)), IsEmpty());
  EXPECT_THAT(names(shed.observe(5s, 8001ms)), ElementsAre("+skipping"));
  EXPECT_THAT(names(shed.observe(6s, 60s)), IsEmpty());
  EXPECT_TRUE(shed.is_shedding(ShedRung::kStopPartials));
  EXPECT_EQ(shed.rung(), ShedRung::kSkip);
}

TEST(LoadShedder, ALeapEntersSeveralInOrderAndTellsEach) {
  LoadShedder shed = shedder();
  const auto changes = shed.observe(0s, 6500ms);
  EXPECT_THAT(names(changes), ElementsAre("+partials_stopped", "+larger_step", "+smaller_model"));
  EXPECT_EQ(changes[0].from, std::nullopt);
  EXPECT_EQ(changes[2].from, ShedRung::kLargerStep);
  EXPECT_EQ(changes[2].age, 6500ms);
  EXPECT_FALSE(shed.is_shedding(ShedRung::kShorterBeam));
}

TEST(LoadShedder, LeavesOneRungForEachMinuteOfCalm) {
  LoadShedder shed = shedder();
  shed.observe(0s, 5500ms);
  EXPECT_THAT(names(shed.observe(10s, 0s)), IsEmpty());
  EXPECT_THAT(names(shed.observe(69s, 4s)), IsEmpty());
  EXPECT_THAT(names(shed.observe(70s, 0s)), ElementsAre("-larger_step"));
  EXPECT_THAT(names(shed.observe(129s, 0s)), IsEmpty());
  EXPECT_THAT(names(shed.observe(130s, 0s)), ElementsAre("-partials_stopped"));
  EXPECT_EQ(shed.rung(), std::nullopt);
}

TEST(LoadShedder, TroubleStartsTheMinuteAgain) {
  LoadShedder shed = shedder();
  shed.observe(0s, 4100ms);
  shed.observe(10s, 0s);
  shed.observe(60s, 4500ms);  // not enough for the next rung
  EXPECT_THAT(names(shed.observe(70s, 0s)), IsEmpty());
  EXPECT_THAT(names(shed.observe(129s, 0s)), IsEmpty());
  EXPECT_THAT(names(shed.observe(130s, 0s)), ElementsAre("-partials_stopped"));
}

TEST(LoadShedder, LeavesOutWhatTheModelCannotGiveUp) {
  LoadShedder shed = shedder({.rungs = {ShedRung::kStopPartials, ShedRung::kShorterBeam}});
  EXPECT_THAT(names(shed.observe(0s, 60s)),
              ElementsAre("+partials_stopped", "+shorter_beam", "+skipping"));
}

TEST(LoadShedder, ForgetsAfterAFlush) {
  LoadShedder shed = shedder();
  shed.observe(0s, 60s);
  shed.reset();
  EXPECT_EQ(shed.rung(), std::nullopt);
  EXPECT_FALSE(shed.is_shedding(ShedRung::kStopPartials));
}

TEST(LoadShedder, RefusesABudgetOfNothingAndRungsOutOfOrder) {
  EXPECT_FALSE(LoadShedder::create({.budget = 0s}));
  EXPECT_FALSE(LoadShedder::create({.recovery = 0s}));
  EXPECT_FALSE(LoadShedder::create({.rungs = {ShedRung::kLargerStep, ShedRung::kStopPartials}}));
}

}  // namespace
}  // namespace subtide
