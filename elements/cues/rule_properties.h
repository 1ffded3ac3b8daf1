#pragma once

#include <map>
#include <span>
#include <variant>

#include "engine/base/media_time.h"
#include "engine/subtitles/layout_rules.h"

namespace subtide {

/// One layout rule that may be set apart from the style.
struct RuleProperty {
  using Field =
      std::variant<int LayoutRules::*, double LayoutRules::*, MediaDuration LayoutRules::*>;
  const char* name;
  const char* title;
  const char* description;  ///< with the unit
  Field field;
  double minimum;  ///< in the field's own unit; times in nanoseconds
  double maximum;
};

/// All of them, in the order of LayoutRules.
std::span<const RuleProperty> rule_properties();

using RuleValue = std::variant<int, double, MediaDuration>;

/// The rules that were set, by index into rule_properties(); the others come from the style.
using RuleOverrides = std::map<std::size_t, RuleValue>;

RuleValue read_rule(const LayoutRules& rules, const RuleProperty& property);
LayoutRules apply_overrides(LayoutRules rules, const RuleOverrides& overrides);

}  // namespace subtide
