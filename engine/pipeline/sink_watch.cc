#include "engine/pipeline/sink_watch.h"

#include <algorithm>

#include "engine/gst/clock_time.h"
#include "engine/gst/pointer.h"

namespace subtide {

SinkWatch::SinkWatch(GstBin* bin) {
  const GstPtr<GstIterator> sinks(gst_bin_iterate_sinks(bin));
  gst_iterator_foreach(sinks.get(), watch_pads, this);
}

void SinkWatch::watch_pads(const GValue* sink, gpointer self) {
  gst_element_foreach_sink_pad(GST_ELEMENT(g_value_get_object(sink)), watch_pad, self);
}

gboolean SinkWatch::watch_pad(GstElement*, GstPad* pad, gpointer self) {
  auto* watch = static_cast<SinkWatch*>(self);
  Watched& watched = watch->pads_.emplace_back();
  watched.watch = watch;
  constexpr auto kItems =
      static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM);
  gst_pad_add_probe(pad, kItems, on_item, &watched, nullptr);
  return TRUE;
}

GstPadProbeReturn SinkWatch::on_item(GstPad*, GstPadProbeInfo* item, gpointer data) {
  auto* watched = static_cast<Watched*>(data);
  std::optional<TimeSpan> span;
  if ((GST_PAD_PROBE_INFO_TYPE(item) & GST_PAD_PROBE_TYPE_BUFFER) != 0) {
    span = span_of(GST_PAD_PROBE_INFO_BUFFER(item));
  } else if (GST_EVENT_TYPE(GST_PAD_PROBE_INFO_EVENT(item)) == GST_EVENT_GAP) {
    span = span_of_gap(GST_PAD_PROBE_INFO_EVENT(item));
  }
  // One pad has one streaming thread, so nobody else writes in between.
  if (span) watched->reached = std::max(watched->reached.load(), span->end.count());
  ++watched->watch->activity_;
  return GST_PAD_PROBE_OK;
}

std::optional<MediaTime> SinkWatch::position() const {
  MediaTime::rep least = MediaTime::max().count();
  for (const auto& pad : pads_) least = std::min(least, pad.reached.load());
  if (pads_.empty() || least == MediaTime::min().count()) return std::nullopt;
  return MediaTime(least);
}

}  // namespace subtide
