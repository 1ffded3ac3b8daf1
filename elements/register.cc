#include "elements/register.h"

#include <utility>

#if __has_include("elements/cues/gst_tide_cues.h")
#include "elements/cues/gst_tide_cues.h"
#define HAVE_CUES 1
#endif
#if __has_include("elements/sidecar_sink/gst_tide_sidecar_sink.h")
#include "elements/sidecar_sink/gst_tide_sidecar_sink.h"
#define HAVE_SIDECAR 1
#endif
#if __has_include("elements/translate/gst_tide_translate.h")
#include "elements/translate/gst_tide_translate.h"
#define HAVE_TRANSLATE 1
#endif
#if __has_include("elements/transcribe/gst_tide_transcribe.h")
#include "elements/transcribe/gst_tide_transcribe.h"
#define HAVE_TRANSCRIBE 1
#endif
#if __has_include("elements/vad/gst_tide_vad.h")
#include "elements/vad/gst_tide_vad.h"
#define HAVE_VAD 1
#endif

namespace subtide {

bool register_elements([[maybe_unused]] GstPlugin* plugin,
                       [[maybe_unused]] std::shared_ptr<ModelProvider> provider) {
  bool is_registered = true;
#ifdef HAVE_VAD
  is_registered = register_tidevad(plugin, provider) && is_registered;
#endif
#ifdef HAVE_TRANSCRIBE
  is_registered = register_tidetranscribe(plugin, provider) && is_registered;
#endif
#ifdef HAVE_TRANSLATE
  is_registered = register_tidetranslate(plugin, provider) && is_registered;
#endif
#ifdef HAVE_CUES
  is_registered = register_tidecues(plugin) && is_registered;
#endif
#ifdef HAVE_SIDECAR
  is_registered = register_tidesidecarsink(plugin) && is_registered;
#endif
  return is_registered;
}

}  // namespace subtide
