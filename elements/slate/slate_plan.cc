#include "elements/slate/slate_plan.h"

namespace subtide {
namespace {

using std::chrono::milliseconds;

/// Of a stream that has not shown its rhythm.
constexpr MediaDuration kUsual = milliseconds(40);
/// Other steps between pictures are holes, or two that came at once.
constexpr MediaDuration kShortest = milliseconds(4);
constexpr MediaDuration kLongest = milliseconds(200);

}  // namespace

MediaDuration SlatePlan::frame_length() const { return told_.value_or(seen_.value_or(kUsual)); }

bool SlatePlan::take(MediaTime shown) {
  if (stands_in_ && shown <= newest_) return false;
  const MediaDuration step = shown - newest_;
  const bool is_rhythm = next_ && !stands_in_ && step >= kShortest && step <= kLongest;
  if (is_rhythm) seen_ = step;
  newest_ = shown;
  picture_end_ = shown + frame_length();
  next_ = picture_end_;
  stands_in_ = false;
  return true;
}

void SlatePlan::restart() {
  const auto told = told_;
  *this = SlatePlan(hold_);
  told_ = told;
}

std::optional<StandIn> SlatePlan::next_before(MediaTime time) {
  if (!next_ || *next_ + frame_length() > time) return std::nullopt;
  const TimeSpan span{*next_, *next_ + frame_length()};
  newest_ = span.begin;
  next_ = span.end;
  stands_in_ = true;
  const bool holds = span.begin - picture_end_ < hold_;
  return StandIn{holds ? StandIn::Kind::kLastPicture : StandIn::Kind::kSlate, span};
}

}  // namespace subtide
