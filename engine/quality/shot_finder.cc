#include "engine/quality/shot_finder.h"

#include <algorithm>
#include <cmath>

namespace subtide {
namespace {

/// Pictures looked at on each side of a change.
constexpr std::size_t kReach = 4;
/// A change this much above the others around it stands alone.
constexpr double kStandsOut = 2;
/// Blocks that go together so closely show the same scene. Of different scenes few pass 0.6.
constexpr double kSamePattern = 0.85;
/// Of 255: a pattern with less contrast is no pattern.
constexpr double kFlat = 2;

/// How closely two patterns go together, whatever their brightness and contrast: 1 is the same.
double likeness(const LumaGrid::Blocks& one, const LumaGrid::Blocks& other) {
  double sum_one = 0, sum_other = 0, square_one = 0, square_other = 0, product = 0;
  for (std::size_t i = 0; i < one.size(); ++i) {
    const double a = one[i];
    const double b = other[i];
    sum_one += a;
    sum_other += b;
    square_one += a * a;
    square_other += b * b;
    product += a * b;
  }
  const auto count = static_cast<double>(one.size());
  const double spread_one = square_one / count - sum_one / count * (sum_one / count);
  const double spread_other = square_other / count - sum_other / count * (sum_other / count);
  if (std::min(spread_one, spread_other) < kFlat * kFlat) return 0;
  const double together = product / count - sum_one / count * (sum_other / count);
  return together / std::sqrt(spread_one * spread_other);
}

}  // namespace

std::optional<MediaTime> ShotFinder::push(MediaTime shown, const LumaGrid& picture) {
  if (!frames_.empty() && shown < frames_.back().shown) restart();
  Frame frame{shown, picture.blocks(), 0};
  if (!frames_.empty()) frame.change = mean_difference(frames_.back().blocks, frame.blocks);
  if (frames_.size() == 2 * kReach) frames_.pop_front();
  frames_.push_back(frame);
  if (frames_.size() < 2 * kReach || !begins_shot()) return std::nullopt;
  return frames_[kReach].shown;
}

bool ShotFinder::begins_shot() const {
  const Frame& first = frames_[kReach];
  if (first.change < least_change_) return false;
  for (std::size_t i = 1; i < frames_.size(); ++i) {
    if (i != kReach && frames_[i].change * kStandsOut > first.change) return false;
  }
  for (std::size_t before = 0; before < kReach; ++before) {
    for (std::size_t after = kReach; after < frames_.size(); ++after) {
      if (mean_difference(frames_[before].blocks, frames_[after].blocks) < least_change_) {
        return false;
      }
    }
  }
  return likeness(frames_[kReach - 1].blocks, first.blocks) < kSamePattern;
}

std::optional<MediaTime> ShotFinder::known_until() const {
  if (frames_.empty()) return std::nullopt;
  const std::size_t undecided = frames_.size() < 2 * kReach ? kReach : kReach + 1;
  return frames_[std::min(undecided, frames_.size() - 1)].shown;
}

}  // namespace subtide
