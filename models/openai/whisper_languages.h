#pragma once

#include <string>
#include <string_view>

namespace subtide {

/// The code for a language as servers name it: "english" and "English" give "en"; what is a code
/// already stays; empty for a name that Whisper does not know.
std::string language_code(std::string_view name);

}  // namespace subtide
