#include "elements/sidecar_sink/sidecar_properties.h"

#include <algorithm>
#include <sstream>
#include <vector>

namespace subtide {
namespace {

constexpr auto kFlags = static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);

enum : guint {
  kLocation = 1,
  kFormats,
  kForce,
  kTimeZero,
  kStyle,
  kMediaName,
  kMediaDuration,
  kFrameRate
};

std::string text_of(const GValue* value) {
  const gchar* text = g_value_get_string(value);
  return text != nullptr ? text : "";
}

std::string without_spaces(std::string text) {
  std::erase_if(text, [](char character) { return character == ' ' || character == '\t'; });
  return text;
}

Result<std::vector<SidecarFormat>> parse_formats(const std::string& list) {
  std::istringstream stream(without_spaces(list));
  std::vector<SidecarFormat> formats;
  for (std::string name; std::getline(stream, name, ',');) {
    const auto format = parse_sidecar_format(name);
    if (!format) return format.error();
    if (std::ranges::find(formats, *format) == formats.end()) formats.push_back(*format);
  }
  if (formats.empty()) {
    return make_error(ErrorCode::kInvalidArgument,
                      "formats is empty: name at least one, such as srt,vtt");
  }
  return formats;
}

}  // namespace

void install_sidecar_properties(GObjectClass* object_class) {
  const auto install = [object_class](guint id, GParamSpec* spec) {
    g_object_class_install_property(object_class, id, spec);
  };
  install(kLocation,
          g_param_spec_string("location", "Location",
                              "Path of the files without .LANG.EXTENSION, such as out/talk", "",
                              kFlags));
  install(kFormats, g_param_spec_string("formats", "Formats",
                                        "Comma list of the formats to write: srt, vtt, ttml, ass, "
                                        "json",
                                        "srt", kFlags));
  install(kForce, g_param_spec_boolean("force", "Force",
                                       "Whether files that exist are replaced (true or false)",
                                       FALSE, kFlags));
  install(kTimeZero, g_param_spec_int64("time-zero", "Time zero",
                                        "Stream time that becomes zero in the files, in "
                                        "nanoseconds; a negative one moves all cues later",
                                        -G_MAXINT64, G_MAXINT64, 0, kFlags));
  install(kStyle,
          g_param_spec_string("style", "Style", "Name of the look of ASS files: default or boxed",
                              "default", kFlags));
  install(kMediaName, g_param_spec_string("media-name", "Media name",
                                          "File name of the media, told in the files; may be empty",
                                          "", kFlags));
  install(kMediaDuration, g_param_spec_uint64("media-duration", "Media duration",
                                              "Length of the media, told in the files, in "
                                              "nanoseconds; the maximum: unknown",
                                              0, G_MAXUINT64, G_MAXUINT64, kFlags));
  install(kFrameRate, g_param_spec_double("frame-rate", "Frame rate",
                                          "Video frames per second, for formats that tell it", 1.0,
                                          1000.0, 25.0, kFlags));
}

bool set_sidecar_property(SidecarSettings& settings, guint id, const GValue* value) {
  switch (id) {
    case kLocation:
      settings.location = text_of(value);
      return true;
    case kFormats:
      settings.formats = text_of(value);
      return true;
    case kForce:
      settings.replaces = g_value_get_boolean(value) == TRUE;
      return true;
    case kTimeZero:
      settings.time_zero = g_value_get_int64(value);
      return true;
    case kStyle:
      settings.style = text_of(value);
      return true;
    case kMediaName:
      settings.media_name = text_of(value);
      return true;
    case kMediaDuration:
      settings.media_duration = g_value_get_uint64(value);
      return true;
    case kFrameRate:
      settings.frame_rate = g_value_get_double(value);
      return true;
    default:
      return false;
  }
}

bool get_sidecar_property(const SidecarSettings& settings, guint id, GValue* value) {
  switch (id) {
    case kLocation:
      g_value_set_string(value, settings.location.c_str());
      return true;
    case kFormats:
      g_value_set_string(value, settings.formats.c_str());
      return true;
    case kForce:
      g_value_set_boolean(value, settings.replaces ? TRUE : FALSE);
      return true;
    case kTimeZero:
      g_value_set_int64(value, settings.time_zero);
      return true;
    case kStyle:
      g_value_set_string(value, settings.style.c_str());
      return true;
    case kMediaName:
      g_value_set_string(value, settings.media_name.c_str());
      return true;
    case kMediaDuration:
      g_value_set_uint64(value, settings.media_duration);
      return true;
    case kFrameRate:
      g_value_set_double(value, settings.frame_rate);
      return true;
    default:
      return false;
  }
}

Result<SidecarStreamOptions> to_stream_options(const SidecarSettings& settings) {
  if (settings.location.empty()) {
    return make_error(ErrorCode::kInvalidArgument,
                      "location is empty: give the path of the files without .LANG.EXTENSION");
  }
  if (settings.style != "default" && settings.style != "boxed") {
    return make_error(ErrorCode::kInvalidArgument, "style '{}' is unknown: use default or boxed",
                      settings.style);
  }
  auto formats = parse_formats(settings.formats);
  if (!formats) return formats.error();
  SidecarStreamOptions options;
  options.location = settings.location;
  options.formats = std::move(*formats);
  options.if_exists =
      settings.replaces ? AtomicFile::IfExists::kReplace : AtomicFile::IfExists::kRefuse;
  options.time_zero = MediaTime(settings.time_zero);
  options.style = settings.style;
  options.media_name = settings.media_name;
  if (settings.media_duration != G_MAXUINT64) {
    options.media_duration = MediaDuration(static_cast<MediaTime::rep>(settings.media_duration));
  }
  options.frame_rate = settings.frame_rate;
  return options;
}

}  // namespace subtide
