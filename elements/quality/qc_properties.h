#pragma once

#include <glib-object.h>

#include "engine/quality/picture_watch.h"
#include "engine/quality/sound_watch.h"

namespace subtide {

/// What a user set on tideqc.
struct QcSettings {
  PictureWatchOptions picture;
  SoundWatchOptions sound;
};

void install_qc_properties(GObjectClass* object_class);

/// False for an id that was not installed.
bool set_qc_property(QcSettings& settings, guint id, const GValue* value);
bool get_qc_property(const QcSettings& settings, guint id, GValue* value);

}  // namespace subtide
