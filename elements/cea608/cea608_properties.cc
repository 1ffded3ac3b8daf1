#include "elements/cea608/cea608_properties.h"

#include <gst/gst.h>

namespace subtide {
namespace {

constexpr auto kFlags =
    static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY);

enum : guint { kMode = 1, kFrameRate, kChannel, kBaseRow, kEraseAfter };

GType mode_type() {
  static const GType type = [] {
    static const GEnumValue values[] = {
        {static_cast<gint>(Cea608Mode::kPopOn), "Shown whole on the in-time", "pop-on"},
        {static_cast<gint>(Cea608Mode::kPaintOn), "Written in sight", "paint-on"},
        {static_cast<gint>(Cea608Mode::kRollUp2), "Two rows scroll up", "roll-up-2"},
        {static_cast<gint>(Cea608Mode::kRollUp3), "Three rows scroll up", "roll-up-3"},
        {static_cast<gint>(Cea608Mode::kRollUp4), "Four rows scroll up", "roll-up-4"},
        {0, nullptr, nullptr}};
    return g_enum_register_static("TideCea608Mode", values);
  }();
  return type;
}

GType channel_type() {
  static const GType type = [] {
    static const GEnumValue values[] = {
        {static_cast<gint>(Cea608Channel::kCc1), "First of field 1", "CC1"},
        {static_cast<gint>(Cea608Channel::kCc2), "Second of field 1", "CC2"},
        {static_cast<gint>(Cea608Channel::kCc3), "First of field 2", "CC3"},
        {static_cast<gint>(Cea608Channel::kCc4), "Second of field 2", "CC4"},
        {0, nullptr, nullptr}};
    return g_enum_register_static("TideCea608Channel", values);
  }();
  return type;
}

}  // namespace

void install_cea608_properties(GObjectClass* object_class) {
  const Cea608Settings standard;
  const auto install = [object_class](guint id, GParamSpec* spec) {
    g_object_class_install_property(object_class, id, spec);
  };
  install(kMode, g_param_spec_enum("mode", "Mode", "How captions come to the screen (a choice)",
                                   mode_type(), static_cast<gint>(standard.mode), kFlags));
  install(kFrameRate,
          gst_param_spec_fraction("framerate", "Frame rate",
                                  "Of the video that carries the captions, in frames per second: "
                                  "23.976, 24, 25, 29.97, 30, 50, 59.94 or 60, as a fraction",
                                  1, 1, 60, 1, standard.frame_rate.numerator,
                                  standard.frame_rate.denominator, kFlags));
  install(kChannel, g_param_spec_enum("channel", "Channel", "The caption service (a choice)",
                                      channel_type(), static_cast<gint>(standard.channel), kFlags));
  install(kBaseRow, g_param_spec_int("base-row", "Base row",
                                     "Number of the lowest row in use, counted from the top", 1,
                                     kCea608Rows, standard.base_row, kFlags));
  install(kEraseAfter,
          g_param_spec_uint64("erase-after", "Erase after",
                              "Roll-up: nanoseconds after a cue's end until the screen is cleared "
                              "when no other follows; 0: at its end",
                              0, 3600 * GST_SECOND,
                              static_cast<guint64>(standard.erase_after.count()), kFlags));
}

bool set_cea608_property(Cea608Settings& settings, guint id, const GValue* value) {
  switch (id) {
    case kMode:
      settings.mode = static_cast<Cea608Mode>(g_value_get_enum(value));
      return true;
    case kFrameRate:
      settings.frame_rate = {gst_value_get_fraction_numerator(value),
                             gst_value_get_fraction_denominator(value)};
      return true;
    case kChannel:
      settings.channel = static_cast<Cea608Channel>(g_value_get_enum(value));
      return true;
    case kBaseRow:
      settings.base_row = g_value_get_int(value);
      return true;
    case kEraseAfter:
      settings.erase_after = MediaDuration(static_cast<gint64>(g_value_get_uint64(value)));
      return true;
    default:
      return false;
  }
}

bool get_cea608_property(const Cea608Settings& settings, guint id, GValue* value) {
  switch (id) {
    case kMode:
      g_value_set_enum(value, static_cast<gint>(settings.mode));
      return true;
    case kFrameRate:
      gst_value_set_fraction(value, settings.frame_rate.numerator, settings.frame_rate.denominator);
      return true;
    case kChannel:
      g_value_set_enum(value, static_cast<gint>(settings.channel));
      return true;
    case kBaseRow:
      g_value_set_int(value, settings.base_row);
      return true;
    case kEraseAfter:
      g_value_set_uint64(value, static_cast<guint64>(settings.erase_after.count()));
      return true;
    default:
      return false;
  }
}

}  // namespace subtide
