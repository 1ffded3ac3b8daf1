#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace subtide {

/// What is wrong with the settings behind a WebVTT cue's times ("line:0 align:start"). The values
/// themselves are not used: where text stands is the player's choice.
std::optional<std::string> settings_mistake(std::string_view settings);

/// What is wrong with a line of a REGION block ("id:bottom width:40%").
std::optional<std::string> region_mistake(std::string_view line);

}  // namespace subtide
