#include "engine/quality/picture_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace subtide {
namespace {

constexpr double kFullScale = 255;

bool is_share(double value) { return std::isfinite(value) && value >= 0 && value <= 1; }

Status check(const PictureWatchOptions& options) {
  const auto zero = MediaDuration::zero();
  const std::pair<bool, std::string_view> claims[] = {
      {is_share(options.black_level), "black_level"},
      {is_share(options.black_share) && options.black_share > 0, "black_share"},
      {options.shortest_black >= zero, "shortest_black"},
      {is_share(options.freeze_noise), "freeze_noise"},
      {options.shortest_freeze >= zero, "shortest_freeze"}};
  for (const auto& [is_fine, field] : claims) {
    if (is_fine) continue;
    return make_error(ErrorCode::kInvalidArgument,
                      "quality of pictures: {} is out of range; leave it at its default", field);
  }
  return ok();
}

}  // namespace

Result<PictureWatch> PictureWatch::create(const PictureWatchOptions& options) {
  if (const Status checked = check(options); !checked) return checked.error();
  return PictureWatch(options);
}

bool PictureWatch::is_black(const LumaGrid& picture) const {
  const bool is_limited = picture.range() == LumaRange::kLimited;
  const double darkest = is_limited ? 16 : 0;
  const double brightest = is_limited ? 235 : 255;
  const auto limit =
      static_cast<std::uint8_t>(darkest + options_.black_level * (brightest - darkest));
  const auto points = picture.points();
  const auto dark =
      std::ranges::count_if(points, [limit](std::uint8_t point) { return point <= limit; });
  return !points.empty() &&
         static_cast<double>(dark) >= options_.black_share * static_cast<double>(points.size());
}

bool PictureWatch::stands_still(const LumaGrid& picture) const {
  return still_since_ && picture.columns() == still_.columns() &&
         picture.points().size() == still_.points().size() &&
         mean_difference(picture.points(), still_.points()) <= options_.freeze_noise * kFullScale;
}

std::vector<QualityFinding> PictureWatch::push(TimeSpan shown, const LumaGrid& picture) {
  std::vector<QualityFinding> before;
  if (last_ && shown.begin < last_->begin) before = finish();
  if (is_black(picture)) {
    if (!black_since_) black_since_ = shown.begin;
  } else {
    end_black(shown.begin);
  }
  if (!stands_still(picture)) {
    end_freeze(shown.begin);
    still_ = picture;
    still_since_ = shown.begin;
  }
  last_ = shown;
  std::ranges::move(std::exchange(found_, {}), std::back_inserter(before));
  return before;
}

std::vector<QualityFinding> PictureWatch::finish() {
  if (last_) {
    end_black(last_->end);
    end_freeze(last_->end);
  }
  last_.reset();
  return std::exchange(found_, {});
}

void PictureWatch::end_black(MediaTime end) {
  const auto since = std::exchange(black_since_, std::nullopt);
  if (!since || end - *since < options_.shortest_black) return;
  found_.push_back({QualityKind::kBlack,
                    {*since, end},
                    fmt::format("at least {:g} % of the pixels", options_.black_share * 100)});
}

void PictureWatch::end_freeze(MediaTime end) {
  const auto since = std::exchange(still_since_, std::nullopt);
  if (!since || end - *since < options_.shortest_freeze) return;
  found_.push_back({QualityKind::kFrozen, {*since, end}, "the picture stands still"});
}

}  // namespace subtide
