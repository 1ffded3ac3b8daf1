#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace subtide {

/// The one of `known` that somebody who wrote `name` most likely meant; nothing when none is near.
/// Letters left out, added, wrong or swapped with their neighbour count one each, and a third of
/// the name may be wrong.
std::optional<std::string> nearest_name(std::string_view name, std::span<const std::string> known);

/// `text` for a message of one line: no control characters, and not longer than a person reads.
std::string shown(std::string_view text);

}  // namespace subtide
