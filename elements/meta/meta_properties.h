#pragma once

#include <glib-object.h>

#include <string>

namespace subtide {

/// What a user set on tidemeta.
struct MetaSettings {
  std::string cue_file;
  bool writes_sei = true;
  bool writes_captions = true;
  guint max_waiting = 10'000;
};

void install_meta_properties(GObjectClass* object_class);

/// False for an id that was not installed.
bool set_meta_property(MetaSettings& settings, guint id, const GValue* value);
bool get_meta_property(const MetaSettings& settings, guint id, GValue* value);

}  // namespace subtide
