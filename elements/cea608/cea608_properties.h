#pragma once

#include <glib-object.h>

#include "engine/subtitles/cea608_encoder.h"

namespace subtide {

/// What a user set on tidecea608.
using Cea608Settings = Cea608Options;

void install_cea608_properties(GObjectClass* object_class);

/// False for an id that was not installed.
bool set_cea608_property(Cea608Settings& settings, guint id, const GValue* value);
bool get_cea608_property(const Cea608Settings& settings, guint id, GValue* value);

}  // namespace subtide
