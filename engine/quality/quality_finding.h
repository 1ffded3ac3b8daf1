#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/base/media_time.h"

namespace subtide {

/// What quality control finds fault with.
enum class QualityKind { kBlack, kFrozen, kSilent, kClipped, kMissingAudio };

/// The stable lower-case name: "black", "frozen", "silent", "clipped", "missing_audio".
std::string_view to_string(QualityKind kind);
/// Nothing for a name that is none of these.
std::optional<QualityKind> parse_quality_kind(std::string_view name);

/// A stretch of picture or sound that somebody should look at.
///
/// Time: the stream's own timeline.
struct QualityFinding {
  QualityKind kind = QualityKind::kBlack;
  TimeSpan span;
  std::string detail;  ///< one line for people; may be empty
  bool operator==(const QualityFinding&) const = default;
};

/// "black 00:00:02.000 to 00:00:05.000 (3.000 s)", and the detail behind it where there is one.
std::string to_string(const QualityFinding& finding);

}  // namespace subtide
