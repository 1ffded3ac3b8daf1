#pragma once

#include <string_view>

#include "engine/base/media_time.h"

namespace subtide {

/// Why a speech segment was closed.
enum class SegmentClose { kSilence, kMaximumLength, kEnd };

std::string_view to_string(SegmentClose close);

/// A stretch of media time that holds speech.
struct SpeechSegment {
  TimeSpan span;
  SegmentClose close = SegmentClose::kSilence;
  bool operator==(const SpeechSegment&) const = default;
};

}  // namespace subtide
