#include "engine/gst/pads.h"

#include <algorithm>
#include <utility>

#include "engine/gst/clock_time.h"

namespace subtide {
namespace {

/// Whether `src` holds this very event.
bool was_passed(GstPad* src, GstEvent* event) {
  const GstEventType type = GST_EVENT_TYPE(event);
  for (guint index = 0;; ++index) {
    const EventPtr passed(gst_pad_get_sticky_event(src, type, index));
    if (passed == nullptr || passed.get() == event) return passed != nullptr;
  }
}

struct Search {
  GstPad* src;
  std::vector<EventPtr> lost;
};

gboolean look_at(GstPad*, GstEvent** event, gpointer data) {
  auto* search = static_cast<Search*>(data);
  const GstEventType type = GST_EVENT_TYPE(*event);
  if (type == GST_EVENT_SEGMENT || type == GST_EVENT_EOS) return TRUE;
  if (!was_passed(search->src, *event)) search->lost.push_back(own_mini_object(*event));
  return TRUE;
}

}  // namespace

UpstreamLatency answer_latency(GstPad* sink, GstQuery* query, MediaDuration own) {
  if (!gst_pad_peer_query(sink, query)) return {};
  gboolean is_live = FALSE;
  GstClockTime minimum = 0;
  GstClockTime maximum = GST_CLOCK_TIME_NONE;
  gst_query_parse_latency(query, &is_live, &minimum, &maximum);
  if (!is_live) return {true, false};
  const GstClockTime added = to_clock_time(own);
  if (GST_CLOCK_TIME_IS_VALID(maximum)) maximum += added;
  gst_query_set_latency(query, is_live, minimum + added, maximum);
  return {true, true};
}

gboolean answer_latency(std::span<const PadPtr> sinks, GstQuery* query) {
  gboolean is_any_live = FALSE;
  GstClockTime minimum = 0;
  GstClockTime maximum = GST_CLOCK_TIME_NONE;
  for (const PadPtr& pad : sinks) {
    if (!gst_pad_is_linked(pad.get())) continue;
    const QueryPtr asked(gst_query_new_latency());
    if (!gst_pad_peer_query(pad.get(), asked.get())) return FALSE;
    gboolean is_live = FALSE;
    GstClockTime low = 0;
    GstClockTime high = GST_CLOCK_TIME_NONE;
    gst_query_parse_latency(asked.get(), &is_live, &low, &high);
    if (!is_live) continue;
    is_any_live = TRUE;
    minimum = std::max(minimum, low);
    maximum = std::min(maximum, high);  // NONE is the largest number
  }
  gst_query_set_latency(query, is_any_live, minimum, maximum);
  return TRUE;
}

gboolean push_upstream(std::span<const PadPtr> sinks, GstEvent* event) {
  gboolean is_taken = FALSE;
  for (const PadPtr& pad : sinks) {
    if (gst_pad_push_event(pad.get(), gst_event_ref(event))) is_taken = TRUE;
  }
  return is_taken;
}

std::vector<EventPtr> lost_sticky_events(GstPad* sink, GstPad* src) {
  Search search{src, {}};
  gst_pad_sticky_events_foreach(sink, look_at, &search);
  return std::move(search.lost);
}

}  // namespace subtide
