#pragma once

#include <deque>
#include <optional>

#include "engine/base/media_time.h"
#include "engine/quality/luma_grid.h"

namespace subtide {

/// Finds shot changes: the instants at which one picture gives way to quite another.
///
/// Method: pictures are compared as 64 x 36 blocks of mean brightness, which noise hardly moves. A
/// picture begins a shot when
///  1. it differs from the one before at least twice as much as any two neighbours among the four
///     pictures before and the four from it on: pans and fades change as much in each step;
///  2. every one of the four before differs from every one of the four from it on: behind a flash
///     of up to three pictures comes what was there before;
///  3. its blocks are not the same pattern in other light: a lamp that goes on is no cut.
/// Histograms alone miss cuts between alike scenes, and a threshold on neighbours alone fires in
/// pans and on flashes; this needs a picture's four neighbours on each side and no colour.
///
/// So a change is told three pictures later, and none in the first or the last three pictures.
///
/// Time:    of the pictures (PTS), in the order in which they are shown. A step back begins anew.
/// Owner:   the caller; movable. It keeps eight grids of blocks.
/// Threads: starts none and takes no lock; use from one thread at a time. Errors: none.
class ShotFinder {
 public:
  /// `least_change`: of 255; pictures that differ by less on the mean belong to one shot. Other
  /// scenes differ by 25 to 60, dark ones by 10; strong noise by 4.
  explicit ShotFinder(double least_change = kLeastChange) : least_change_(least_change) {}

  /// A picture. Gives the shot change that it made certain, if it made one certain.
  std::optional<MediaTime> push(MediaTime shown, const LumaGrid& picture);

  /// No shot change still to come lies before this. Nothing before the first picture.
  std::optional<MediaTime> known_until() const;

  /// As if nothing had come yet.
  void restart() { frames_.clear(); }

  static constexpr double kLeastChange = 7;

 private:
  struct Frame {
    MediaTime shown{0};
    LumaGrid::Blocks blocks{};
    double change = 0;  ///< from the frame before
  };

  bool begins_shot() const;

  double least_change_;
  std::deque<Frame> frames_;
};

}  // namespace subtide
