#pragma once

#include <string_view>

namespace subtide {

/// Whether `text` can be one word of a transcript: valid UTF-8 (no surrogates, nothing overlong,
/// nothing above U+10FFFF), not empty, without white space and control characters of ASCII.
bool is_plain_word(std::string_view text);

}  // namespace subtide
