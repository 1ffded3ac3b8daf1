#include "elements/register.h"

#include "elements/cea608/gst_tide_caption_meta.h"
#include "elements/cea608/gst_tide_cea608.h"
#include "elements/cues/gst_tide_cues.h"
#include "elements/hls_sink/gst_tide_hls_sink.h"
#include "elements/hold/gst_tide_hold.h"
#include "elements/ingest/gst_tide_ingest.h"
#include "elements/meta/gst_tide_meta.h"
#include "elements/quality/gst_tide_qc.h"
#include "elements/scale/gst_tide_scale.h"
#include "elements/shots/gst_tide_shots.h"
#include "elements/sidecar_sink/gst_tide_sidecar_sink.h"
#include "elements/slate/gst_tide_slate.h"
#include "elements/transcribe/gst_tide_transcribe.h"
#include "elements/translate/gst_tide_translate.h"
#include "elements/vad/gst_tide_vad.h"

namespace subtide {

bool register_elements(GstPlugin* plugin, std::shared_ptr<ModelProvider> provider) {
  return register_tidevad(plugin, provider) && register_tidetranscribe(plugin, provider) &&
         register_tidetranslate(plugin, provider) && register_tidecues(plugin) &&
         register_tidecea608(plugin) && register_tidecaptionmeta(plugin) &&
         register_tidesidecarsink(plugin) && register_tidehold(plugin) &&
         register_tideslate(plugin) && register_tidemeta(plugin) && register_tideingest(plugin) &&
         register_tidehlssink(plugin) && register_tideqc(plugin) && register_tideshots(plugin) &&
         register_tidescale(plugin);
}

}  // namespace subtide
