#include "engine/gst/clock_time.h"

namespace subtide {

std::optional<MediaTime> to_media_time(GstClockTime time) {
  if (!GST_CLOCK_TIME_IS_VALID(time)) return std::nullopt;
  return MediaTime(static_cast<MediaTime::rep>(time));
}

GstClockTime to_clock_time(MediaTime time) {
  return time < MediaTime(0) ? 0 : static_cast<GstClockTime>(time.count());
}

std::optional<TimeSpan> span_of(GstBuffer* buffer) {
  const auto begin = to_media_time(GST_BUFFER_PTS(buffer));
  if (!begin) return std::nullopt;
  const auto duration = to_media_time(GST_BUFFER_DURATION(buffer)).value_or(MediaTime(0));
  return TimeSpan{*begin, *begin + duration};
}

std::optional<TimeSpan> span_of_gap(GstEvent* event) {
  GstClockTime timestamp = GST_CLOCK_TIME_NONE;
  GstClockTime length = GST_CLOCK_TIME_NONE;
  gst_event_parse_gap(event, &timestamp, &length);
  const auto begin = to_media_time(timestamp);
  if (!begin) return std::nullopt;
  return TimeSpan{*begin, *begin + to_media_time(length).value_or(MediaTime(0))};
}

void set_span(GstBuffer* buffer, TimeSpan span) {
  GST_BUFFER_PTS(buffer) = to_clock_time(span.begin);
  GST_BUFFER_DURATION(buffer) = to_clock_time(span.end) - to_clock_time(span.begin);
}

std::optional<MediaTime> to_stream_time(const GstSegment& segment, MediaTime time) {
  if (segment.format != GST_FORMAT_TIME) return std::nullopt;
  // A time before zero cannot be asked for; the rate inside a GstSegment is constant.
  const GstClockTime asked = to_clock_time(time);
  guint64 position = 0;
  const int sign = gst_segment_to_stream_time_full(&segment, GST_FORMAT_TIME, asked, &position);
  if (sign == 0) return std::nullopt;
  const MediaTime magnitude(static_cast<MediaTime::rep>(position));
  const MediaTime below_zero = time < MediaTime(0) ? time : MediaTime(0);
  return (sign > 0 ? magnitude : -magnitude) + below_zero;
}

}  // namespace subtide
