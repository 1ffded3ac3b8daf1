#include "elements/meta/meta_properties.h"

namespace subtide {
namespace {

constexpr auto kFlags = static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
constexpr guint kMostWaiting = 1'000'000;

enum : guint { kCueFile = 1, kSei, kCaptions, kMaxWaiting };

}  // namespace

void install_meta_properties(GObjectClass* object_class) {
  const MetaSettings standard;
  const auto install = [object_class](guint id, GParamSpec* spec) {
    g_object_class_install_property(object_class, id, spec);
  };
  install(kCueFile, g_param_spec_string("cue-file", "Cue file",
                                        "File of markers, one JSON object a line, read when the "
                                        "element starts",
                                        nullptr, kFlags));
  install(kSei, g_param_spec_boolean("sei", "SEI",
                                     "Write each item as an SEI message too where the stream is "
                                     "H.264 or H.265",
                                     standard.writes_sei, kFlags));
  install(kCaptions, g_param_spec_boolean("captions", "Captions",
                                          "Write caption metas of the buffers as cc_data SEI where "
                                          "the video has none",
                                          standard.writes_captions, kFlags));
  install(kMaxWaiting, g_param_spec_uint("max-waiting", "Most waiting",
                                         "Number of items that may wait for their time; more are "
                                         "refused",
                                         1, kMostWaiting, standard.max_waiting, kFlags));
}

bool set_meta_property(MetaSettings& settings, guint id, const GValue* value) {
  switch (id) {
    case kCueFile:
      settings.cue_file = g_value_get_string(value) != nullptr ? g_value_get_string(value) : "";
      return true;
    case kSei:
      settings.writes_sei = g_value_get_boolean(value) == TRUE;
      return true;
    case kCaptions:
      settings.writes_captions = g_value_get_boolean(value) == TRUE;
      return true;
    case kMaxWaiting:
      settings.max_waiting = g_value_get_uint(value);
      return true;
    default:
      return false;
  }
}

bool get_meta_property(const MetaSettings& settings, guint id, GValue* value) {
  switch (id) {
    case kCueFile:
      g_value_set_string(value, settings.cue_file.c_str());
      return true;
    case kSei:
      g_value_set_boolean(value, settings.writes_sei);
      return true;
    case kCaptions:
      g_value_set_boolean(value, settings.writes_captions);
      return true;
    case kMaxWaiting:
      g_value_set_uint(value, settings.max_waiting);
      return true;
    default:
      return false;
  }
}

}  // namespace subtide
