#include "elements/hls_sink/hls_properties.h"

#include <gst/gst.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/metadata/daterange.h"
#include "engine/metadata/emsg.h"

namespace subtide {
namespace {

enum HlsProperty : guint {
  kLocation = 1,
  kSegment,
  kPart,
  kPatience,
  kMediaPatience,
  kType,
  kWindow,
  kAsksForKeyFrames,
  kClosedCaptions
};

constexpr guint64 kMostTime = 3600 * GST_SECOND;

GType playlist_type_type() {
  static const GEnumValue values[] = {
      {static_cast<gint>(PlaylistType::kLive), "The newest segments only", "live"},
      {static_cast<gint>(PlaylistType::kEvent), "All segments, from the first on", "event"},
      {static_cast<gint>(PlaylistType::kVod), "All segments, once they are all there", "vod"},
      {0, nullptr, nullptr}};
  static const GType type = g_enum_register_static("TideHlsPlaylistType", values);
  return type;
}

MediaDuration time_of(const GValue* value) {
  return MediaDuration(static_cast<std::int64_t>(g_value_get_uint64(value)));
}

void set_time(GValue* value, MediaDuration time) {
  g_value_set_uint64(value, static_cast<guint64>(time.count()));
}

std::string event_message(const TimedMetadata& item, const TrackFormat& format) {
  const Bytes box = write_emsg(make_event_message(item, item.at, format.timescale));
  return {box.begin(), box.end()};
}

/// The attribute list alone, as the playlist wants it.
std::string attributes_of(const DateRange& range) {
  std::string text;
  for (const auto& attribute : range) {
    if (!text.empty()) text += ',';
    text += attribute.name + '=' + attribute.value;
  }
  return text;
}

/// As a playlist's INSTREAM-ID may name them.
bool is_channel(std::string_view name) {
  return name == "CC1" || name == "CC2" || name == "CC3" || name == "CC4";
}

/// "CC1=en,CC3=es"; without "=" the language is not known.
Result<std::vector<ClosedCaptions>> read_channels(std::string_view text) {
  std::vector<ClosedCaptions> channels;
  while (!text.empty()) {
    const std::string_view one = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), one.size() + 1));
    const std::string_view name = one.substr(0, one.find('='));
    if (!is_channel(name)) {
      return make_error(ErrorCode::kInvalidArgument,
                        "closed-captions: '{}' is no channel; write CC1, CC2, CC3 or CC4, with its "
                        "language: CC1=en",
                        name);
    }
    ClosedCaptions captions{std::string(name), "", ""};
    if (one.size() > name.size()) captions.language = one.substr(name.size() + 1);
    channels.push_back(std::move(captions));
  }
  return channels;
}

}  // namespace

void install_hls_properties(GObjectClass* object_class) {
  constexpr auto kFlags = static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_property(
      object_class, kLocation,
      g_param_spec_string(
          "location", "Location",
          "Folder of the presentation, made when it is not there; empty: nothing is "
          "written",
          "", kFlags));
  const auto time = [&](guint id, const char* name, const char* what, guint64 initial) {
    g_object_class_install_property(
        object_class, id, g_param_spec_uint64(name, name, what, 0, kMostTime, initial, kFlags));
  };
  time(kSegment, "segment-duration", "Length of segments, which end at key frames (nanoseconds)",
       2 * GST_SECOND);
  time(kPart, "part-duration", "Length of the parts of low-latency HLS; 0: no parts (nanoseconds)",
       0);
  time(kPatience, "patience",
       "How long a segment waits for captions once its end is known (nanoseconds)", 4 * GST_SECOND);
  time(kMediaPatience, "media-patience",
       "How long a segment waits for slower sound and pictures, which are lost when they come "
       "later (nanoseconds)",
       8 * GST_SECOND);
  g_object_class_install_property(
      object_class, kType,
      g_param_spec_enum("playlist-type", "Playlist type", "What the playlists list",
                        playlist_type_type(), static_cast<gint>(PlaylistType::kLive), kFlags));
  g_object_class_install_property(
      object_class, kWindow,
      g_param_spec_uint("window", "Window", "Number of segments in a live playlist, the newest", 3,
                        100'000, 6, kFlags));
  g_object_class_install_property(
      object_class, kAsksForKeyFrames,
      g_param_spec_boolean("request-keyframes", "Request key frames",
                           "Ask the encoders for a key frame where a segment should begin", FALSE,
                           kFlags));
  g_object_class_install_property(
      object_class, kClosedCaptions,
      g_param_spec_string("closed-captions", "Closed captions",
                          "Channels of the captions inside the pictures, with their languages, for "
                          "the multivariant playlist: CC1=en,CC3=es; empty: none",
                          "", kFlags));
}

bool set_hls_property(HlsSettings& settings, guint id, const GValue* value) {
  switch (id) {
    case kLocation:
      settings.location = g_value_get_string(value) != nullptr ? g_value_get_string(value) : "";
      return true;
    case kSegment:
      settings.segment = time_of(value);
      return true;
    case kPart:
      settings.part = time_of(value);
      return true;
    case kPatience:
      settings.patience = time_of(value);
      return true;
    case kMediaPatience:
      settings.media_patience = time_of(value);
      return true;
    case kType:
      settings.type = static_cast<PlaylistType>(g_value_get_enum(value));
      return true;
    case kWindow:
      settings.window = g_value_get_uint(value);
      return true;
    case kAsksForKeyFrames:
      settings.asks_for_key_frames = g_value_get_boolean(value) != FALSE;
      return true;
    case kClosedCaptions:
      settings.closed_captions =
          g_value_get_string(value) != nullptr ? g_value_get_string(value) : "";
      return true;
    default:
      return false;
  }
}

bool get_hls_property(const HlsSettings& settings, guint id, GValue* value) {
  switch (id) {
    case kLocation:
      g_value_set_string(value, settings.location.c_str());
      return true;
    case kSegment:
      set_time(value, settings.segment);
      return true;
    case kPart:
      set_time(value, settings.part);
      return true;
    case kPatience:
      set_time(value, settings.patience);
      return true;
    case kMediaPatience:
      set_time(value, settings.media_patience);
      return true;
    case kType:
      g_value_set_enum(value, static_cast<gint>(settings.type));
      return true;
    case kWindow:
      g_value_set_uint(value, settings.window);
      return true;
    case kAsksForKeyFrames:
      g_value_set_boolean(value, settings.asks_for_key_frames ? TRUE : FALSE);
      return true;
    case kClosedCaptions:
      g_value_set_string(value, settings.closed_captions.c_str());
      return true;
    default:
      return false;
  }
}

Result<PresentationOptions> to_presentation_options(const HlsSettings& settings) {
  PresentationOptions options;
  auto captions = read_channels(settings.closed_captions);
  if (!captions) return captions.error();
  options.closed_captions = std::move(*captions);
  options.segment = settings.segment;
  options.part = settings.part;
  options.type = settings.type;
  options.window = settings.window;
  // What is not live waits for ever.
  const bool is_live = settings.type != PlaylistType::kVod;
  options.patience = is_live ? std::optional(settings.patience) : std::nullopt;
  options.media_patience = is_live ? std::optional(settings.media_patience) : std::nullopt;
  options.clock = [] {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
        std::chrono::steady_clock::now().time_since_epoch());
  };
  options.write_event = event_message;
  options.write_date_ranges = [writer = std::make_shared<DateRangeWriter>()](
                                  const TimedMetadata& item, const Epoch& epoch) {
    return std::vector<std::string>{attributes_of(writer->add(item, epoch))};
  };
  return options;
}

}  // namespace subtide
