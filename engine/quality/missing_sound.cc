#include "engine/quality/missing_sound.h"

#include <algorithm>

namespace subtide {
namespace {

// Encoders fade their first and last packet in and out.
constexpr MediaDuration kEdge = std::chrono::milliseconds(50);

}  // namespace

std::vector<QualityFinding> missing_sound(TimeSpan pictures, std::optional<TimeSpan> sound,
                                          MediaDuration shortest) {
  if (!sound) return {{QualityKind::kMissingAudio, pictures, "no sound beside the pictures"}};
  std::vector<QualityFinding> found;
  if (sound->begin - pictures.begin >= shortest) {
    found.push_back({QualityKind::kMissingAudio,
                     {pictures.begin, std::min(sound->begin, pictures.end)},
                     "the sound begins after the pictures"});
  }
  if (pictures.end - sound->end >= shortest) {
    found.push_back({QualityKind::kMissingAudio,
                     {std::max(sound->end, pictures.begin), pictures.end},
                     "the sound ends before the pictures"});
  }
  return found;
}

std::optional<QualityFinding> silent_throughout(TimeSpan sound,
                                                std::span<const QualityFinding> found) {
  const auto is_all = [&](const QualityFinding& one) {
    return one.kind == QualityKind::kSilent && one.span.begin <= sound.begin + kEdge &&
           one.span.end >= sound.end - kEdge;
  };
  if (std::ranges::none_of(found, is_all)) return std::nullopt;
  return QualityFinding{QualityKind::kMissingAudio, sound, "silent from its begin to its end"};
}

}  // namespace subtide
