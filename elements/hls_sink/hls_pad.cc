#include "elements/hls_sink/hls_pad.h"

#include <new>

namespace subtide {
namespace {

enum PadProperty : guint { kRendition = 1, kLanguage, kLabel, kDefault };

std::string text_of(const GValue* value) {
  const gchar* text = g_value_get_string(value);
  return text != nullptr ? text : "";
}

void set_property(GObject* object, guint id, const GValue* value, GParamSpec* spec) {
  HlsPad* self = to_hls_pad(object);
  const std::lock_guard lock(self->lock);
  switch (id) {
    case kRendition:
      self->settings.rendition = text_of(value);
      return;
    case kLanguage:
      self->settings.language = text_of(value);
      return;
    case kLabel:
      self->settings.label = text_of(value);
      return;
    case kDefault:
      self->settings.is_default = g_value_get_boolean(value) != FALSE;
      return;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
  }
}

void get_property(GObject* object, guint id, GValue* value, GParamSpec* spec) {
  HlsPad* self = to_hls_pad(object);
  const std::lock_guard lock(self->lock);
  switch (id) {
    case kRendition:
      g_value_set_string(value, self->settings.rendition.c_str());
      return;
    case kLanguage:
      g_value_set_string(value, self->settings.language.c_str());
      return;
    case kLabel:
      g_value_set_string(value, self->settings.label.c_str());
      return;
    case kDefault:
      g_value_set_boolean(value, self->settings.is_default ? TRUE : FALSE);
      return;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
  }
}

void finalize(GObject* object) {
  HlsPad* self = to_hls_pad(object);
  std::destroy_at(&self->settings);
  std::destroy_at(&self->lock);
  static_cast<GObjectClass*>(g_type_class_peek_parent(G_OBJECT_GET_CLASS(object)))
      ->finalize(object);
}

void init_instance(GTypeInstance* instance, gpointer) {
  HlsPad* self = to_hls_pad(instance);
  new (&self->lock) std::mutex();
  new (&self->settings) HlsPadSettings();
  new (&self->id) std::optional<Presentation::Id>();
  new (&self->asked_key) std::optional<MediaTime>();
  gst_segment_init(&self->segment, GST_FORMAT_TIME);
}

void init_class(gpointer raw_class, gpointer) {
  auto* object_class = static_cast<GObjectClass*>(raw_class);
  object_class->set_property = set_property;
  object_class->get_property = get_property;
  object_class->finalize = finalize;
  constexpr auto kFlags = static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  const auto text = [&](guint id, const char* name, const char* what) {
    g_object_class_install_property(object_class, id,
                                    g_param_spec_string(name, name, what, "", kFlags));
  };
  text(kRendition, "rendition",
       "Name of the rendition, in its folder's name: 720p; empty: the pad's number or language");
  text(kLanguage, "language", "Language (a BCP 47 tag) of sound or text");
  text(kLabel, "label", "What a player's menu says; empty: the language");
  g_object_class_install_property(
      object_class, kDefault,
      g_param_spec_boolean("default", "default", "Whether players choose it by themselves", FALSE,
                           kFlags));
}

std::string number_of(HlsPad* pad) {
  const std::string name = GST_PAD_NAME(pad);
  return name.substr(name.find('_') + 1);
}

}  // namespace

GType hls_pad_type() {
  static const GType type = [] {
    GTypeInfo info = {};
    info.class_size = sizeof(GstPadClass);
    info.class_init = init_class;
    info.instance_size = sizeof(HlsPad);
    info.instance_init = init_instance;
    return g_type_register_static(GST_TYPE_PAD, "TideHlsPad", &info, GTypeFlags(0));
  }();
  return type;
}

HlsPad* to_hls_pad(gpointer pad) { return static_cast<HlsPad*>(pad); }

RenditionOptions rendition_of(HlsPad* pad, bool waits_for_language) {
  const std::lock_guard lock(pad->lock);
  const HlsPadSettings& settings = pad->settings;
  RenditionOptions options;
  options.kind = pad->kind;
  options.language = settings.language == "auto" ? "" : settings.language;
  options.name = settings.rendition;
  if (options.name.empty() && pad->kind != RenditionKind::kVideo) options.name = options.language;
  if (options.name.empty()) {
    options.name = number_of(pad);
    options.waits_for_language = waits_for_language && pad->kind == RenditionKind::kText;
  }
  options.label = settings.label;
  options.is_default = settings.is_default;
  return options;
}

}  // namespace subtide
