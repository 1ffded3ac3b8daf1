#pragma once

#include <optional>
#include <string_view>

#include "engine/base/media_time.h"

namespace subtide {

/// Reads TTML's time expressions: clock times "hh:mm:ss.fraction" and "hh:mm:ss:frames", offset
/// times "1.5s" with h, m, s, ms, f or t.
/// Source: TTML2, section 12.3.1; media time base.
struct TtmlClock {
  double frame_rate = 30.0;  ///< ttp:frameRate times its multiplier
  double tick_rate = 1.0;
  double sub_frame_rate = 1.0;

  /// Nothing when it is no time expression, or a time past kLatestTime.
  std::optional<MediaTime> parse(std::string_view text) const;
};

}  // namespace subtide
