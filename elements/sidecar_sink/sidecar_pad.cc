#include "elements/sidecar_sink/sidecar_pad.h"

#include <new>

namespace subtide {
namespace {

constexpr guint kLanguage = 1;

void set_property(GObject* object, guint id, const GValue* value, GParamSpec* spec) {
  if (id != kLanguage) {
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
    return;
  }
  SidecarPad* self = to_sidecar_pad(object);
  const gchar* text = g_value_get_string(value);
  const std::lock_guard lock(self->lock);
  self->language = text != nullptr ? text : "";
}

void get_property(GObject* object, guint id, GValue* value, GParamSpec* spec) {
  if (id != kLanguage) {
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
    return;
  }
  g_value_set_string(value, language_of(to_sidecar_pad(object)).c_str());
}

void finalize(GObject* object) {
  SidecarPad* self = to_sidecar_pad(object);
  std::destroy_at(&self->stream);
  std::destroy_at(&self->language);
  std::destroy_at(&self->lock);
  static_cast<GObjectClass*>(g_type_class_peek_parent(G_OBJECT_GET_CLASS(object)))
      ->finalize(object);
}

void init_instance(GTypeInstance* instance, gpointer) {
  SidecarPad* self = to_sidecar_pad(instance);
  new (&self->lock) std::mutex();
  new (&self->language) std::string();
  new (&self->stream) std::optional<SidecarStream>();
  new (&self->position) std::atomic<MediaTime::rep>(0);
  new (&self->has_ended) std::atomic<bool>(false);
  new (&self->is_given_up) std::atomic<bool>(false);
  gst_segment_init(&self->segment, GST_FORMAT_TIME);
}

void init_class(gpointer raw_class, gpointer) {
  auto* object_class = static_cast<GObjectClass*>(raw_class);
  object_class->set_property = set_property;
  object_class->get_property = get_property;
  object_class->finalize = finalize;
  g_object_class_install_property(
      object_class, kLanguage,
      g_param_spec_string("language", "Language",
                          "Language of the files (a BCP 47 tag, in their names); empty or auto: "
                          "that of the cues, else of the TAG event",
                          "",
                          static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS)));
}

}  // namespace

GType sidecar_pad_type() {
  static const GType type = [] {
    GTypeInfo info = {};
    info.class_size = sizeof(GstPadClass);
    info.class_init = init_class;
    info.instance_size = sizeof(SidecarPad);
    info.instance_init = init_instance;
    return g_type_register_static(GST_TYPE_PAD, "TideSidecarPad", &info, GTypeFlags(0));
  }();
  return type;
}

SidecarPad* to_sidecar_pad(gpointer pad) { return static_cast<SidecarPad*>(pad); }

std::string language_of(SidecarPad* pad) {
  const std::lock_guard lock(pad->lock);
  return pad->language == "auto" ? "" : pad->language;
}

}  // namespace subtide
