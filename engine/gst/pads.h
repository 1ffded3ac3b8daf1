#pragma once

#include <gst/gst.h>

#include <span>
#include <vector>

#include "engine/base/media_time.h"
#include "engine/gst/pointer.h"

namespace subtide {

/// What an element with one sink and one source has to do in the same way as the next.

/// What the elements before say of latency.
struct UpstreamLatency {
  bool is_known = false;  ///< the query was answered
  bool is_live = false;
};

/// Answers a LATENCY query from downstream: asks upstream of `sink` and, where the source is live,
/// adds `own`. Threads: any.
UpstreamLatency answer_latency(GstPad* sink, GstQuery* query, MediaDuration own);

/// Answers a LATENCY query for a sink with many pads that adds nothing: live when one of them is,
/// and as late as the latest. Pads that are not linked do not count; FALSE when one that is cannot
/// say. Threads: any.
gboolean answer_latency(std::span<const PadPtr> sinks, GstQuery* query);

/// Passes an upstream event on by every pad. TRUE when one of them took it. Threads: any.
gboolean push_upstream(std::span<const PadPtr> sinks, GstEvent* event);

/// The sticky events that `sink` took and `src` has not passed on as they are: what a flush caught
/// under way between them, and what the element passes on in its own words; to be sent again, since
/// sticky events outlive a flush. SEGMENT and EOS do not and are not given.
/// Threads: the sink's streaming thread, while nothing runs on `src`.
std::vector<EventPtr> lost_sticky_events(GstPad* sink, GstPad* src);

}  // namespace subtide
