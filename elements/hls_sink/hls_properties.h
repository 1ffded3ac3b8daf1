#pragma once

#include <glib-object.h>

#include <string>

#include "engine/base/media_time.h"
#include "engine/base/result.h"
#include "engine/packaging/presentation.h"

namespace subtide {

/// What a user set on tidehlssink.
struct HlsSettings {
  std::string location;
  MediaDuration segment = std::chrono::seconds(2);
  MediaDuration part{0};
  MediaDuration patience = std::chrono::seconds(4);
  MediaDuration media_patience = std::chrono::seconds(8);
  PlaylistType type = PlaylistType::kLive;
  guint window = 6;
  bool asks_for_key_frames = false;
  std::string closed_captions;  ///< "CC1=en,CC3=es"
};

void install_hls_properties(GObjectClass* object_class);

/// False for an id that was not installed.
bool set_hls_property(HlsSettings& settings, guint id, const GValue* value);
bool get_hls_property(const HlsSettings& settings, guint id, GValue* value);

/// With a clock, and with metadata as ID3 in event messages and as date ranges.
/// Errors: kInvalidArgument for channels that are none.
Result<PresentationOptions> to_presentation_options(const HlsSettings& settings);

}  // namespace subtide
