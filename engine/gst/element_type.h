#pragma once

#include <gst/gst.h>

#include <memory>
#include <vector>

#include "engine/speech/ports.h"

namespace subtide {

/// An interface that an element type implements.
struct ElementInterface {
  GType type = G_TYPE_INVALID;
  GInterfaceInitFunc init = nullptr;
};

/// An element type as GObject wants it described. The functions must not throw: see guard().
struct ElementType {
  const char* factory_name = nullptr;  ///< "tidecues"
  const char* type_name = nullptr;     ///< "TideCues"
  GType parent = G_TYPE_INVALID;
  guint16 class_size = 0;
  GClassInitFunc class_init = nullptr;
  guint16 instance_size = 0;
  GInstanceInitFunc instance_init = nullptr;
  std::vector<ElementInterface> interfaces;
};

/// Registers an element type with `plugin` (null: statically, for this process) and hands it
/// `provider` as class data: no global knows it.
///
/// Registering the same element again makes a new type (GObject types are for ever): elements made
/// from then on ask the new provider, those made before keep theirs.
/// Threads: one at a time, before elements are made. Returns false when GStreamer refused it.
bool register_element_type(GstPlugin* plugin, const ElementType& type,
                           std::shared_ptr<ModelProvider> provider);

/// From now on elements in `bin`, however deep, ask `provider` in place of the one that their type
/// was registered with. Threads: any; elements ask when they start.
void give_provider(GstBin* bin, std::shared_ptr<ModelProvider> provider);

/// The provider of the innermost bin around the element that was given one, else the one that its
/// type was registered with; may be null for types without models. Threads: any.
std::shared_ptr<ModelProvider> provider_of(GstElement* element);

/// The class that the element's final type was derived from, for calls up to it.
template <typename Class>
Class* parent_class_of(gpointer instance) {
  return static_cast<Class*>(
      g_type_class_peek_parent(reinterpret_cast<GTypeInstance*>(instance)->g_class));
}

}  // namespace subtide
