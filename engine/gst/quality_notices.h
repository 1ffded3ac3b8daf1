#pragma once

#include <gst/gst.h>

#include <optional>

#include "engine/quality/loudness_meter.h"
#include "engine/quality/quality_finding.h"

namespace subtide {

/// What quality control tells the application, as element messages. Times are stream time.

/// "tide/quality": a stretch of picture or sound ended that somebody should look at.
void post_notice(GstElement* element, const QualityFinding& notice);
std::optional<QualityFinding> read_quality_finding(GstMessage* message);

/// "tide/loudness", before the end of the stream: how loud all of it is.
void post_notice(GstElement* element, const Loudness& notice);
std::optional<Loudness> read_loudness(GstMessage* message);

}  // namespace subtide
