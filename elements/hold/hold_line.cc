#include "elements/hold/hold_line.h"

#include <algorithm>

namespace subtide {

void HoldLine::put(std::optional<TimeSpan> span) {
  begins_.push_back(span ? std::optional(span->begin) : std::nullopt);
  if (span) newest_ = std::max(newest_.value_or(span->end), span->end);
}

bool HoldLine::may_go() const {
  if (begins_.empty()) return false;
  return has_ended_ || !begins_.front() || *newest_ - *begins_.front() >= hold_;
}

MediaDuration HoldLine::waiting() const {
  const auto first =
      std::ranges::find_if(begins_, [](const auto& begin) { return begin.has_value(); });
  return first == begins_.end() ? MediaDuration(0) : *newest_ - **first;
}

bool HoldLine::is_full() const { return waiting() > hold_ + most_; }

}  // namespace subtide
