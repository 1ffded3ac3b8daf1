#include "engine/pipeline/encoder_delay.h"

#include "engine/gst/pointer.h"
#include "engine/pipeline/recognition_part.h"

namespace subtide {
namespace {

constexpr guint64 kPaddingSamples = 1024;

GstClockTime padding_of(GstPad* pad) {
  const CapsPtr caps(gst_pad_get_current_caps(pad));
  int rate = 0;
  if (!caps || !gst_structure_get_int(gst_caps_get_structure(caps.get(), 0), "rate", &rate) ||
      rate <= 0) {
    return 0;
  }
  return gst_util_uint64_scale_round(kPaddingSamples, GST_SECOND, static_cast<guint64>(rate));
}

GstPadProbeReturn move_earlier(GstPad* pad, GstPadProbeInfo* item, gpointer) {
  GstBuffer* buffer = GST_PAD_PROBE_INFO_BUFFER(item);
  const GstClockTime padding = padding_of(pad);
  if (!GST_BUFFER_PTS_IS_VALID(buffer)) return GST_PAD_PROBE_OK;
  if (GST_BUFFER_PTS(buffer) + GST_MSECOND < padding) return GST_PAD_PROBE_DROP;
  buffer = gst_buffer_make_writable(buffer);
  GST_BUFFER_PTS(buffer) -= MIN(padding, GST_BUFFER_PTS(buffer));
  if (GST_BUFFER_DTS_IS_VALID(buffer)) GST_BUFFER_DTS(buffer) = GST_BUFFER_PTS(buffer);
  GST_PAD_PROBE_INFO_DATA(item) = buffer;
  return GST_PAD_PROBE_OK;
}

}  // namespace

void take_off_encoder_delay(GstBin* bin) {
  for (const ElementPtr& encoder : elements_of(bin, "avenc_aac")) {
    const PadPtr src(gst_element_get_static_pad(encoder.get(), "src"));
    gst_pad_add_probe(src.get(), GST_PAD_PROBE_TYPE_BUFFER, move_earlier, nullptr, nullptr);
  }
}

}  // namespace subtide
