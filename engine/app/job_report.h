#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/app/console.h"
#include "engine/app/exit_code.h"
#include "engine/app/quality_report.h"
#include "engine/base/media_time.h"
#include "engine/base/result.h"
#include "engine/events/catalogue.h"
#include "engine/subtitles/layout_rules.h"

namespace subtide {

/// How the cues of one language meet the layout rules.
struct LayoutReview {
  std::string language;
  std::string style;
  std::size_t cues = 0;
  std::vector<RuleBreach> breaches;

  /// Cues that meet every rule.
  std::size_t good_cues() const;
};

/// All that is told about one input at the end.
struct JobReport {
  std::string input;
  Ending ending = Ending::kDone;
  std::optional<Error> error;
  std::optional<MediaDuration> media_duration;
  MediaDuration processed{0};
  MediaDuration speech{0};
  double wall_seconds = 0;
  bool was_done = false;    ///< by an earlier run: nothing was written now
  bool is_planned = false;  ///< nothing was done: outputs are those that would be written
  bool is_media = true;     ///< false: a subtitle file, without speed and speech
  std::string encoder;      ///< GStreamer's element that encoded the pictures; empty: none did
  std::vector<ModelNamed> models;
  std::vector<OutputNamed> outputs;
  std::vector<std::string> plan;  ///< what the pictures would be, of a dry run
  std::vector<Gap> gaps;
  std::vector<std::string> reasons;  ///< why it is degraded
  std::vector<std::string> notes;    ///< how its models were; empty when all was as asked
  std::vector<std::string> hints;    ///< what would make it better
  std::vector<LayoutReview> layout;
  std::optional<QualityReport> quality;  ///< nothing: nobody asked for it
};

/// Adds the models that results are from, where the report does not name them yet: each after the
/// others of its role.
void add_models(const std::vector<ModelNamed>& used, JobReport& report);

/// Tells people how one input went.
void print_report(Console& console, const JobReport& report);

/// All inputs as one JSON document, with every rule breach.
std::string report_json(const std::vector<JobReport>& reports);

}  // namespace subtide
