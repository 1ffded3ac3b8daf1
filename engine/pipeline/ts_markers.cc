#include "engine/pipeline/ts_markers.h"

#include <algorithm>
#include <span>

#include "engine/base/log.h"
#include "engine/gst/metadata_meta.h"
#include "engine/gst/pointer.h"
#include "engine/metadata/ticks.h"
#include "engine/metadata/ts_packet.h"

namespace subtide {
namespace {

/// Where mpegtsmux begins to count (CLOCK_BASE of tsmux.c, since its first version).
constexpr MediaTime kMuxBegins = std::chrono::hours(1);
/// What fits into one datagram, as `alignment=7` of the muxer asks for.
constexpr std::size_t kDatagram = 7 * kTsPacketSize;

void append(Bytes& bytes, TsId3Filter& filter, GstBuffer* buffer) {
  GstMapInfo map = GST_MAP_INFO_INIT;
  if (gst_buffer_map(buffer, &map, GST_MAP_READ) == FALSE) return;
  const Bytes ready = filter.push({map.data, map.size});
  gst_buffer_unmap(buffer, &map);
  bytes.insert(bytes.end(), ready.begin(), ready.end());
}

BufferPtr to_buffer(ByteView bytes) {
  return BufferPtr(gst_buffer_new_memdup(bytes.data(), bytes.size()));
}

GstBufferList* to_datagrams(ByteView bytes) {
  GstBufferList* list = gst_buffer_list_new();
  for (std::size_t at = 0; at < bytes.size(); at += kDatagram) {
    const auto one = bytes.subspan(at, std::min(kDatagram, bytes.size() - at));
    gst_buffer_list_add(list, to_buffer(one).release());
  }
  return list;
}

/// Packets that a sink would send first to whom it meets, with a PMT that knows no ID3. The stream
/// repeats its own ten times a second.
GstEvent* without_headers(GstEvent* event) {
  GstCaps* caps = nullptr;
  gst_event_parse_caps(event, &caps);
  const CapsPtr plain(gst_caps_copy(caps));
  gst_structure_remove_field(gst_caps_get_structure(plain.get(), 0), "streamheader");
  return gst_event_new_caps(plain.get());
}

}  // namespace

void TsMarkers::take(GstBuffer* buffer) {
  for (const TimedMetadata& item : metadata_of(buffer)) {
    const std::lock_guard lock(mutex_);
    if (auto added = filter_.add(item, to_ticks(item.at + kMuxBegins)); !added) {
      log_info("{}", added.error().message);
    }
  }
}

void TsMarkers::stand_behind(GstElement* mux) {
  const PadPtr src(gst_element_get_static_pad(mux, "src"));
  gst_pad_add_probe(
      src.get(),
      static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST |
                                   GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM),
      &TsMarkers::on_data, this, nullptr);
}

GstPadProbeReturn TsMarkers::on_data(GstPad* pad, GstPadProbeInfo* info, gpointer raw) {
  auto* self = static_cast<TsMarkers*>(raw);
  if ((info->type & GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM) == 0) return self->change_data(info);
  GstEvent* event = GST_PAD_PROBE_INFO_EVENT(info);
  if (GST_EVENT_TYPE(event) == GST_EVENT_EOS) self->finish(pad);
  if (GST_EVENT_TYPE(event) == GST_EVENT_CAPS) {
    GST_PAD_PROBE_INFO_DATA(info) = without_headers(event);
    gst_event_unref(event);
  }
  return GST_PAD_PROBE_OK;
}

GstPadProbeReturn TsMarkers::change_data(GstPadProbeInfo* info) {
  Bytes ready;
  const bool is_list = (info->type & GST_PAD_PROBE_TYPE_BUFFER_LIST) != 0;
  {
    const std::lock_guard lock(mutex_);
    if (is_list) {
      GstBufferList* list = GST_PAD_PROBE_INFO_BUFFER_LIST(info);
      for (guint i = 0; i < gst_buffer_list_length(list); ++i) {
        append(ready, filter_, gst_buffer_list_get(list, i));
      }
    } else {
      append(ready, filter_, GST_PAD_PROBE_INFO_BUFFER(info));
    }
  }
  if (ready.empty()) return GST_PAD_PROBE_DROP;
  gst_mini_object_unref(GST_MINI_OBJECT_CAST(GST_PAD_PROBE_INFO_DATA(info)));
  GST_PAD_PROBE_INFO_DATA(info) =
      is_list ? static_cast<gpointer>(to_datagrams(ready)) : to_buffer(ready).release();
  return GST_PAD_PROBE_OK;
}

/// In front of the end, which has not left the pad yet.
void TsMarkers::finish(GstPad* pad) {
  Bytes rest;
  {
    const std::lock_guard lock(mutex_);
    rest = filter_.finish();
  }
  const PadPtr next(gst_pad_get_peer(pad));
  if (!rest.empty() && next) gst_pad_chain(next.get(), to_buffer(rest).release());
}

}  // namespace subtide
