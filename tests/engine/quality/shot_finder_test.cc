#include "engine/quality/shot_finder.h"

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

/// A finder to which pictures are shown at 25 frames a second from zero on.
class Film {
 public:
  Film& show(const TestPicture& picture, int times = 1) {
    const LumaGrid grid = picture.grid();
    for (int i = 0; i < times; ++i) {
      if (const auto cut = finder_.push(now_, grid)) cuts_.push_back(*cut);
      now_ += 40ms;
    }
    return *this;
  }
  /// The camera turns by `step` pixels a picture.
  Film& pan(unsigned number, double step, int pictures) {
    for (int i = 0; i < pictures; ++i) show(scene(number, step * i));
    return *this;
  }
  Film& noisy(unsigned number, double strength, int pictures) {
    for (int i = 0; i < pictures; ++i) show(scene(number).noise(strength, ++seed_));
    return *this;
  }
  /// From one scene to another (or to a level) in so many pictures.
  Film& fade(const TestPicture& from, const TestPicture& to, int pictures) {
    for (int i = 1; i <= pictures; ++i) {
      TestPicture mixed = from;
      for (std::size_t at = 0; at < mixed.pixels.size(); ++at) {
        mixed.pixels[at] = static_cast<std::uint8_t>(
            from.pixels[at] + (to.pixels[at] - from.pixels[at]) * i / pictures);
      }
      show(mixed);
    }
    return *this;
  }
  const std::vector<MediaTime>& cuts() const { return cuts_; }
  MediaTime now() const { return now_; }
  ShotFinder& finder() { return finder_; }

 private:
  ShotFinder finder_;
  MediaTime now_{0};
  unsigned seed_ = 0;
  std::vector<MediaTime> cuts_;
};

TestPicture plain(int level) { return TestPicture().fill(level); }

TEST(ShotFinder, FindsCutsAtTheFirstPictureOfAShot) {
  Film film;
  for (unsigned number = 1; number <= 6; ++number) film.show(scene(number), 25);
  EXPECT_THAT(film.cuts(), ElementsAre(1s, 2s, 3s, 4s, 5s));
}

TEST(ShotFinder, FindsCutsBetweenScenesThatMove) {
  Film film;
  film.pan(1, 3, 25).pan(2, -4, 25).pan(3, 2, 25);
  EXPECT_THAT(film.cuts(), ElementsAre(1s, 2s));
}

TEST(ShotFinder, FindsCutsInNoiseAndInTheDark) {
  Film film;
  film.noisy(1, 12, 25).noisy(2, 12, 25);
  EXPECT_THAT(film.cuts(), ElementsAre(1s));
  const auto darken = [](double level) { return 16 + level * 0.2; };
  EXPECT_THAT(Film().show(scene(1).each(darken), 25).show(scene(2).each(darken), 25).cuts(),
              ElementsAre(1s));
}

TEST(ShotFinder, FindsCutsToAndFromBlack) {
  EXPECT_THAT(Film().show(scene(1), 25).show(plain(16), 25).show(scene(1), 25).cuts(),
              ElementsAre(1s, 2s));
}

TEST(ShotFinder, AFlashIsNoCut) {
  for (int pictures = 1; pictures <= 3; ++pictures) {
    const TestPicture flash = scene(1).each([](double level) { return level * 0.3 + 180; });
    Film film;
    film.show(scene(1), 25).show(flash, pictures).show(scene(1), 25);
    EXPECT_THAT(film.cuts(), IsEmpty()) << pictures;
    EXPECT_THAT(Film().show(scene(1), 25).show(plain(255), pictures).show(scene(1), 25).cuts(),
                IsEmpty());
  }
}

TEST(ShotFinder, OtherLightIsNoCut) {
  const TestPicture lit = scene(1).each([](double level) { return level * 0.7 + 60; });
  EXPECT_THAT(Film().show(scene(1), 25).show(lit, 25).cuts(), IsEmpty());
}

TEST(ShotFinder, FadesAreNoCuts) {
  for (const int pictures : {4, 12, 25}) {
    Film film;
    film.show(scene(1), 25).fade(scene(1), plain(16), pictures).show(plain(16), 12);
    film.fade(plain(16), scene(2), pictures).show(scene(2), 25);
    film.fade(scene(2), scene(3), pictures).show(scene(3), 25);
    film.fade(scene(3), plain(235), pictures).show(plain(235), 12);
    EXPECT_THAT(film.cuts(), IsEmpty()) << pictures;
  }
}

TEST(ShotFinder, FastPansAreNoCuts) {
  for (const double step : {5.0, 20.0, 50.0}) {
    Film film;
    film.show(scene(1), 12).pan(1, step, 12).show(scene(1, step * 11), 12);
    EXPECT_THAT(film.cuts(), IsEmpty()) << step;
  }
}

TEST(ShotFinder, APanWithRepeatedPicturesIsNoCut) {
  // 24 frames a second in 60, and animation on threes.
  Film film;
  for (int i = 0; i < 40; ++i) film.show(scene(4, 15.0 * i), i % 2 == 0 ? 2 : 3);
  EXPECT_THAT(film.cuts(), IsEmpty());
}

TEST(ShotFinder, NoiseIsNoCut) {
  EXPECT_THAT(Film().noisy(1, 30, 40).cuts(), IsEmpty());
  TestPicture snow;
  Film film;
  for (unsigned i = 0; i < 40; ++i) film.show(snow.fill(128).noise(80, i));
  EXPECT_THAT(film.cuts(), IsEmpty());
}

TEST(ShotFinder, SaysHowFarItKnows) {
  Film film;
  EXPECT_EQ(film.finder().known_until(), std::nullopt);
  film.show(scene(1), 3);
  EXPECT_EQ(film.finder().known_until(), 80ms) << "the last picture";
  for (int shown = 4; shown < 60; ++shown) {
    const auto before = film.finder().known_until();
    const auto found = film.cuts().size();
    film.show(scene(shown < 30 ? 1 : 2));
    if (film.cuts().size() > found) {
      EXPECT_GE(film.cuts().back(), before);
    }
    EXPECT_GE(film.finder().known_until(), before);
    EXPECT_GE(*film.finder().known_until(), film.now() - 160ms);
  }
  EXPECT_THAT(film.cuts(), testing::SizeIs(1));
}

TEST(ShotFinder, WhatDiffersLessThanAskedIsNoCut) {
  ShotFinder finder(80);
  const LumaGrid one = scene(1).grid();
  const LumaGrid other = scene(2).grid();
  for (int i = 0; i < 40; ++i) {
    EXPECT_EQ(finder.push(40ms * i, i < 20 ? one : other), std::nullopt);
  }
}

TEST(ShotFinder, AStepBackBeginsAnew) {
  ShotFinder finder;
  const LumaGrid one = scene(1).grid();
  const LumaGrid other = scene(2).grid();
  std::vector<MediaTime> cuts;
  const auto push = [&](MediaTime at, const LumaGrid& grid) {
    if (const auto cut = finder.push(at, grid)) cuts.push_back(*cut);
  };
  for (int i = 0; i < 20; ++i) push(10s + 40ms * i, one);
  for (int i = 0; i < 20; ++i) push(40ms * i, other);
  EXPECT_THAT(cuts, IsEmpty());
  EXPECT_LT(*finder.known_until(), 1s);
  finder.restart();
  EXPECT_EQ(finder.known_until(), std::nullopt);
}

}  // namespace
}  // namespace subtide
