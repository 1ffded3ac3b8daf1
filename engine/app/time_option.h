#pragma once

#include <string_view>

#include "engine/base/media_time.h"
#include "engine/base/result.h"

namespace subtide {

/// A media time as people type it: "90", "1.5", "1:30", "01:02:03.250", with an optional sign.
/// Errors: kInvalidArgument says what is accepted.
Result<MediaTime> parse_time(std::string_view text);

}  // namespace subtide
