#include <gst/gst.h>

#include "elements/register.h"
#include "models/builtin.h"

namespace {

gboolean plugin_init(GstPlugin* plugin) {
  return subtide::register_elements(plugin, subtide::make_builtin_provider()) ? TRUE : FALSE;
}

}  // namespace

#define PACKAGE "subtide"
GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, subtide,
                  "Speech detection, transcription, translation and subtitles", plugin_init,
                  "0.1.0", "Apache-2.0", "subtide", "subtide")
