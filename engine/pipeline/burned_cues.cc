#include "engine/pipeline/burned_cues.h"

#include <fmt/format.h>
#include <gst/video/video.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/gst/clock_time.h"
#include "engine/gst/pointer.h"
#include "engine/subtitles/picture_text.h"

namespace subtide {
namespace {

// ARGB. ITU-R BT.2408: graphics white is 58 % of the PQ signal and 75 % of the HLG signal.
constexpr guint kWhite = 0xFFFFFFFF;
constexpr guint kWhiteInPq = 0xFF949494;
constexpr guint kWhiteInHlg = 0xFFBFBFBF;

guint white_of(const GstVideoInfo& pictures) {
  switch (static_cast<int>(pictures.colorimetry.transfer)) {
    case GST_VIDEO_TRANSFER_SMPTE2084:
      return kWhiteInPq;
    case GST_VIDEO_TRANSFER_ARIB_STD_B67:
      return kWhiteInHlg;
    default:
      return kWhite;
  }
}

/// What one overlay draws. Touched by its streaming thread only.
class Burning {
 public:
  Burning(GstElement* overlay, BurnedCues cues) : overlay_(overlay), cues_(std::move(cues)) {}

  void set_caps(const GstCaps* caps) {
    GstVideoInfo info;
    if (gst_video_info_from_caps(&info, caps) == FALSE) return;
    const double aspect = static_cast<double>(info.par_n) / std::max(info.par_d, 1);
    const auto size = picture_text_size({info.width, info.height, aspect}, *cues_);
    // Where pixels are not square, scale-mode=par makes letters higher, and never narrower.
    const std::string font = fmt::format("Sans Bold {}px", std::lround(size.font / aspect));
    g_object_set(overlay_, "font-desc", font.c_str(), "ypad", size.margin, "color", white_of(info),
                 nullptr);
    rate_ = info.fps_n > 0
                ? MediaDuration(gst_util_uint64_scale_int(GST_SECOND, info.fps_d, info.fps_n))
                : MediaDuration(0);
  }

  void draw_on(GstBuffer* picture) {
    const auto span = span_of(picture);
    if (!span) return;
    const MediaDuration length = span->empty() ? rate_ : span->duration();
    const Cue* cue = cue_at(*cues_, span->begin + length / 2);
    if (cue == std::exchange(shown_, cue)) return;
    g_object_set(overlay_, "text", cue != nullptr ? pango_markup(*cue).c_str() : "", nullptr);
  }

 private:
  GstElement* const overlay_;  ///< owns this
  const BurnedCues cues_;
  const Cue* shown_ = nullptr;
  MediaDuration rate_{0};  ///< of pictures that do not say how long they stand
};

GstPadProbeReturn on_item(GstPad*, GstPadProbeInfo* item, gpointer data) {
  auto* burning = static_cast<Burning*>(data);
  if ((GST_PAD_PROBE_INFO_TYPE(item) & GST_PAD_PROBE_TYPE_BUFFER) != 0) {
    burning->draw_on(GST_PAD_PROBE_INFO_BUFFER(item));
  } else if (GST_EVENT_TYPE(GST_PAD_PROBE_INFO_EVENT(item)) == GST_EVENT_CAPS) {
    GstCaps* caps = nullptr;
    gst_event_parse_caps(GST_PAD_PROBE_INFO_EVENT(item), &caps);
    burning->set_caps(caps);
  }
  return GST_PAD_PROBE_OK;
}

}  // namespace

void burn_cues(GstElement* overlay, BurnedCues cues) {
  const PadPtr pad(gst_element_get_static_pad(overlay, "video_sink"));
  constexpr auto kWatched =
      static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM);
  gst_pad_add_probe(pad.get(), kWatched, on_item, new Burning(overlay, std::move(cues)),
                    [](gpointer burning) { delete static_cast<Burning*>(burning); });
}

}  // namespace subtide
