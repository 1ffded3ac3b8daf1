#pragma once

#include <glib-object.h>

#include <string>

#include "elements/cues/cue_stream.h"
#include "engine/base/media_time.h"
#include "engine/base/result.h"

namespace subtide {

/// What ends the text of a cue's buffer.
enum class LineEnd { kAuto, kNone, kNewline };

/// What a user set on tidecues.
struct CueSettings {
  CueStreamOptions stream;
  LineEnd line_end = LineEnd::kAuto;
  MediaDuration max_delay = std::chrono::seconds(3);  ///< 0: as for a file
};

void install_cue_properties(GObjectClass* object_class);

/// False for an id that was not installed.
bool set_cue_property(CueSettings& settings, guint id, const GValue* value);
bool get_cue_property(const CueSettings& settings, guint id, GValue* value);

/// From the start of a cue to the moment it can be known: the latency of a live stream.
MediaDuration cue_delay(const CueSettings& settings);

}  // namespace subtide
