#pragma once

#include <filesystem>

#include "engine/app/live_options.h"
#include "engine/base/result.h"
#include "engine/config/graph_spec.h"
#include "engine/pipeline/live_session.h"

namespace subtide {

/// The built-in live graph.
Result<GraphSpec> live_graph();

/// The user's options as values of that graph, for a source that carries `streams`.
ParameterValues live_graph_values(const LiveOptions& options, const LiveStreams& streams,
                                  const std::filesystem::path& hls_folder);

/// How much later than their words captions are shown.
MediaDuration caption_lateness(const LiveOptions& options);

/// The user's options as properties of tideingest.
std::vector<std::pair<std::string, ParameterValue>> live_source_settings(
    const LiveOptions& options);

/// Texts come to a recording when they are final, its sound and pictures so long after, when they
/// have waited for them.
MediaDuration caption_lead(const LiveOptions& options);

/// What a graph cannot say: size, rate and profile of each rendition of the ladder.
Status set_renditions(const LiveSession& session, const Ladder& ladder);

}  // namespace subtide
