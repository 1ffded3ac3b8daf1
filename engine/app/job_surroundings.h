#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/app/console.h"
#include "engine/app/event_output.h"
#include "engine/app/input_list.h"
#include "engine/app/input_paths.h"
#include "engine/app/job_report.h"
#include "engine/app/output_names.h"
#include "engine/app/subtitle_options.h"
#include "engine/speech/ports.h"

namespace subtide {

class FormerWork;
class JobMeter;

/// What a job works with. Owner: the batch; outlives its jobs.
struct JobSurroundings {
  const SubtitleOptions& options;
  Console& console;
  EventOutput& events;
  std::shared_ptr<ModelProvider> models;
  std::stop_token stop;
  FormerWork* former = nullptr;                       ///< null: nothing is known of earlier runs
  std::optional<std::string> job_key = std::nullopt;  ///< this job's, for `former`
  JobMeter* meter = nullptr;           ///< of one job among several; null: it is the only one
  bool is_dry_run = false;             ///< nothing may be written
  const InputPaths* inputs = nullptr;  ///< of the batch; null: not known
};

/// One input and where its files go.
struct JobTask {
  std::string id;
  InputItem item;
  OutputNames names;
  std::size_t number = 1;  ///< among all jobs of the run
  std::size_t part = 0;    ///< of the batch: whose options it has
};

/// The sidecars the job will write, as far as their languages are known before the work.
std::vector<std::filesystem::path> known_sidecars(const JobTask& task,
                                                  const SubtitleOptions& options);

/// Files that are there under names of this job's outputs, in whatever language.
std::vector<std::filesystem::path> existing_sidecars(const JobTask& task,
                                                     const SubtitleOptions& options);

/// Makes the folder that the files of `names` go to. Errors: kIo, kDenied, kNoSpace.
Status make_output_folder(const OutputNames& names);

/// Adds a finished file to the report and tells of it.
void add_output(const JobSurroundings& around, const JobTask& task, JobReport& report,
                OutputNamed output);

/// Checks the cues that were written against the rules, writes the preview page when it was asked
/// for, and tells of each cue. `media_source`: the media's URL as seen from the page; empty: there
/// is none.
Status finish_outputs(const JobSurroundings& around, const JobTask& task,
                      const std::string& media_source, bool is_video, double frame_rate,
                      JobReport& report);

/// Ends the report with `error`; what kind of ending it is depends on `ending`.
void fail(JobReport& report, Ending ending, Error error);

}  // namespace subtide
