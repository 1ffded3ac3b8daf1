#pragma once

#include <cstddef>
#include <filesystem>
#include <istream>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/app/exit_code.h"
#include "engine/app/job_surroundings.h"
#include "engine/app/subtitle_options.h"

namespace subtide {

/// What a batch does to each of its inputs, and by which options.
///
/// A batch has parts: inputs that share their options, such as a line of a manifest.
/// Owner:   the command; outlives the batch. Threads: prepare() one; the others any, at once.
class BatchWork {
 public:
  virtual ~BatchWork() = default;

  /// Once, before anything is told or written.
  virtual Status prepare() = 0;
  virtual std::size_t parts() const { return 1; }
  /// The part's inputs, and its options as far as all kinds of batch have them.
  virtual const SubtitleOptions& options(std::size_t part) const = 0;
  /// All that decides what is written, beside the input, the models and SubtitleOptions: equal
  /// texts make equal outputs.
  virtual std::string identity(std::size_t part) const = 0;
  /// The files the job will write, as far as they are known before the work.
  virtual std::vector<std::filesystem::path> known_outputs(const JobTask& task) const = 0;
  /// Files that are there under names of this job's outputs.
  virtual std::vector<std::filesystem::path> existing_outputs(const JobTask& task) const = 0;
  /// Does the job, or with `around.is_dry_run` only finds out what it would write.
  virtual JobReport run(const JobSurroundings& around, const JobTask& task) = 0;
};

/// How a batch is run.
struct BatchOptions {
  int jobs = 1;  ///< inputs that are worked on at once
  bool is_watching =
      false;  ///< inputs are folders; what comes into them is worked on until the stop
  bool is_dry_run = false;  ///< nothing is written
};

/// All inputs, in order. One bad input does not stop the others; what an earlier run finished is
/// left as it is. `run`: what holds for the whole run (verbosity, JSON, report, state, workers).
/// `list` is where "-" reads names from.
ExitCode run_media_batch(BatchWork& work, const SubtitleOptions& run, const BatchOptions& how,
                         std::istream& list, std::stop_token stop);

}  // namespace subtide
