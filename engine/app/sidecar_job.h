#pragma once

#include "engine/app/job_surroundings.h"

namespace subtide {

/// Converts one subtitle file: cut, moved in time, laid out anew, translated, in other formats.
/// What was finished before an error is in the report. Threads: the caller's.
JobReport run_sidecar_job(const JobSurroundings& around, const JobTask& task);

}  // namespace subtide
