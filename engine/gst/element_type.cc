#include "engine/gst/element_type.h"

#include <string>
#include <utility>

#include "engine/gst/pointer.h"

namespace subtide {
namespace {

using Provider = std::shared_ptr<ModelProvider>;

GQuark provider_quark() { return g_quark_from_static_string("tide-model-provider"); }

std::string free_type_name(const char* name) {
  std::string candidate = name;
  for (int number = 2; g_type_from_name(candidate.c_str()) != 0; ++number) {
    candidate = std::string(name) + "-" + std::to_string(number);
  }
  return candidate;
}

GTypeInfo to_type_info(const ElementType& type) {
  GTypeInfo info = {};
  info.class_size = type.class_size;
  info.class_init = type.class_init;
  info.instance_size = type.instance_size;
  info.instance_init = type.instance_init;
  return info;
}

}  // namespace

bool register_element_type(GstPlugin* plugin, const ElementType& type, Provider provider) {
  const GTypeInfo info = to_type_info(type);
  const GType registered = g_type_register_static(
      type.parent, free_type_name(type.type_name).c_str(), &info, GTypeFlags(0));
  if (registered == 0) return false;
  for (const ElementInterface& added : type.interfaces) {
    const GInterfaceInfo interface = {added.init, nullptr, nullptr};
    g_type_add_interface_static(registered, added.type, &interface);
  }
  // Types live as long as the process, and so does this reference.
  g_type_set_qdata(registered, provider_quark(), new Provider(std::move(provider)));
  return gst_element_register(plugin, type.factory_name, GST_RANK_NONE, registered) == TRUE;
}

void give_provider(GstBin* bin, Provider provider) {
  g_object_set_qdata_full(G_OBJECT(bin), provider_quark(), new Provider(std::move(provider)),
                          [](gpointer held) { delete static_cast<Provider*>(held); });
}

Provider provider_of(GstElement* element) {
  GstPtr<GstObject> parent(gst_object_get_parent(GST_OBJECT(element)));
  while (parent) {
    const auto* given =
        static_cast<const Provider*>(g_object_get_qdata(G_OBJECT(parent.get()), provider_quark()));
    if (given != nullptr) return *given;
    parent = GstPtr<GstObject>(gst_object_get_parent(parent.get()));
  }
  const auto* found =
      static_cast<const Provider*>(g_type_get_qdata(G_OBJECT_TYPE(element), provider_quark()));
  return found != nullptr ? *found : nullptr;
}

}  // namespace subtide
