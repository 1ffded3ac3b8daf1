#pragma once

#include <gst/gst.h>

#include <optional>

#include "engine/base/media_time.h"

namespace subtide {

/// Both are nanoseconds; GStreamer has no negative times and says "none" by a number.

/// Nothing for GST_CLOCK_TIME_NONE.
std::optional<MediaTime> to_media_time(GstClockTime time);

/// Negative times become zero.
GstClockTime to_clock_time(MediaTime time);

/// PTS to PTS + duration; nothing without PTS; without duration the span is empty.
std::optional<TimeSpan> span_of(GstBuffer* buffer);
/// The same for a GAP event.
std::optional<TimeSpan> span_of_gap(GstEvent* event);

/// Sets PTS and duration.
void set_span(GstBuffer* buffer, TimeSpan span);

/// A buffer time (PTS) as stream time; may be negative where the time lies before the GstSegment.
/// Nothing when the GstSegment is not in time format.
std::optional<MediaTime> to_stream_time(const GstSegment& segment, MediaTime time);

}  // namespace subtide
