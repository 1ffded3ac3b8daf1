#pragma once

#include "engine/app/output_names.h"
#include "engine/app/subtitle_options.h"
#include "engine/base/result.h"
#include "engine/config/graph_spec.h"

namespace subtide {

/// The user's options as values for a graph's parameters. What a graph has no parameter for is left
/// out when it was not asked for. Errors: kInvalidArgument when it was.
Result<ParameterValues> graph_values(const GraphSpec& graph, const SubtitleOptions& options,
                                     const OutputNames& names);

}  // namespace subtide
