#include "engine/speech/load_shedder.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <utility>

namespace subtide {

std::string_view to_string(ShedRung rung) {
  switch (rung) {
    case ShedRung::kStopPartials:
      return "partials_stopped";
    case ShedRung::kLargerStep:
      return "larger_step";
    case ShedRung::kSmallerModel:
      return "smaller_model";
    case ShedRung::kShorterBeam:
      return "shorter_beam";
    case ShedRung::kSkip:
      return "skipping";
  }
  return "skipping";
}

Result<LoadShedder> LoadShedder::create(ShedOptions options) {
  if (options.budget <= MediaDuration(0) || options.recovery <= MediaDuration(0)) {
    return make_error(ErrorCode::kInvalidArgument,
                      "a budget of {} s and a recovery of {} s: give more than 0",
                      to_seconds(options.budget), to_seconds(options.recovery));
  }
  if (options.rungs.empty() || options.rungs.back() != ShedRung::kSkip) {
    options.rungs.push_back(ShedRung::kSkip);
  }
  if (!std::ranges::is_sorted(options.rungs, std::less_equal<>())) {
    return make_error(ErrorCode::kInvalidArgument, "the rungs of a shed ladder are out of order");
  }
  return LoadShedder(std::move(options));
}

MediaDuration LoadShedder::threshold(std::size_t index) const {
  const auto last = static_cast<std::int64_t>(options_.rungs.size()) - 1;
  if (last == 0) return options_.budget;
  return options_.budget / 2 + options_.budget / 2 * static_cast<std::int64_t>(index) / last;
}

std::optional<ShedRung> LoadShedder::rung_at(std::size_t depth) const {
  return depth == 0 ? std::nullopt : std::optional(options_.rungs[depth - 1]);
}

std::vector<ShedChange> LoadShedder::observe(MediaTime now, MediaDuration oldest_age) {
  std::vector<ShedChange> changes;
  while (depth_ < options_.rungs.size() && oldest_age > threshold(depth_)) {
    changes.push_back({true, rung_at(depth_), rung_at(depth_ + 1), oldest_age});
    ++depth_;
  }
  const bool is_calm = oldest_age <= options_.budget / 2;
  if (!is_calm || depth_ == 0) {
    calm_since_.reset();
    return changes;
  }
  if (!calm_since_) calm_since_ = now;
  if (now - *calm_since_ >= options_.recovery) {
    changes.push_back({false, rung_at(depth_), rung_at(depth_ - 1), oldest_age});
    --depth_;
    calm_since_ = now;
  }
  return changes;
}

bool LoadShedder::is_shedding(ShedRung rung) const {
  const auto entered = options_.rungs.begin() + static_cast<std::ptrdiff_t>(depth_);
  return std::find(options_.rungs.begin(), entered, rung) != entered;
}

std::optional<ShedRung> LoadShedder::rung() const { return rung_at(depth_); }

void LoadShedder::reset() {
  depth_ = 0;
  calm_since_.reset();
}

}  // namespace subtide
