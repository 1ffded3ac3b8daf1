#pragma once

#include <gst/gst.h>

#include <span>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/config/graph_spec.h"
#include "engine/gst/pointer.h"
#include "engine/pipeline/media_probe.h"

namespace subtide {

/// Makes a bin of a bound graph, with a sink pad `sink` that leads to the element named `source`.
///
/// Our own elements that have the properties `time-zero`, `media-duration`, `media-name` and
/// `frame-rate` get them from `media`; what the graph itself sets comes after and wins.
/// `time_offset` is taken off the time zero.
///
/// Threads: any. Errors: kBadInput for a graph that does not parse or has no `source`,
/// kInvalidArgument for a property that is not there or refuses its value. All name the graph.
Result<ElementPtr> make_graph_bin(const GraphSpec& graph, const ParameterValues& values,
                                  const MediaInformation& media,
                                  MediaDuration time_offset = MediaDuration(0));

/// A graph with several entries: each element named `video`, `speech`, `audio_0`, `audio_1`, …
/// takes a stream of the file by the bin's sink pad of that name; where elements are linked before
/// it, the first of them does.
struct GraphWithEntries {
  ElementPtr bin;
  std::vector<std::string> entries;
};
Result<GraphWithEntries> make_graph_bin_with_entries(const GraphSpec& graph,
                                                     const ParameterValues& values,
                                                     const MediaInformation& media);

/// The same for a live graph, which has an entry for each stream of the source: the element of that
/// name, whose sink pad becomes the bin's of that name. Our elements are told nothing of the input.
Result<ElementPtr> make_live_graph_bin(const GraphSpec& graph, const ParameterValues& values,
                                       std::span<const std::string> entries);

/// Sets one property from a parameter value; lists become comma lists where the property is a text.
Status set_property(GObject* object, const std::string& name, const ParameterValue& value);

}  // namespace subtide
