#pragma once

#include <gst/gst.h>

#include <mutex>
#include <optional>
#include <string>

#include "engine/base/media_time.h"
#include "engine/packaging/presentation.h"

namespace subtide {

/// What a user set on one pad of tidehlssink.
struct HlsPadSettings {
  std::string rendition;  ///< name of it; empty: by the pad's number
  std::string language;
  std::string label;
  bool is_default = false;
};

/// One pad of tidehlssink: a GstPad with properties and its place in the presentation.
struct HlsPad {
  GstPad pad;
  std::mutex lock;  ///< guards settings
  HlsPadSettings settings;
  /// Set with the state change while nothing streams; the streaming thread's otherwise.
  RenditionKind kind;
  std::optional<Presentation::Id> id;
  GstSegment segment;
  bool has_epoch;
  std::optional<MediaTime> asked_key;  ///< the latest key frame that was asked for
  unsigned asked_keys;
};

GType hls_pad_type();
HlsPad* to_hls_pad(gpointer pad);

/// What the presentation is told of a pad. `waits_for_language`: text without a language gets the
/// one that its stream tells.
RenditionOptions rendition_of(HlsPad* pad, bool waits_for_language);

}  // namespace subtide
