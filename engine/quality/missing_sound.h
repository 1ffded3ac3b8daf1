#pragma once

#include <optional>
#include <span>
#include <vector>

#include "engine/base/media_time.h"
#include "engine/quality/quality_finding.h"

namespace subtide {

/// Where a sound track leaves its pictures alone: before it begins, behind its end, or all along
/// where it brings nothing (`sound`). Less than `shortest` is how files are cut, and no fault.
///
/// Time: both spans on one timeline. Threads: any. Errors: none.
std::vector<QualityFinding> missing_sound(TimeSpan pictures, std::optional<TimeSpan> sound,
                                          MediaDuration shortest = std::chrono::milliseconds(500));

/// A track whose silence, among what was `found` in it, lasts from its first sample to its last
/// says as little as one that is missing.
std::optional<QualityFinding> silent_throughout(TimeSpan sound,
                                                std::span<const QualityFinding> found);

}  // namespace subtide
