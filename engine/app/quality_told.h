#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/app/job_surroundings.h"
#include "engine/app/transcode_options.h"
#include "engine/config/graph_spec.h"
#include "engine/pipeline/transcode_session.h"

namespace subtide {

/// From here on the job has a report of its quality. `languages`: of its sound tracks.
void begin_quality(const TranscodeOptions& options, const std::vector<std::string>& languages,
                   JobReport& report);

/// Into the report of quality, and told as events; sound tracks by their places, from 0.
void tell_finding(const JobSurroundings& around, const JobTask& task, JobReport& report,
                  std::optional<std::size_t> track, const QualityFinding& finding);
/// The first measure of a track counts.
void tell_loudness(const JobSurroundings& around, const JobTask& task, JobReport& report,
                   std::size_t track, const Loudness& loudness);
/// When all has passed: tracks that are not there, shorter than the pictures, or mute.
void tell_missing_sound(const JobSurroundings& around, const JobTask& task, JobReport& report,
                        const StreamSpans& streams);

/// Errors: kBadInput for a sound track that brings no sound, which is told as a finding too.
Status check_sound(const JobSurroundings& around, const JobTask& task,
                   const MediaInformation& media, const DecodedStreams& streams, JobReport& report);

/// Reads the sound once and puts into the report how loud each track is, and the gain that brings
/// it to `target` LUFS. `graph`: the transcode graph, of which only what listens is made.
/// Errors: as TranscodeSession; kUnavailable when it was stopped.
Status measure_loudness(const JobSurroundings& around, const JobTask& task, const GraphSpec& graph,
                        const MediaInput& input, const MediaInformation& media,
                        const MediaSelection& selection, double target, JobReport& report);

}  // namespace subtide
