#pragma once

#include <optional>

#include "engine/base/media_time.h"
#include "engine/subtitles/sidecar_reading.h"

namespace subtide {

/// "mm:ss.ttt" or "hh:mm:ss.ttt", two hour digits at least.
std::optional<MediaTime> take_webvtt_time(TextScanner& scanner);

}  // namespace subtide
