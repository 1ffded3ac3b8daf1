#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/app/job_report.h"
#include "engine/base/result.h"
#include "engine/events/catalogue.h"
#include "engine/subtitles/cue.h"

namespace subtide {

/// The cues of one language as they stand in the files that were written.
struct WrittenCues {
  std::string language;
  std::vector<Cue> cues;
};

/// Reads the sidecars back: for each language the written format that keeps times best. So what is
/// reported and shown is what the files hold.
/// Errors: as read_file() and read_sidecar().
Result<std::vector<WrittenCues>> read_back(const std::vector<OutputNamed>& outputs);

/// Checks cues against the rules of `style` for their language.
Result<LayoutReview> review_layout(const WrittenCues& written, const std::string& style,
                                   double frame_rate);

/// SHA-256 of a file as lower-case hexadecimal. Errors: as opening and reading files.
Result<std::string> sha256_of_file(const std::filesystem::path& path);

}  // namespace subtide
