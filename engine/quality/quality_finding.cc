#include "engine/quality/quality_finding.h"

#include <fmt/format.h>

#include <utility>

namespace subtide {
namespace {

constexpr std::pair<QualityKind, std::string_view> kNames[] = {
    {QualityKind::kBlack, "black"},
    {QualityKind::kFrozen, "frozen"},
    {QualityKind::kSilent, "silent"},
    {QualityKind::kClipped, "clipped"},
    {QualityKind::kMissingAudio, "missing_audio"}};

}  // namespace

std::string_view to_string(QualityKind kind) {
  for (const auto& [known, name] : kNames) {
    if (known == kind) return name;
  }
  return "unknown";
}

std::optional<QualityKind> parse_quality_kind(std::string_view name) {
  for (const auto& [kind, known] : kNames) {
    if (known == name) return kind;
  }
  return std::nullopt;
}

std::string to_string(const QualityFinding& finding) {
  std::string text = fmt::format("{} {} to {} ({:.3f} s)", to_string(finding.kind),
                                 format_clock(finding.span.begin), format_clock(finding.span.end),
                                 to_seconds(finding.span.duration()));
  if (!finding.detail.empty()) text += ": " + finding.detail;
  return text;
}

}  // namespace subtide
