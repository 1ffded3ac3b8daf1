#include "engine/quality/picture_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/quality/test_pictures.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing_support::scene;
using testing_support::TestPicture;

constexpr MediaDuration kFrame = 40ms;

QualityFinding black(TimeSpan span) {
  return {QualityKind::kBlack, span, "at least 98 % of the pixels"};
}
QualityFinding frozen(TimeSpan span) {
  return {QualityKind::kFrozen, span, "the picture stands still"};
}

/// A watch to which pictures are shown at 25 frames a second, its findings gathered.
class Show {
 public:
  explicit Show(const PictureWatchOptions& options = {}) : watch_(*PictureWatch::create(options)) {}

  Show& one(const LumaGrid& picture) {
    for (auto& found : watch_.push({now_, now_ + kFrame}, picture)) all_.push_back(found);
    now_ += kFrame;
    return *this;
  }
  Show& still(const TestPicture& picture, MediaDuration length) {
    const LumaGrid grid = picture.grid();
    for (const MediaTime until = now_ + length; now_ < until;) one(grid);
    return *this;
  }
  /// Something that moves.
  Show& life(MediaDuration length) {
    TestPicture picture;
    for (const MediaTime until = now_ + length; now_ < until;) {
      one(picture.fill(100).noise(10, ++seed_).grid());
    }
    return *this;
  }
  Show& jump(MediaTime to) {
    now_ = to;
    return *this;
  }
  const std::vector<QualityFinding>& so_far() const { return all_; }
  const std::vector<QualityFinding>& end() {
    for (auto& found : watch_.finish()) all_.push_back(found);
    return all_;
  }

 private:
  PictureWatch watch_;
  MediaTime now_ = 1s;
  unsigned seed_ = 0;
  std::vector<QualityFinding> all_;
};

/// Black with grain, so that it does not stand still.
Show& grainy_black(Show& show, MediaDuration length) {
  TestPicture picture;
  for (MediaDuration shown{0}; shown < length; shown += kFrame) {
    show.one(picture.fill(20).noise(3, static_cast<unsigned>(shown.count() / 1000)).grid());
  }
  return show;
}

TEST(PictureWatch, FindsABlackStretchWhenItEnds) {
  Show show;
  grainy_black(show.life(1s), 2s).life(kFrame);
  EXPECT_THAT(show.so_far(), ElementsAre(black({2s, 4s})));
}

TEST(PictureWatch, AShortBlackStretchIsACut) {
  Show show;
  grainy_black(show.life(1s), 1960ms).life(1s);
  EXPECT_THAT(show.end(), IsEmpty());
}

TEST(PictureWatch, NearlyAllPixelsAreEnoughAndFewerAreNot) {
  TestPicture logo;
  std::fill_n(logo.pixels.begin(), 320 * 3, std::uint8_t{200});  // 3 of 180 rows
  EXPECT_THAT(Show({.freeze_noise = 0}).still(logo, 3s).end(), testing::Contains(black({1s, 4s})));
  TestPicture subtitle;
  std::fill_n(subtitle.pixels.begin(), 320 * 5, std::uint8_t{200});
  EXPECT_THAT(Show().still(subtitle, 3s).end(), ElementsAre(frozen({1s, 4s})));
}

TEST(PictureWatch, BlackDependsOnTheRange) {
  // A tenth of the way to white is 37.9 in limited range, and 25.5 in full range.
  TestPicture dark;
  dark.fill(37);
  EXPECT_THAT(Show().still(dark, 2s).end(), ElementsAre(black({1s, 3s}), frozen({1s, 3s})));
  LumaPlane plane = dark.plane();
  plane.range = LumaRange::kFull;
  LumaGrid grid;
  grid.sample(plane);
  PictureWatch watch = *PictureWatch::create();
  watch.push({0s, 3s}, grid);
  EXPECT_THAT(watch.finish(), ElementsAre(frozen({0s, 3s})));
}

TEST(PictureWatch, FindsAFrozenStretch) {
  Show show;
  show.life(1s).still(scene(1), 2s).life(1s);
  EXPECT_THAT(show.end(), ElementsAre(frozen({2s, 4s})));
}

TEST(PictureWatch, NoiseBelowTheFloorIsFrozen) {
  TestPicture picture;
  Show show;
  // One pixel in 16 differs by 2: 0.125 of 255, half of the floor.
  for (unsigned i = 0; i < 60; ++i) {
    picture.fill(100);
    for (std::size_t at = i % 16; at < picture.pixels.size(); at += 16) picture.pixels[at] = 102;
    show.one(picture.grid());
  }
  EXPECT_THAT(show.end(), ElementsAre(frozen({1s, 1s + 60 * kFrame})));
  EXPECT_THAT(Show().life(3s).end(), IsEmpty());
}

TEST(PictureWatch, ASlowFadeDoesNotStandStill) {
  // Each picture is within the floor of the one before, but not of the first.
  TestPicture picture;
  Show show;
  for (int i = 0; i < 100; ++i) {
    picture.fill(50);
    const auto rows = static_cast<std::size_t>(i);
    std::fill_n(picture.pixels.begin(), 320 * rows, std::uint8_t{70});
    show.one(picture.grid());
  }
  EXPECT_THAT(show.end(), IsEmpty());
}

TEST(PictureWatch, APictureIsShownUntilTheNext) {
  PictureWatch watch = *PictureWatch::create();
  const LumaGrid grid = scene(2).grid();
  watch.push({0s, 40ms}, grid);
  EXPECT_THAT(watch.push({5s, 5040ms}, scene(3).grid()), ElementsAre(frozen({0s, 5s})));
}

TEST(PictureWatch, AStepBackBeginsAnew) {
  Show show;
  show.jump(10s).still(scene(1), 2s).jump(0s).still(scene(1), 2s);
  EXPECT_THAT(show.end(), ElementsAre(frozen({10s, 12s}), frozen({0s, 2s})));
}

TEST(PictureWatch, AnotherSizeIsAnotherPicture) {
  TestPicture large;
  large.fill(90);
  TestPicture small{160, 90, std::vector<std::uint8_t>(160 * 90, 90)};
  EXPECT_THAT(Show().still(large, 1960ms).still(small, 1960ms).end(), IsEmpty());
}

TEST(PictureWatch, RefusesImpossibleOptions) {
  EXPECT_EQ(PictureWatch::create({.black_level = 2}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(PictureWatch::create({.freeze_noise = -1}).error().message,
              testing::HasSubstr("freeze_noise"));
}

// ---- the grid ----

TEST(LumaGrid, PointsAreSpreadOverThePicture) {
  TestPicture picture{640, 360, std::vector<std::uint8_t>(640 * 360, 0)};
  for (int y = 0; y < 360; ++y) {
    for (int x = 0; x < 640; ++x) {
      picture.pixels[static_cast<std::size_t>(y * 640 + x)] = x < 320 ? 50 : 200;
    }
  }
  const LumaGrid grid = picture.grid();
  EXPECT_EQ(grid.columns(), 320);
  ASSERT_EQ(grid.points().size(), 320U * 180);
  EXPECT_EQ(grid.points()[159], 50);
  EXPECT_EQ(grid.points()[160], 200);
  EXPECT_EQ(grid.blocks()[31], 50);
  EXPECT_EQ(grid.blocks()[32], 200);
  EXPECT_EQ(grid.blocks()[36 * 64 - 1], 200);
}

TEST(LumaGrid, TenBitsBecomeEight) {
  const std::vector<std::uint8_t> low = {0xFF, 0x03, 0x00, 0x02};   // 1023, 512
  const std::vector<std::uint8_t> high = {0xC0, 0xFF, 0x00, 0x80};  // the same, times 64
  LumaGrid grid;
  grid.sample({low.data(), 4, 2, 1, LumaRange::kFull, LumaBits::k10Low});
  EXPECT_THAT(grid.points(), ElementsAre(255, 128));
  EXPECT_EQ(grid.range(), LumaRange::kFull);
  grid.sample({high.data(), 4, 2, 1, LumaRange::kFull, LumaBits::k16High});
  EXPECT_THAT(grid.points(), ElementsAre(255, 128));
}

TEST(LumaGrid, StrideIsNotWidth) {
  const std::vector<std::uint8_t> pixels = {10, 20, 99, 99, 30, 40, 99, 99};
  LumaGrid grid;
  grid.sample({pixels.data(), 4, 2, 2});
  EXPECT_THAT(grid.points(), ElementsAre(10, 20, 30, 40));
}

TEST(LumaGrid, OddAndEmptyPicturesDoNoHarm) {
  const std::vector<std::uint8_t> pixels(1921 * 3, 77);
  LumaGrid grid;
  grid.sample({pixels.data(), 1921, 1921, 3});
  EXPECT_THAT(grid.points(), testing::Each(77));
  grid.sample({});
  EXPECT_TRUE(grid.points().empty());
  PictureWatch watch = *PictureWatch::create();
  EXPECT_THAT(watch.push({0s, 40ms}, grid), IsEmpty());
}

TEST(MeanDifference, IsTheMeanOfDifferences) {
  const std::vector<std::uint8_t> one = {0, 10, 255, 4};
  const std::vector<std::uint8_t> other = {10, 0, 0, 4};
  EXPECT_DOUBLE_EQ(mean_difference(one, other), 275.0 / 4);
  EXPECT_DOUBLE_EQ(mean_difference({}, other), 0);
}

}  // namespace
}  // namespace subtide
