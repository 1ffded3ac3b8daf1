#pragma once

#include <string>
#include <string_view>

namespace subtide {

/// Escapes one plain line for the Text field: braces get a backslash, and a backslash that would
/// begin a code gets an invisible word joiner behind it, for the format cannot escape it.
std::string escape_ass_text(std::string_view line);

/// What "\n" means depends on the script's WrapStyle: a line break (2) or a space.
enum class SoftBreak { kSpace, kLine };

/// The Text field without overrides and drawings; lines end with a line feed.
std::string unescape_ass_text(std::string_view text, SoftBreak soft_break);

}  // namespace subtide
