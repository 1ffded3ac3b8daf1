#include "engine/pipeline/unknown_language.h"

#include "engine/gst/pointer.h"
#include "engine/gst/text_buffer.h"
#include "engine/pipeline/recognition_part.h"

namespace subtide {
namespace {

GstPadProbeReturn watch(GstPad* pad, GstPadProbeInfo* item, gpointer) {
  if ((GST_PAD_PROBE_INFO_TYPE(item) & GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM) != 0) {
    const auto language = language_of_tag(GST_PAD_PROBE_INFO_EVENT(item));
    return language && *language != "und" ? GST_PAD_PROBE_REMOVE : GST_PAD_PROBE_OK;
  }
  gst_pad_push_event(pad,
                     gst_event_new_tag(gst_tag_list_new(GST_TAG_LANGUAGE_CODE, "und", nullptr)));
  return GST_PAD_PROBE_REMOVE;
}

gboolean watch_feeder(GstElement*, GstPad* sink, gpointer) {
  const PadPtr feeder(gst_pad_get_peer(sink));
  if (feeder) tell_unknown_language(feeder.get());
  return TRUE;
}

}  // namespace

void tell_unknown_language(GstPad* pad) {
  constexpr auto kItems =
      static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST |
                                   GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM);
  gst_pad_add_probe(pad, kItems, watch, nullptr, nullptr);
}

void tell_unknown_languages(GstBin* bin) {
  for (const ElementPtr& mux : elements_of(bin, "matroskamux")) {
    gst_element_foreach_sink_pad(mux.get(), watch_feeder, nullptr);
  }
}

}  // namespace subtide
