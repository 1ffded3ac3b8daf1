#pragma once

#include <filesystem>
#include <vector>

#include "engine/app/job_surroundings.h"
#include "engine/app/transcode_options.h"
#include "engine/config/graph_spec.h"

namespace subtide {

/// Makes the files, or the HLS presentation, of one media file or URL. Outputs appear whole or not
/// at all. A dry run opens the input and tells what would be written. Threads: the caller's;
/// GStreamer's own.
JobReport run_transcode_job(const JobSurroundings& around, const GraphSpec& graph,
                            const TranscodeOptions& options, const JobTask& task);

/// What the job will write, as far as it is known before the input is opened.
std::vector<std::filesystem::path> known_transcodes(const JobTask& task,
                                                    const TranscodeOptions& options);

/// Files that are there under names of this job's outputs; of a presentation, its playlist.
std::vector<std::filesystem::path> existing_transcodes(const JobTask& task,
                                                       const TranscodeOptions& options);

/// "talk_720p.mp4", or "talk.mp4" without a rendition's name.
std::filesystem::path transcode_file(const JobTask& task, const TranscodeOptions& options,
                                     const std::string& rendition);

}  // namespace subtide
