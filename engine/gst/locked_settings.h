#pragma once

#include <gst/gst.h>

#include <mutex>

#include "engine/gst/guard.h"

namespace subtide {

/// The GObject property functions of an element whose instance has `element`, `lock` and
/// `settings`: any thread may read and write the settings, under the lock.
///
/// `kSet` and `kGet` answer false for an id that was not installed.
template <typename Instance, typename Settings, bool (*kSet)(Settings&, guint, const GValue*),
          bool (*kGet)(const Settings&, guint, GValue*)>
struct LockedSettings {
  static void set(GObject* object, guint id, const GValue* value, GParamSpec* spec) {
    auto* self = static_cast<Instance*>(static_cast<gpointer>(object));
    guard(&self->element, [&] {
      const std::lock_guard lock(self->lock);
      if (!kSet(self->settings, id, value)) G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
    });
  }

  static void get(GObject* object, guint id, GValue* value, GParamSpec* spec) {
    auto* self = static_cast<Instance*>(static_cast<gpointer>(object));
    guard(&self->element, [&] {
      const std::lock_guard lock(self->lock);
      if (!kGet(self->settings, id, value)) G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
    });
  }

  static void install(GObjectClass* object_class) {
    object_class->set_property = set;
    object_class->get_property = get;
  }

  static Settings snapshot(Instance* self) {
    const std::lock_guard lock(self->lock);
    return self->settings;
  }
};

}  // namespace subtide
