#pragma once

#include <glib-object.h>

#include <string>

#include "elements/sidecar_sink/sidecar_stream.h"
#include "engine/base/result.h"

namespace subtide {

/// What a user set on tidesidecarsink.
struct SidecarSettings {
  std::string location;
  std::string formats = "srt";
  bool replaces = false;
  gint64 time_zero = 0;
  std::string style = "default";
  std::string media_name;
  guint64 media_duration = G_MAXUINT64;
  double frame_rate = 25.0;
};

void install_sidecar_properties(GObjectClass* object_class);

/// False for an id that was not installed.
bool set_sidecar_property(SidecarSettings& settings, guint id, const GValue* value);
bool get_sidecar_property(const SidecarSettings& settings, guint id, GValue* value);

/// Errors: kInvalidArgument for an empty location, and for unknown formats and styles.
Result<SidecarStreamOptions> to_stream_options(const SidecarSettings& settings);

}  // namespace subtide
