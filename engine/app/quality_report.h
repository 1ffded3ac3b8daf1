#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "engine/app/console.h"
#include "engine/quality/loudness_meter.h"
#include "engine/quality/quality_finding.h"

namespace subtide {

/// What quality control found; times count from time zero, as those of outputs do.
struct NamedFinding {
  std::optional<int> track;  ///< of sound, from 1; nothing: the pictures, or the file as a whole
  QualityFinding finding;
  bool operator==(const NamedFinding&) const = default;
};

/// How loud a sound track of the source is, and what was done about it.
struct TrackLoudness {
  int track = 1;                     ///< from 1
  std::string language;              ///< BCP 47 or "und"
  std::optional<Loudness> measured;  ///< nothing: too short or too silent to have one
  std::optional<double> target;      ///< LUFS; nothing: it stays as it is
  double gain = 0;                   ///< dB

  /// True peaks would have passed the limit with more.
  bool is_held_back() const;
  bool operator==(const TrackLoudness&) const = default;
};

/// Quality of one input. Findings are no faults of the job: it is done as without them.
struct QualityReport {
  bool is_checked = false;  ///< false: loudness alone was looked at
  std::vector<NamedFinding> findings;
  std::vector<TrackLoudness> loudness;
  bool operator==(const QualityReport&) const = default;
};

/// By their times, those of pictures first.
void sort_findings(QualityReport& report);

/// Tells people: the first findings (all with --verbose), and a line for each sound track.
void print_quality(Console& console, const QualityReport& report);

nlohmann::ordered_json to_json(const QualityReport& report);
/// Out of what to_json() made; throws nlohmann::json::exception for anything else.
QualityReport quality_report_from(const nlohmann::json& json);

}  // namespace subtide
