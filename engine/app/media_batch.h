#pragma once

#include <filesystem>
#include <istream>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/app/exit_code.h"
#include "engine/app/job_surroundings.h"
#include "engine/app/subtitle_options.h"

namespace subtide {

/// What a batch does to each of its inputs.
///
/// Owner:   the command; outlives the batch. Threads: the batch's own.
class BatchWork {
 public:
  virtual ~BatchWork() = default;

  /// Once, before anything is told or written.
  virtual Status prepare() = 0;
  /// All that decides what is written, beside the input, the models and SubtitleOptions: equal
  /// texts make equal outputs.
  virtual std::string identity() const = 0;
  /// The files the job will write, as far as they are known before the work.
  virtual std::vector<std::filesystem::path> known_outputs(
      const JobTask& task, const SubtitleOptions& options) const = 0;
  /// Files that are there under names of this job's outputs.
  virtual std::vector<std::filesystem::path> existing_outputs(
      const JobTask& task, const SubtitleOptions& options) const = 0;
  virtual JobReport run(const JobSurroundings& around, const JobTask& task) = 0;
};

/// All inputs, one after the other. One bad input does not stop the others; what an earlier run
/// finished is left as it is. `list` is where "-" reads names from.
ExitCode run_media_batch(BatchWork& work, const SubtitleOptions& options, std::istream& list,
                         std::stop_token stop);

}  // namespace subtide
