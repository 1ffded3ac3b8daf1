#include "elements/quality/qc_properties.h"

#include <gst/gst.h>

#include <cstdint>
#include <limits>

namespace subtide {
namespace {

constexpr auto kFlags = static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
constexpr guint64 kLongest = 3600 * GST_SECOND;

struct Share {
  const char* name;
  const char* title;
  const char* text;
  double lowest;
  double highest;
  double& (*field)(QcSettings&);
};
struct Length {
  const char* name;
  const char* title;
  const char* text;
  MediaDuration& (*field)(QcSettings&);
};

constexpr Share kShares[] = {
    {"black-level", "Black level",
     "A pixel up to this share of the way from black to white is black (0 to 1)", 0, 1,
     [](QcSettings& settings) -> double& { return settings.picture.black_level; }},
    {"black-share", "Black share", "This share of a black picture's pixels is black (0 to 1)",
     0.001, 1, [](QcSettings& settings) -> double& { return settings.picture.black_share; }},
    {"freeze-noise", "Freeze noise",
     "Mean difference of pictures that count as the same, as a share of full scale (0 to 1)", 0, 1,
     [](QcSettings& settings) -> double& { return settings.picture.freeze_noise; }},
    {"silence-level", "Silence level", "Silence is below it in all channels (dBFS)", -200, 0,
     [](QcSettings& settings) -> double& { return settings.sound.silence_level; }}};

constexpr Length kLengths[] = {
    {"black-duration", "Black duration", "Shortest black stretch that is told (nanoseconds)",
     [](QcSettings& settings) -> MediaDuration& { return settings.picture.shortest_black; }},
    {"freeze-duration", "Freeze duration", "Shortest frozen stretch that is told (nanoseconds)",
     [](QcSettings& settings) -> MediaDuration& { return settings.picture.shortest_freeze; }},
    {"silence-duration", "Silence duration", "Shortest silent stretch that is told (nanoseconds)",
     [](QcSettings& settings) -> MediaDuration& { return settings.sound.shortest_silence; }},
    {"clip-distance", "Clip distance", "Clips no further apart are told as one (nanoseconds)",
     [](QcSettings& settings) -> MediaDuration& { return settings.sound.clip_distance; }},
    {"missing-duration", "Missing duration",
     "Shortest hole in the sound that is told (nanoseconds)",
     [](QcSettings& settings) -> MediaDuration& { return settings.sound.shortest_hole; }}};

constexpr guint kFirstShare = 1;
constexpr guint kFirstLength = kFirstShare + std::size(kShares);
constexpr guint kClippedSamples = kFirstLength + std::size(kLengths);

bool is_share(guint id) { return id >= kFirstShare && id < kFirstLength; }
bool is_length(guint id) { return id >= kFirstLength && id < kClippedSamples; }

}  // namespace

void install_qc_properties(GObjectClass* object_class) {
  QcSettings standard;
  guint id = kFirstShare;
  for (const Share& share : kShares) {
    g_object_class_install_property(
        object_class, id++,
        g_param_spec_double(share.name, share.title, share.text, share.lowest, share.highest,
                            share.field(standard), kFlags));
  }
  for (const Length& length : kLengths) {
    g_object_class_install_property(
        object_class, id++,
        g_param_spec_uint64(length.name, length.title, length.text, 1, kLongest,
                            static_cast<guint64>(length.field(standard).count()), kFlags));
  }
  g_object_class_install_property(
      object_class, id,
      g_param_spec_int("clipped-samples", "Clipped samples",
                       "So many in a row at full scale, in one channel, are a clip (count)", 1,
                       std::numeric_limits<gint>::max(), standard.sound.clipped_samples, kFlags));
}

bool set_qc_property(QcSettings& settings, guint id, const GValue* value) {
  if (is_share(id)) {
    kShares[id - kFirstShare].field(settings) = g_value_get_double(value);
  } else if (is_length(id)) {
    kLengths[id - kFirstLength].field(settings) =
        MediaDuration(static_cast<std::int64_t>(g_value_get_uint64(value)));
  } else if (id == kClippedSamples) {
    settings.sound.clipped_samples = g_value_get_int(value);
  } else {
    return false;
  }
  return true;
}

bool get_qc_property(const QcSettings& settings, guint id, GValue* value) {
  QcSettings copy = settings;
  if (is_share(id)) {
    g_value_set_double(value, kShares[id - kFirstShare].field(copy));
  } else if (is_length(id)) {
    g_value_set_uint64(value,
                       static_cast<guint64>(kLengths[id - kFirstLength].field(copy).count()));
  } else if (id == kClippedSamples) {
    g_value_set_int(value, copy.sound.clipped_samples);
  } else {
    return false;
  }
  return true;
}

}  // namespace subtide
