#include "elements/cues/rule_properties.h"

#include <array>

namespace subtide {
namespace {

constexpr double kSecond = 1e9;

constexpr std::array kProperties = {
    RuleProperty{"line-length", "Line length", "Most characters (graphemes) on a line",
                 &LayoutRules::line_length, 4, 200},
    RuleProperty{"lines", "Lines", "Most lines in a cue (count)", &LayoutRules::lines, 1, 6},
    RuleProperty{"reading-speed", "Reading speed", "Most characters per second of display",
                 &LayoutRules::reading_speed, 1.0, 100.0},
    RuleProperty{"minimum-duration", "Minimum duration",
                 "Shortest display of a cue, in nanoseconds", &LayoutRules::minimum_duration, 0.0,
                 60 * kSecond},
    RuleProperty{"maximum-duration", "Maximum duration", "Longest display of a cue, in nanoseconds",
                 &LayoutRules::maximum_duration, kSecond / 2, 3600 * kSecond},
    RuleProperty{"frame-rate", "Frame rate",
                 "Video frames per second, for the rules that are told in frames",
                 &LayoutRules::frame_rate, 1.0, 1000.0},
    RuleProperty{"minimum-gap-frames", "Minimum gap",
                 "Shortest time between two cues, in video frames",
                 &LayoutRules::minimum_gap_frames, 0, 100},
    RuleProperty{"chain-gap", "Chain gap",
                 "Gaps up to this close to the minimum gap, in nanoseconds",
                 &LayoutRules::chain_gap, 0.0, 10 * kSecond},
    RuleProperty{"maximum-silence", "Maximum silence",
                 "Longest pause between words inside a cue, in nanoseconds",
                 &LayoutRules::maximum_silence, kSecond / 10, 60 * kSecond},
    RuleProperty{"maximum-extension", "Maximum extension",
                 "How long a cue may stay after its last word, in nanoseconds",
                 &LayoutRules::maximum_extension, 0.0, 60 * kSecond},
    RuleProperty{"maximum-lead", "Maximum lead",
                 "How long before its first word a cue may appear, in nanoseconds",
                 &LayoutRules::maximum_lead, 0.0, 60 * kSecond},
};

template <typename Type>
void set_field(LayoutRules& rules, Type LayoutRules::*field, const RuleValue& value) {
  rules.*field = std::get<Type>(value);
}

}  // namespace

std::span<const RuleProperty> rule_properties() { return kProperties; }

RuleValue read_rule(const LayoutRules& rules, const RuleProperty& property) {
  return std::visit([&rules](auto field) { return RuleValue(rules.*field); }, property.field);
}

LayoutRules apply_overrides(LayoutRules rules, const RuleOverrides& overrides) {
  for (const auto& [index, value] : overrides) {
    const RuleValue& set = value;
    std::visit([&rules, &set](auto field) { set_field(rules, field, set); },
               kProperties.at(index).field);
  }
  return rules;
}

}  // namespace subtide
