#pragma once

#include "engine/app/job_surroundings.h"
#include "engine/config/graph_spec.h"

namespace subtide {

/// Makes the sidecars of one media file or URL: opens or fetches it, probes it, runs the graph.
/// What was finished before an error is in the report. Threads: the caller's; GStreamer's own.
JobReport run_media_job(const JobSurroundings& around, const GraphSpec& graph, const JobTask& task);

/// Starts GStreamer and registers our elements with `models`; once for each process.
Status start_media_engine(std::shared_ptr<ModelProvider> models);

}  // namespace subtide
